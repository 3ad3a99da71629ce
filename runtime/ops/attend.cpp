#include "attend.h"

#include "../element.h"
#include "../math.h"
#include "../parallel.h"
#include "../simd.h"
#include "axis_rows.h"
#include "product.h"

namespace mote {

Heads heads_of(const Value& v, size_t heads) {
  const size_t rows = size_t(v.dims[v.rank - 2]), n = size_t(v.dims[v.rank - 1]);
  if (v.rank == 4) return {v.type, v.data, heads * rows * n, rows * n, n};
  return {v.type, v.data, rows * n, heads ? n / heads : 0, n};
}

void append_rows(Value& to, const Value* past, const Heads& x) {
  const size_t heads = size_t(to.dims[1]), total = size_t(to.dims[2]),
               bytes = size_t(to.dims[3]) * size_of(to.type);
  const size_t before = past ? size_t(past->dims[2]) : 0;
  if (!bytes) return;
  for (size_t i = 0; i < size_t(to.dims[0]) * heads; ++i) {
    char* at = to.as<char>() + i * total * bytes;
    if (before) memcpy(at, past->as<char>() + i * before * bytes, before * bytes);
    at += before * bytes;
    const char* from =
        static_cast<const char*>(x.at) + (i / heads * x.batch + i % heads * x.head) * size_of(x.type);
    for (size_t r = before; r < total; ++r, at += bytes, from += x.row * size_of(x.type))
      memcpy(at, from, bytes);
  }
}

Status cache_rows(Call& c, const Value* past, Value* to, const int64_t* dims, Heads& x) {
  if (!past && !to) return Status::ok;
  Value all;
  if (to) {
    all = *to;
  } else {
    all.type = x.type;
    all.rank = 4;
    size_t bytes = size_of(x.type);
    for (int i = 0; i < 4; ++i) {
      all.dims[i] = dims[i];
      if (!mul(bytes, size_t(dims[i]), bytes)) return c.no_memory(~size_t(0));
    }
    all.data = c.scratch(bytes);
    if (!all.data) return c.no_memory(bytes);
  }
  append_rows(all, past, x);
  x = heads_of(all, size_t(dims[1]));
  return Status::ok;
}

Sight sight(const Attention& a, size_t b, size_t head, size_t r) {
  const int64_t length = a.lengths ? a.lengths[b] : int64_t(a.keys);
  const int64_t at = int64_t(r) + (a.lengths ? length - int64_t(a.rows) : a.past);
  Sight s = {a.left < 0 ? 0 : max<int64_t>(0, at - a.left), length, 0};
  if (a.right >= 0 && at < s.high - a.right) s.high = max<int64_t>(0, at + a.right + 1);
  if (a.mask) {
    const Value& m = *a.mask;
    if (m.rank) s.high = min(s.high, m.dims[m.rank - 1]);
    const size_t index[3] = {b, head, r};
    size_t step = m.rank ? size_t(m.dims[m.rank - 1]) : 1;
    for (int i = 2; i >= 0; --i) {
      const int axis = m.rank - 4 + i;
      if (axis < 0) continue;
      if (m.dims[axis] != 1) s.mask += index[i] * step;
      step *= size_t(m.dims[axis]);
    }
  }
  s.low = min(s.low, s.high);
  return s;
}

namespace {

// what a block of rows may have: 256 KB stay in the second-level cache
constexpr size_t score_floats = 64 * 1024;

template <class T> constexpr Type type_as = sizeof(T) == 4 ? Type::f32 : Type::f64;

template <class T> struct Rows {
  T* at;
  size_t step;  // elements
};

// n elements of `rows` rows from row `first` on: where they are, or a dense copy in `room`.
template <class T>
Rows<T> rows_of(const Heads& h, size_t b, size_t head, size_t first, size_t rows, size_t n, T* room) {
  char* from = static_cast<char*>(h.at) + (b * h.batch + head * h.head + first * h.row) * size_of(h.type);
  if (h.type == type_as<T>) return {reinterpret_cast<T*>(from), h.row};
  for (size_t r = 0; r < rows; ++r, from += h.row * size_of(h.type)) {
    if constexpr (sizeof(T) == 4) load_floats(h.type, from, 1, n, room + r * n);
    else for (size_t i = 0; i < n; i += block) {
      double part[block];
      const size_t m = min(block, n - i);
      load_reals(h.type, from + i * size_of(h.type), 1, m, part);
      for (size_t k = 0; k < m; ++k) room[r * n + i + k] = T(part[k]);
    }
  }
  return {room, n};
}

template <class T> void store_part(Type type, void* to, const T* from, size_t n) {
  if constexpr (sizeof(T) == 4) return store_floats(type, to, n, from);
  for (size_t i = 0; i < n; i += block) {
    double part[block];
    const size_t m = min(block, n - i);
    for (size_t k = 0; k < m; ++k) part[k] = double(from[i + k]);
    store_reals(type, static_cast<char*>(to) + i * size_of(type), 1, m, part);
  }
}

// c [m, n] = a [m, k] b; transposed: b is [n, k].
Status multiply(Call& c, Room& room, Rows<float> y, Rows<float> a, Rows<float> b, bool transposed, size_t m,
                size_t k, size_t n) {
  return product_f32(c, {.a = a.at, .b = b.at, .c = y.at, .m = m, .k = k, .n = n, .transposed = transposed,
                         .a_row = a.step, .b_row = b.step, .c_row = y.step}, room);
}
Status multiply(Call&, Room&, Rows<double> y, Rows<double> a, Rows<double> b, bool transposed, size_t m,
                size_t k, size_t n) {
  const int64_t step = int64_t(b.step);
  for (size_t i = 0; i < m; ++i)
    product_any(Type::f64, y.at + i * y.step, {a.at + i * a.step, 0, 1},
                {b.at, transposed ? 1 : step, transposed ? step : 1}, 1, k, n);
  return Status::ok;
}

void softmax(float* x, size_t n) { row_softmax_f32(x, x, n); }
void softmax(double* x, size_t n) {
  double greatest = x[0], sum = 0;
  for (size_t i = 1; i < n; ++i)
    if (x[i] > greatest) greatest = x[i];
  for (size_t i = 0; i < n; ++i) sum += x[i] = math::exp(x[i] - greatest);
  for (size_t i = 0; i < n; ++i) x[i] /= sum;
}

template <class T> void round_to(Type t, T* x, size_t n) {
  if (t == Type::none || t == Type::f64 || (t == Type::f32 && sizeof(T) == 4)) return;
  for (size_t i = 0; i < n; ++i) {
    double v = double(x[i]), bits;
    store_reals(t, &bits, 1, 1, &v);
    x[i] = T(load_real(t, &bits, 0));
  }
}

// Rounded to bf16 after every operation, sums too, but in parts: alone they stop at 256 (axis_rows.cpp).
template <class T> void softmax_bf16(T* x, size_t n) {
  const auto rounded = [](T v) { return T(bf16_to_f32(f64_to_bf16(double(v)))); };
  T greatest = x[0], sum = 0, part = 0;
  for (size_t i = 1; i < n; ++i)
    if (x[i] > greatest) greatest = x[i];
  for (size_t i = 0; i < n; ++i) {
    part = rounded(part + (x[i] = rounded(T(math::exp(double(rounded(x[i] - greatest)))))));
    if (i % softmax_part == softmax_part - 1 || i == n - 1) sum += part, part = 0;
  }
  sum = rounded(sum);
  for (size_t i = 0; i < n; ++i) x[i] = rounded(x[i] / sum);
}

// row += mask; whether it sees any key.
bool add_mask(float* row, const float* mask, size_t n) {
  const float minus = -__builtin_inff();
  i32x4 seen = {};
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const f32x4 m = load4(mask + i);
    seen |= m != splat4(minus);
    store4(row + i, load4(row + i) + m);
  }
  bool any = any4(seen);
  for (; i < n; ++i) {
    any |= mask[i] != minus;
    row[i] += mask[i];
  }
  return any;
}

template <class T> struct Core {
  Call& c;
  const Attention& a;
  T* score = nullptr;  // a block of rows, `wide` elements each
  size_t wide = 0;     // the keys, and the sink
  Room room = {};
  T* at[5] = {};       // scratch: scores, queries, keys, values, answers
  Status failed = Status::ok;

  // The heads of a group of keys and values.
  void unit(size_t b, size_t g, size_t most) {
    const Rows<T> key = rows_of(a.key, b, g, 0, a.keys, a.n, at[2]);
    scale_step(key.at, a.keys * a.n);
    const Rows<T> value = rows_of(a.value, b, g, 0, a.keys, a.v_n, at[3]);
    const size_t group = a.heads / a.groups;
    for (size_t head = g * group; head < (g + 1) * group; ++head)
      for (size_t first = 0; first < a.rows && failed == Status::ok; first += most)
        failed = rows(b, head, first, min(most, a.rows - first), key, value, at[1], at[4]);
  }

  void capture(int64_t mode, size_t at, const T* row) {
    if (!a.scores || a.scores_mode != mode) return;
    store_part(a.scores->type, a.scores->as<char>() + at * a.keys * size_of(a.scores->type), row, a.keys);
  }

  // Adds the bias of a row; false where it sees no key.
  bool bias(T* row, size_t b, size_t head, size_t r) {
    const T minus = -T(__builtin_inff());
    const auto [low, high, from] = sight(a, b, head, r);
    size_t seen = 0;
    if (sizeof(T) == 4 && a.mask && a.mask->type == Type::f32 && low == 0) {
      const bool any = add_mask(reinterpret_cast<float*>(row), a.mask->as<float>() + from, size_t(high));
      for (size_t j = size_t(high); j < a.keys; ++j) row[j] = minus;
      return any;
    }
    for (int64_t j = 0; j < low; ++j) row[j] = minus;
    for (int64_t j = low; j < high; j += int64_t(block)) {
      double part[block] = {};
      const size_t n = min(block, size_t(high - j));
      if (!a.mask) {
        seen += n;
        continue;
      }
      const Type type = a.mask->type;
      load_reals(type, a.mask->as<char>() + (from + size_t(j)) * size_of(type), 1, n, part);
      for (size_t k = 0; k < n; ++k) {
        const T v = type == Type::boolean ? part[k] != 0 ? T(0) : minus : T(part[k]);
        seen += v != minus;
        row[size_t(j) + k] += v;
      }
    }
    for (size_t j = size_t(high); j < a.keys; ++j) row[j] = minus;
    return seen > 0;
  }

  // Rows in scratch times the square root of scale, where steps are rounded: it is shared by both factors
  // then.
  void scale_step(T* x, size_t n) {
    if (a.step == Type::none) return;
    T by = T(__builtin_sqrt(double(a.scale)));
    round_to(a.step, &by, 1);
    for (size_t i = 0; i < n; ++i) x[i] *= by;
    round_to(a.step, x, n);
  }

  Status rows(size_t b, size_t head, size_t first, size_t n, Rows<T> key, Rows<T> value, T* q_room,
              T* y_room) {
    Rows<T> query = rows_of(a.query, b, head, first, n, a.n, q_room);
    scale_step(query.at, n * a.n);
    if (a.step == Type::none && a.scale != 1) {  // of the query rather than of every score
      for (size_t r = 0; r < n; ++r)
        for (size_t i = 0; i < a.n; ++i) q_room[r * a.n + i] = query.at[r * query.step + i] * T(a.scale);
      query = {q_room, a.n};
    }
    TRY(multiply(c, room, {score, wide}, query, key, true, n, a.n, a.keys));
    for (size_t r = 0; r < n; ++r) {
      T* row = score + r * wide;
      const size_t at = (b * a.heads + head) * a.rows + first + r;
      round_to(a.step, row, a.keys);
      capture(0, at, row);
      if (a.softcap > 0) {
        const Fused cap = {Activation::scaled_tanh, a.softcap, 1 / a.softcap};
        activate(cap, row, a.keys);
      }
      capture(1, at, row);
      const bool seen = bias(row, b, head, first + r);
      round_to(a.step, row, a.keys);
      capture(2, at, row);
      const Type type = a.precision != Type::none ? a.precision : a.step;
      round_to(type, row, a.keys);
      if (wide > a.keys) row[a.keys] = a.sink ? T(load_real(a.sink->type, a.sink->data, head)) : T(0);
      if (!seen && !(a.formula && a.keys)) memset(row, 0, a.keys * sizeof(T));
      else if (type == Type::bf16) softmax_bf16(row, wide);
      else softmax(row, wide);
      if (a.guard && row[0] != row[0]) memset(row, 0, a.keys * sizeof(T));
      round_to(type, row, a.keys);
      round_to(a.step, row, a.keys);
      capture(3, at, row);
    }
    const bool direct = a.y.type == type_as<T>;
    char* to =
        static_cast<char*>(a.y.at) + (b * a.y.batch + head * a.y.head + first * a.y.row) * size_of(a.y.type);
    const Rows<T> y = direct ? Rows<T>{reinterpret_cast<T*>(to), a.y.row} : Rows<T>{y_room, a.v_n};
    TRY(multiply(c, room, y, {score, wide}, value, false, n, a.keys, a.v_n));
    for (size_t r = 0; r < n && !direct; ++r)
      store_part(a.y.type, to + r * a.y.row * size_of(a.y.type), y_room + r * a.v_n, a.v_n);
    return Status::ok;
  }

  static Status run(Call& c, const Attention& a) {
    const size_t most = min(a.rows, max<size_t>(16, score_floats / max<size_t>(a.keys, 1)));
    const size_t wide = a.keys + (a.sink || a.smooth), units = a.batch * a.groups;
    const size_t sizes[] = {most * wide, most * a.n, a.keys * a.n, a.keys * a.v_n, most * a.v_n};
    const size_t threads = units > 1 ? thread_count() : 1;
    Core* cores = c.scratch_of<Core>(threads);
    if (!cores) return c.no_memory(sizeof(Core));
    for (size_t t = 0; t < threads; ++t) {
      Core& core = *new (Place{cores + t}) Core{c, a};
      core.wide = wide;
      for (int i = 0; i < 5; ++i) {
        core.at[i] = c.scratch_of<T>(sizes[i]);
        if (!core.at[i]) return c.no_memory(sizes[i] * sizeof(T));
      }
      core.score = core.at[0];
      if (sizeof(T) == 4) TRY(core.room.want(c, max(product_room(most, a.n), product_room(most, a.keys))));
    }
    parallel_for(units, a.batch * a.heads * a.rows * a.keys / 16 * (a.n + a.v_n + 16),
                 [&](size_t from, size_t to, unsigned thread) {
                   for (size_t i = from; i < to; ++i) cores[thread].unit(i / a.groups, i % a.groups, most);
                 });
    for (size_t t = 0; t < threads; ++t)
      if (cores[t].failed != Status::ok) return cores[t].failed;
    return Status::ok;
  }
};

}  // namespace

Status attend(Call& c, const Attention& a) {
  if (!a.batch || !a.groups || !a.heads || !a.rows) return Status::ok;
  if (fits_panels(a)) return attend_panels(c, a);
  if (a.query.type == Type::f64 || a.value.type == Type::f64 || a.key.type == Type::f64)
    return Core<double>::run(c, a);
  return Core<float>::run(c, a);
}

}  // namespace mote
