// Cells over a sequence. Products with w are made for many steps at once; f16 and bf16 are widened to f32.
#include "recurrent.h"

#include "../element.h"
#include "../simd.h"
#include "quantize.h"

namespace mote {
namespace {

using Attrs = RecurrentAttrs;

// Activations of a direction.
unsigned functions(CellKind kind) { return kind == CellKind::rnn ? 1 : kind == CellKind::gru ? 2 : 3; }
// What activation `i` of a direction is where none is given.
const char* usual(CellKind kind, unsigned i) { return kind != CellKind::rnn && i == 0 ? "Sigmoid" : "Tanh"; }

bool same_word(Text a, const char* b) {  // without regard to case
  uint32_t i = 0;
  for (; i < a.size && b[i]; ++i)
    if ((a.data[i] | 32) != (b[i] | 32)) return false;
  return i == a.size && !b[i];
}

Status find_activation(Call& c, uint32_t index, const char* fallback, Fused& out) {
  static const struct {
    const char* name;
    Activation f;
    uint8_t params;
    float a, b;
  } rows[] = {{"Relu", Activation::relu, 0, 0, 0},
              {"Tanh", Activation::tanh, 0, 0, 0},
              {"Sigmoid", Activation::sigmoid, 0, 0, 0},
              {"Affine", Activation::affine, 2, 1, 0},
              {"LeakyRelu", Activation::leaky_relu, 1, 0.01f, 0},
              {"Softsign", Activation::softsign, 0, 0, 0},
              {"ThresholdedRelu", Activation::thresholded_relu, 1, 1, 0},
              {"ScaledTanh", Activation::scaled_tanh, 2, 1, 1},
              {"HardSigmoid", Activation::hard_sigmoid, 2, 0.2f, 0.5f},
              {"Elu", Activation::elu, 1, 1, 0},
              {"Softplus", Activation::softplus, 0, 0, 0}};
  const Attrs& a = c.attrs<Attrs>();
  // Functions take their constants in order; those that have none take none.
  uint32_t alpha = 0, beta = 0;
  for (uint32_t i = 0; a.activations && i < min(index, a.activations.size); ++i)
    for (const auto& r : rows)
      if (same_word(a.activations[i], r.name)) alpha += r.params > 0, beta += r.params > 1;
  const Text name = a.activations && index < a.activations.size ? a.activations[index] : Text(fallback);
  for (const auto& r : rows) {
    if (!same_word(name, r.name)) continue;
    out = {r.f, r.a, r.b};
    if (r.params > 0 && a.activation_alpha && alpha < a.activation_alpha.size)
      out.a = a.activation_alpha[alpha];
    if (r.params > 1 && a.activation_beta && beta < a.activation_beta.size) out.b = a.activation_beta[beta];
    return Status::ok;
  }
  return c.bad_attr("activations", name, "an activation of ONNX's recurrent operators");
}

int64_t hidden_size(Call& c) {
  if (c.attrs<Attrs>().hidden_size != -1) return c.attrs<Attrs>().hidden_size;
  return known_rank(c.in(2)) ? c.in(2).dims[2] : c.fresh();
}

}  // namespace

Status recurrent_shape(Call& c, CellKind kind) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  for (unsigned i = 1; i < c.n_in; ++i)
    if (i != 4) TRY(c.want_same_type(i, 0));
  TRY(c.want_type(4, types(Type::i32)));
  static const uint8_t ranks[] = {3, 3, 3, 2, 1, 3, 3, 2};
  for (unsigned i = 0; i < c.n_in; ++i) TRY(c.want_rank(i, ranks[i]));
  const bool both = a.direction == "bidirectional";
  if (!both && !(a.direction == "forward") && !(a.direction == "reverse"))
    return c.bad_attr("direction", a.direction, "forward, reverse or bidirectional");
  const int64_t dirs = both ? 2 : 1, h = hidden_size(c), gates = int64_t(kind);  // h may be a symbol
  if (h == 0 || h > 0xffffff || (h < 0 && a.hidden_size != -1))
    return c.bad_attr("hidden_size", h, "at least 1");
  if (a.layout != 0 && a.layout != 1) return c.bad_attr("layout", a.layout, "0 or 1");
  Fused f;
  for (uint32_t i = 0; i < uint32_t(dirs) * functions(kind); ++i) TRY(find_activation(c, i, "Tanh", f));
  TRY(c.want_dim(1, 0, dirs));
  TRY(c.want_dim(1, 1, gates * h));
  TRY(c.want_dim(2, 0, dirs));
  TRY(c.want_dim(2, 1, gates * h));
  TRY(c.want_dim(2, 2, h));
  const Value& x = c.in(0);
  const bool known = known_rank(x);
  const int64_t seq = known ? x.dims[a.layout ? 1 : 0] : c.fresh(),
                batch = known ? x.dims[a.layout ? 0 : 1] : c.fresh();
  if (known) TRY(c.want_dim(1, 2, x.dims[2]));
  TRY(c.want_dim(3, 0, dirs));
  TRY(c.want_dim(3, 1, 2 * gates * h));
  TRY(c.want_dim(4, 0, batch));
  TRY(c.want_dim(7, 0, dirs));
  TRY(c.want_dim(7, 1, 3 * h));
  for (unsigned i = 5; i < 7; ++i) {
    if (!c.has_in(i)) continue;
    TRY(c.want_dim(i, a.layout ? 1 : 0, dirs));
    TRY(c.want_dim(i, a.layout ? 0 : 1, batch));
    TRY(c.want_dim(i, 2, h));
  }
  const int64_t y[2][4] = {{seq, dirs, batch, h}, {batch, seq, dirs, h}},
                last[2][3] = {{dirs, batch, h}, {batch, dirs, h}};
  if (c.has_out(0)) TRY(c.set_dims(0, x.type, y[a.layout], 4));
  for (unsigned i = 1; i < 3; ++i)
    if (c.has_out(i)) TRY(c.set_dims(i, x.type, last[a.layout], 3));
  return Status::ok;
}

// Weights in panels of 8 rows: products with them want no packing in each run. 3 h is a multiple of 8 where h
// is, so GRU's gates start panels.
void recurrent_layout(Call&, unsigned i, Value& w) {
  if ((i != 1 && i != 2) || w.rank != 3 || w.dims[1] < 8 || w.dims[1] % 8) return;
  w.layout = Layout::line_panels;
  w.panel = 8;
}

namespace {

template <class T>
struct Cell {  // one direction
  CellKind kind;
  const T *w, *r, *p;
  // [rows] that products with w start from: their biases, and those of r but for a linear cell's last gate
  const T* b;
  const T* last;     // [hidden] the biases of r of a linear cell's last gate
  Fused f, g, h;
  size_t input, hidden;
  T clip;
  bool input_forget, linear;
  T* coarse;  // scratch [hidden] for the state rounded to 8 bits; null: not rounded
  bool w_panels, r_panels;  // w, r lie in panels of 8 rows
  size_t rows() const { return size_t(kind) * hidden; }  // of w and r
};

// y [n] = w [n, k] x
void rows(float* y, const float* x, size_t k, const float* w, size_t n, bool panels) {
  if (panels) gemv_f32_p8(y, x, k, w, k * 8, n);
  else gemv_f32_rows(y, x, k, w, k, n);
}
void rows(double* y, const double* x, size_t k, const double* w, size_t n, bool) {
  for (size_t j = 0; j < n; ++j, w += k) {
    double sum = 0;
    for (size_t i = 0; i < k; ++i) sum += x[i] * w[i];
    y[j] = sum;
  }
}

// f on all of n elements: of floats four at a time. f is given what loads from and stores to its place in an
// array.
struct Four {
  size_t i;
  f32x4 operator()(const float* p) const { return load4(p + i); }
  void put(float* p, f32x4 v) const { store4(p + i, v); }
};
template <class T>
struct One {
  size_t i;
  T operator()(const T* p) const { return p[i]; }
  void put(T* p, T v) const { p[i] = v; }
};
template <class F>
void each(const float*, size_t n, F f) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) f(Four{i});
  for (; i < n; ++i) f(One<float>{i});
}
template <class F>
void each(const double*, size_t n, F f) {
  for (size_t i = 0; i < n; ++i) f(One<double>{i});
}
template <class T>
[[gnu::noinline]] void add(T* y, const T* x, size_t n) {
  each(y, n, [&](auto v) { v.put(y, v(y) + v(x)); });
}

// Steps of a sequence whose products with w are made at once, up to 64 KB of them.
template <class T>
size_t steps_at_once(const Cell<T>& q, size_t length) {
  return max<size_t>(1, min(length, min<size_t>(64, 16384 / q.rows())));
}
// out [steps, gates] = x [steps, input] w + b, rows of x `row` elements apart.
template <class T>
Status project(Call& c, Room& room, const Cell<T>& q, const T* x, size_t row, size_t steps, T* out) {
  if constexpr (sizeof(T) == 4)
    if (steps >= 8) {
      const Product p = {.a = x,
                         .b = q.w,
                         .c = out,
                         .m = steps,
                         .k = q.input,
                         .n = q.rows(),
                         .transposed = !q.w_panels,
                         .panels = q.w_panels,
                         .bias = q.b,
                         .a_row = row};
      return product_f32(c, p, room);
    }
  for (size_t t = 0; t < steps; ++t) {
    rows(out + t * q.rows(), x + t * row, q.input, q.w, q.rows(), q.w_panels);
    add(out + t * q.rows(), q.b, q.rows());
  }
  return Status::ok;
}

template <class T>
void cut(const Cell<T>& q, T* v, size_t n) {
  if (q.clip > 0)
    for (size_t i = 0; i < n; ++i) v[i] = v[i] < -q.clip ? -q.clip : v[i] > q.clip ? q.clip : v[i];
}

// y = x as DynamicQuantizeLinear rounds it to 8 bits.
template <class T>
void coarsen(T* y, const T* x, size_t n) {
  float low = 0, high = 0;
  for (size_t i = 0; i < n; ++i) {
    low = min(low, float(x[i]));
    high = max(high, float(x[i]));
  }
  const float scale = (low == high ? 1.0f : high - low) / 255.0f;
  const double zero = quantized(double(-low / scale), 0, {0, 255});
  for (size_t i = 0; i < n; ++i)
    y[i] = T(float(quantized(double(float(x[i]) / scale), int(zero), {0, 255}) - zero) * scale);
}

// A step of one sequence: h and c [hidden] are read and replaced. gates [gates]: x w + b, overwritten;
// recurrent: scratch [gates].
template <class T>
void step_rnn(const Cell<T>& q, T* h, T* gates, T* recurrent) {
  const size_t n = q.hidden;
  rows(recurrent, h, n, q.r, n, q.r_panels);
  each(h, n, [&](auto v) { v.put(h, v(gates) + v(recurrent)); });
  cut(q, h, n);
  activate(q.f, h, n);
}

template <class T>
void step_gru(const Cell<T>& q, T* h, T* gates, T* recurrent) {
  const size_t n = q.hidden;
  T *zt = gates, *rt = gates + n, *ht = gates + 2 * n, *last = recurrent + 2 * n;
  rows(recurrent, h, n, q.r, (q.linear ? 3 : 2) * n, q.r_panels);
  add(gates, recurrent, 2 * n);
  cut(q, gates, 2 * n);
  activate(q.f, gates, 2 * n);
  if (q.linear) {
    each(h, n, [&](auto v) { v.put(ht, v(ht) + v(rt) * (v(last) + v(q.last))); });
  } else {
    each(h, n, [&](auto v) { v.put(recurrent, v(rt) * v(h)); });
    rows(last, recurrent, n, q.r + 2 * n * n, n, q.r_panels);
    add(ht, last, n);
  }
  cut(q, ht, n);
  activate(q.g, ht, n);
  each(h, n, [&](auto v) { v.put(h, (T(1) - v(zt)) * v(ht) + v(zt) * v(h)); });
}

template <class T>
void step_lstm(const Cell<T>& q, T* h, T* c, T* gates, T* recurrent) {
  const size_t n = q.hidden;
  if (q.coarse) coarsen(q.coarse, h, n);
  rows(recurrent, q.coarse ? q.coarse : h, n, q.r, 4 * n, q.r_panels);
  add(gates, recurrent, 4 * n);
  T *it = gates, *ot = gates + n, *ft = gates + 2 * n, *ct = gates + 3 * n;
  if (q.p)
    for (size_t i = 0; i < n; ++i) {
      it[i] += q.p[i] * c[i];
      ft[i] += q.p[2 * n + i] * c[i];
    }
  const bool at_once = !q.p && !q.input_forget;  // the three gates lie in a row
  cut(q, it, at_once ? 3 * n : n);
  activate(q.f, it, at_once ? 3 * n : n);
  if (!at_once) {
    cut(q, ft, n);
    if (q.input_forget) each(ft, n, [&](auto v) { v.put(ft, T(1) - v(it)); });
    else activate(q.f, ft, n);
  }
  cut(q, ct, n);
  activate(q.g, ct, n);
  each(c, n, [&](auto v) { v.put(c, v(ft) * v(c) + v(it) * v(ct)); });
  if (!at_once) {
    for (size_t i = 0; q.p && i < n; ++i) ot[i] += q.p[n + i] * c[i];
    cut(q, ot, n);
    activate(q.f, ot, n);
  }
  memcpy(h, c, n * sizeof(T));
  activate(q.h, h, n);
  each(h, n, [&](auto v) { v.put(h, v(h) * v(ot)); });
}

template <class T>
constexpr Type type_of = sizeof(T) == 4 ? Type::f32 : Type::f64;

// A tensor as T: itself, or a copy in scratch.
template <class T>
Status as(Call& c, unsigned i, const T*& out) {
  out = nullptr;
  if (!c.has_in(i)) return Status::ok;
  const Value& v = c.in(i);
  if (v.type == type_of<T>) {
    out = v.as<T>();
    return Status::ok;
  }
  const size_t n = count(v);
  T* to = c.scratch_of<T>(n);
  if (!to) return c.no_memory(n * sizeof(T));
  for (size_t k = 0; k < n; ++k) to[k] = T(load_real(v.type, v.data, k));
  out = to;
  return Status::ok;
}

template <class T>
void store_row(Value& v, size_t at, const T* from, size_t n) {
  if (v.type == type_of<T>) return void(memcpy(v.as<T>() + at, from, n * sizeof(T)));
  for (size_t i = 0; i < n; ++i) {
    const double d = double(from[i]);
    store_reals(v.type, v.as<char>() + (at + i) * size_of(v.type), 1, 1, &d);
  }
}

template <class T>
Status run(Call& c, CellKind kind) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const bool first = a.layout == 1;
  const size_t seq = size_t(x.dims[first ? 1 : 0]), batch = size_t(x.dims[first ? 0 : 1]),
               input = size_t(x.dims[2]);
  const size_t h = size_t(c.in(2).dims[2]), rows = size_t(kind) * h,
               dirs = a.direction == "bidirectional" ? 2 : 1;
  const T* in[8];
  for (unsigned i = 0; i < 8; ++i)
    if (i != 4) TRY(as<T>(c, i, in[i]));
  T* state = c.scratch_of<T>(5 * h + 2 * rows);
  T* gates = nullptr;
  if (!state) return c.no_memory((5 * h + 2 * rows) * sizeof(T));
  T *cell = state + h, *zero = state + 2 * h, *recurrent = state + 4 * h, *bias = recurrent + rows,
    *last = bias + rows;
  Room room;
  for (size_t d = 0; d < dirs; ++d) {
    Cell<T> q = {kind,
                 in[1] + d * rows * input,
                 in[2] + d * rows * h,
                 in[7] ? in[7] + d * 3 * h : nullptr,
                 bias,
                 last,
                 {},
                 {},
                 {},
                 input,
                 h,
                 T(a.clip),
                 a.input_forget != 0,
                 a.linear_before_reset != 0,
                 a.quantized_state ? state + 3 * h : nullptr,
                 c.in(1).layout != Layout::plain,
                 c.in(2).layout != Layout::plain};
    memset(bias, 0, (rows + h) * sizeof(T));
    if (const T* b = in[3] ? in[3] + d * 2 * rows : nullptr) {
      const size_t apart = kind == CellKind::gru && q.linear ? h : 0;
      memcpy(bias, b, rows * sizeof(T));
      add(bias, b + rows, rows - apart);
      memcpy(last, b + 2 * rows - apart, apart * sizeof(T));
    }
    Fused* const f[] = {&q.f, &q.g, &q.h};
    for (unsigned i = 0; i < functions(kind); ++i)
      TRY(find_activation(c, uint32_t(d) * functions(kind) + i, usual(kind, i), *f[i]));
    const size_t at_once = steps_at_once(q, seq), x_row = (first ? 1 : batch) * input;
    if (!gates && !(gates = c.scratch_of<T>(at_once * rows)))
      return c.no_memory(at_once * rows * sizeof(T));
    const bool backwards = d == 1 || a.direction == "reverse";
    for (size_t b = 0; b < batch; ++b) {
      const size_t at = (first ? b * dirs + d : d * batch + b) * h;
      memset(state, 0, 3 * h * sizeof(T));
      if (in[5]) memcpy(state, in[5] + at, h * sizeof(T));
      if (in[6]) memcpy(cell, in[6] + at, h * sizeof(T));
      const int64_t given = c.has_in(4) ? c.in(4).as<int32_t>()[b] : int64_t(seq);
      if (given < 0 || given > int64_t(seq))
        return c.fail_in(4, Status::bad_value, given, "a length of the sequence at most");
      const size_t length = size_t(given);
      for (size_t t = 0; t < seq; ++t) {
        const size_t s = backwards && t < length ? length - 1 - t : t;
        if (t < length) {
          const size_t n = min(
              at_once, length - t / at_once * at_once);  // steps of this block; t % at_once of them are done
          if (t % at_once == 0)
            TRY(project(c, room, q,
                        in[0] + b * (first ? seq : 1) * input + (backwards ? s + 1 - n : s) * x_row, x_row, n,
                        gates));
          T* now = gates + (backwards ? n - 1 - t % at_once : t % at_once) * rows;
          if (kind == CellKind::rnn) step_rnn(q, state, now, recurrent);
          else if (kind == CellKind::gru) step_gru(q, state, now, recurrent);
          else step_lstm(q, state, cell, now, recurrent);
        }
        const size_t row = (first ? (b * seq + s) * dirs + d : (s * dirs + d) * batch + b) * h;
        if (c.has_out(0)) store_row(c.out(0), row, t < length ? state : zero, h);
      }
      if (c.has_out(1)) store_row(c.out(1), at, state, h);
      if (c.has_out(2)) store_row(c.out(2), at, cell, h);
    }
  }
  return Status::ok;
}

}  // namespace

Status run_recurrent(Call& c, CellKind kind) {
  return c.in(0).type == Type::f64 ? run<double>(c, kind) : run<float>(c, kind);
}

}  // namespace mote
