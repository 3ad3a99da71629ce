// LSTM: i, o, f, c gates over a sequence, in one or two directions.
//   in   x [seq, batch, input], w [dirs, 4 h, input], r [dirs, 4 h, h], b [dirs, 8 h], sequence_lens i32 [batch],
//        initial_h, initial_c [dirs, batch, h], p [dirs, 3 h]; all but the first three optional; f16 bf16 f32 f64
//        (layout 1: batch first)
//   out  y [seq, dirs, batch, h], y_h, y_c [dirs, batch, h], all optional
//   it = f(x wi + h ri + pi c + bi), ft = f(.. + pf c + bf), ct' = g(..), c = ft c + it ct', ot = f(.. + po c + bo),
//   h = ot h(c)
// f16 and bf16 are computed in f32 and rounded once.
// Errors: bad_type, bad_shape, bad_attribute, bad_value (sequence_lens).
// Source: ONNX LSTM-22.
#include "../element.h"
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  int64_t hidden_size, input_forget, layout;
  float clip;
  Text direction;
  Span<const Text> activations;
  Span<const float> activation_alpha, activation_beta;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, hidden_size),
                          ATTR(Attrs, input_forget),
                          ATTR(Attrs, layout),
                          ATTR(Attrs, clip),
                          ATTR(Attrs, direction, "forward"),
                          ATTR(Attrs, activations),
                          ATTR(Attrs, activation_alpha),
                          ATTR(Attrs, activation_beta)};

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

Status shape(Call& c) {
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
  const int64_t dirs = both ? 2 : 1, h = a.hidden_size;
  if (h < 1 || h > 0xffffff) return c.bad_attr("hidden_size", h, "at least 1");
  if (a.layout != 0 && a.layout != 1) return c.bad_attr("layout", a.layout, "0 or 1");
  Fused f;
  for (uint32_t i = 0; i < uint32_t(dirs) * 3; ++i) TRY(find_activation(c, i, "Tanh", f));
  TRY(c.want_dim(1, 0, dirs));
  TRY(c.want_dim(1, 1, 4 * h));
  TRY(c.want_dim(2, 0, dirs));
  TRY(c.want_dim(2, 1, 4 * h));
  TRY(c.want_dim(2, 2, h));
  const Value& x = c.in(0);
  const bool known = known_rank(x);
  const int64_t seq = known ? x.dims[a.layout ? 1 : 0] : c.fresh(),
                batch = known ? x.dims[a.layout ? 0 : 1] : c.fresh();
  if (known) TRY(c.want_dim(1, 2, x.dims[2]));
  TRY(c.want_dim(3, 0, dirs));
  TRY(c.want_dim(3, 1, 8 * h));
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

template <class T>
struct Cell {  // one direction
  const T *w, *r, *b, *p;
  Fused f, g, h;
  size_t input, hidden;
  T clip;
  bool input_forget;
};

// y [n] = w [n, k] x
void rows(float* y, const float* x, size_t k, const float* w, size_t n) { gemv_f32_rows(y, x, k, w, k, n); }
void rows(double* y, const double* x, size_t k, const double* w, size_t n) {
  for (size_t j = 0; j < n; ++j, w += k) {
    double sum = 0;
    for (size_t i = 0; i < k; ++i) sum += x[i] * w[i];
    y[j] = sum;
  }
}

// Steps of a sequence whose products with w are made at once, up to 64 KB of them.
template <class T>
size_t steps_at_once(const Cell<T>& q, size_t length) {
  return max<size_t>(1, min(length, min<size_t>(64, 16384 / (4 * q.hidden))));
}
// out [steps, 4 hidden] = x [steps, input] w, rows of x `row` elements apart.
template <class T>
Status project(Call& c, Room& room, const Cell<T>& q, const T* x, size_t row, size_t steps, T* out) {
  if constexpr (sizeof(T) == 4)
    if (steps >= 8) {
      const Product p = {.a = x,
                         .b = q.w,
                         .c = out,
                         .m = steps,
                         .k = q.input,
                         .n = 4 * q.hidden,
                         .transposed = true,
                         .a_row = row};
      return product_f32(c, p, room);
    }
  for (size_t t = 0; t < steps; ++t) rows(out + t * 4 * q.hidden, x + t * row, q.input, q.w, 4 * q.hidden);
  return Status::ok;
}

// One step of one sequence: h and c [hidden] are read and replaced. gates [4 hidden]: x w, overwritten; recurrent:
// scratch [4 hidden].
template <class T>
void step(const Cell<T>& q, T* h, T* c, T* gates, T* recurrent) {
  const size_t n = q.hidden;
  rows(recurrent, h, n, q.r, 4 * n);
  for (size_t i = 0; i < 4 * n; ++i) gates[i] += recurrent[i] + (q.b ? q.b[i] + q.b[4 * n + i] : T(0));
  T *it = gates, *ot = gates + n, *ft = gates + 2 * n, *ct = gates + 3 * n;
  const auto cut = [&](T* v, size_t m) {
    if (q.clip > 0)
      for (size_t i = 0; i < m; ++i) v[i] = v[i] < -q.clip ? -q.clip : v[i] > q.clip ? q.clip : v[i];
  };
  if (q.p)
    for (size_t i = 0; i < n; ++i) {
      it[i] += q.p[i] * c[i];
      ft[i] += q.p[2 * n + i] * c[i];
    }
  cut(it, n);
  cut(ft, 2 * n);
  activate(q.f, it, n);
  if (q.input_forget)
    for (size_t i = 0; i < n; ++i) ft[i] = 1 - it[i];
  else activate(q.f, ft, n);
  activate(q.g, ct, n);
  for (size_t i = 0; i < n; ++i) {
    c[i] = ft[i] * c[i] + it[i] * ct[i];
    if (q.p) ot[i] += q.p[n + i] * c[i];
  }
  cut(ot, n);
  activate(q.f, ot, n);
  memcpy(h, c, n * sizeof(T));
  activate(q.h, h, n);
  for (size_t i = 0; i < n; ++i) h[i] *= ot[i];
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
Status run(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const bool first = a.layout == 1;
  const size_t seq = size_t(x.dims[first ? 1 : 0]), batch = size_t(x.dims[first ? 0 : 1]),
               input = size_t(x.dims[2]);
  const size_t h = size_t(a.hidden_size), dirs = a.direction == "bidirectional" ? 2 : 1;
  const T* in[8];
  for (unsigned i = 0; i < 8; ++i)
    if (i != 4) TRY(as<T>(c, i, in[i]));
  T* state = c.scratch_of<T>(7 * h);
  T* gates = nullptr;
  if (!state) return c.no_memory(7 * h * sizeof(T));
  T *cell = state + h, *zero = state + 2 * h, *recurrent = state + 3 * h;
  Room room;
  for (size_t d = 0; d < dirs; ++d) {
    Cell<T> q = {in[1] + d * 4 * h * input,
                 in[2] + d * 4 * h * h,
                 in[3] ? in[3] + d * 8 * h : nullptr,
                 in[7] ? in[7] + d * 3 * h : nullptr,
                 {},
                 {},
                 {},
                 input,
                 h,
                 T(a.clip),
                 a.input_forget != 0};
    TRY(find_activation(c, uint32_t(d * 3), "Sigmoid", q.f));
    TRY(find_activation(c, uint32_t(d * 3 + 1), "Tanh", q.g));
    TRY(find_activation(c, uint32_t(d * 3 + 2), "Tanh", q.h));
    const size_t at_once = steps_at_once(q, seq), x_row = (first ? 1 : batch) * input;
    if (!gates && !(gates = c.scratch_of<T>(at_once * 4 * h)))
      return c.no_memory(at_once * 4 * h * sizeof(T));
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
          step(q, state, cell, gates + (backwards ? n - 1 - t % at_once : t % at_once) * 4 * h, recurrent);
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
constinit const Op op_lstm = {.in = {3, 8}, .out = {0, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_lstm(Call& c) { return c.in(0).type == Type::f64 ? run<double>(c) : run<float>(c); }
}  // namespace mote
