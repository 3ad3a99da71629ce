// Resize: samples a tensor at other positions along some axes.
//   in   X [any rank], roi f16 f32 f64 [2k] (starts, then ends; for tf_crop_and_resize),
//        scales f32 [k] or sizes int64 [k]
//   out  same type; an axis has floor(length * scale) or `sizes` elements
//   mode nearest | linear | cubic; coordinate_transformation_mode, nearest_mode, cubic_coeff_a, antialias,
//   exclude_outside, extrapolation_value, axes and keep_aspect_ratio_policy as in the specification.
// Of older opsets, too: coordinate_transformation_mode tf_half_pixel_for_nn, (i + 0.5) / scale; nearest_mode
// ceil_where_smaller: up along axes that shrink, else down, of a position in float32, as Resize-10 and
//   Upsample do.
// nearest takes every type; linear and cubic every type but strings. Integers are rounded half to even and
// saturate.
// align_corners divides by the fractional length scale * length - 1, as the reference of the specification
// does. Outside the tensor its border is repeated. float32 is computed in float32 with weights of float32,
// other types in double.
// Errors: bad_attribute, bad_axis, bad_shape, bad_value, missing_input, too_large.    Source: ONNX Resize-19.
// Interpolation is separable: one pass an axis, over one item (what lies inside the first axis that changes)
// at a time.
#include "../element.h"
#include "../parallel.h"
#include "../simd.h"
#include "move.h"
#include "half.h"

namespace mote { namespace {

struct Attrs {
  int64_t antialias, exclude_outside;
  float cubic_coeff_a, extrapolation_value;
  Span<const int64_t> axes;
  Text mode, nearest_mode, coordinate_transformation_mode, keep_aspect_ratio_policy;
};
constexpr Attr attrs[] = {
  ATTR(Attrs, antialias, 0), ATTR(Attrs, exclude_outside, 0), ATTR(Attrs, cubic_coeff_a, -0.75f),
  ATTR(Attrs, extrapolation_value, 0.0f),
  ATTR(Attrs, axes), ATTR(Attrs, mode, "nearest"), ATTR(Attrs, nearest_mode, "round_prefer_floor"),
  ATTR(Attrs, coordinate_transformation_mode, "half_pixel"), ATTR(Attrs, keep_aspect_ratio_policy, "stretch"),
};

enum Mode { nearest, linear, cubic };
constexpr const char* modes[] = {"nearest", "linear", "cubic"};
enum Nearest { prefer_floor, prefer_ceil, down, up, simple };
constexpr const char* nearest_modes[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil",
                                         "ceil_where_smaller"};
enum Coordinate { half_pixel, symmetric, pytorch, align_corners, asymmetric, crop, for_nn };
constexpr const char* coordinates[] = {"half_pixel",          "half_pixel_symmetric", "pytorch_half_pixel",
                                       "align_corners",       "asymmetric",           "tf_crop_and_resize",
                                       "tf_half_pixel_for_nn"};
enum Policy { stretch, not_larger, not_smaller };
constexpr const char* policies[] = {"stretch", "not_larger", "not_smaller"};

constexpr double dim_limit = 0x1p62;

struct Plan {
  int mode, nearest_mode, coordinate, policy;
  int n = 0, axes[max_rank];                            // the axes that scales, sizes and roi speak of
  int64_t dims[max_rank];                               // of the output
  double scale[max_rank], start[max_rank], end[max_rank];
};

template <unsigned N>
Status choose(const Call& c, const char* name, Text got, const char* const (&names)[N], int& out) {
  for (unsigned i = 0; i < N; ++i)
    if (got == names[i]) return out = int(i), Status::ok;
  return c.bad_attr(name, got, "a mode of the specification");
}

Status read_modes(const Call& c, Plan& p) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(choose(c, "mode", a.mode, modes, p.mode));
  TRY(choose(c, "nearest_mode", a.nearest_mode, nearest_modes, p.nearest_mode));
  TRY(choose(c, "coordinate_transformation_mode", a.coordinate_transformation_mode, coordinates,
             p.coordinate));
  return choose(c, "keep_aspect_ratio_policy", a.keep_aspect_ratio_policy, policies, p.policy);
}

// An empty tensor stands for an absent one. Of a tensor whose length is not known yet neither is certain.
bool given(const Call& c, unsigned i) { return c.has_in(i) && concrete(c.in(i)) && count(c.in(i)); }
bool absent(const Call& c, unsigned i) { return !c.has_in(i) || (concrete(c.in(i)) && !count(c.in(i))); }

Status whole_dim(const Call& c, double x, int64_t& out) {
  if (!(x < dim_limit)) return c.fail(Status::too_large, "a dimension", "more than 2^62");
  out = int64_t(x);
  return Status::ok;
}

Status use_scales(Call& c, Plan& p) {
  const Value& x = c.in(0);
  if (count(c.in(2)) != size_t(p.n))
    return c.fail_in(2, Status::bad_shape, Arg::dims(c.in(2)), "one scale an axis");
  for (int k = 0; k < p.n; ++k) {
    const int d = p.axes[k];
    const float scale = c.in(2).as<float>()[k];
    if (!(scale > 0)) return c.fail_in(2, Status::bad_value, "0, less or NaN", "scales above 0");
    p.scale[d] = scale;
    if (x.dims[d] >= 0) TRY(whole_dim(c, double(float(x.dims[d]) * scale), p.dims[d]));
    else if (scale != 1) p.dims[d] = c.fresh();
  }
  return Status::ok;
}

Status use_sizes(Call& c, Plan& p) {
  const Value& x = c.in(0);
  int64_t sizes[max_rank];
  int n;
  TRY(read_dims(c, 3, 0, sizes, n));
  if (n != p.n) return c.fail_in(3, Status::bad_shape, Arg::dims(c.in(3)), "one size an axis");
  double common = 0;
  bool symbolic = false;
  for (int k = 0; k < n; ++k) {
    const int64_t dim = x.dims[p.axes[k]];
    const double scale = dim ? double(sizes[k]) / double(dim) : 1;
    symbolic |= dim < 0;
    p.dims[p.axes[k]] = sizes[k];
    p.scale[p.axes[k]] = scale;
    if (!k || (p.policy == not_larger ? scale < common : scale > common)) common = scale;
  }
  if (p.policy == stretch) return Status::ok;
  for (int k = 0; k < n; ++k) {
    const int d = p.axes[k];
    p.scale[d] = common;
    if (symbolic) p.dims[d] = c.fresh();
    else TRY(whole_dim(c, double(x.dims[d]) * common + 0.5, p.dims[d]));
  }
  return Status::ok;
}

// Expects a known rank. Where scales and sizes are not known, the axes they speak of get fresh symbols.
Status make_plan(Call& c, Plan& p) {
  const Value& x = c.in(0);
  const Attrs& a = c.attrs<Attrs>();
  TRY(read_modes(c, p));
  unsigned seen = 0;
  for (int d = 0; d < x.rank; ++d) {
    p.dims[d] = x.dims[d];
    p.scale[d] = p.end[d] = 1;
    p.start[d] = 0;
    if (!a.axes) p.axes[p.n++] = d;
  }
  for (int64_t axis : a.axes) {
    int d;
    TRY(normalize_axis(c, axis, x.rank, d));
    if (seen >> d & 1) return c.bad_attr("axes", axis, "each axis once");
    seen |= 1u << d;
    p.axes[p.n++] = d;
  }
  const unsigned i = given(c, 2) ? 2 : 3;
  if (!given(c, i) || !c.known(i)) {
    for (int k = 0; k < p.n; ++k) p.dims[p.axes[k]] = c.fresh();
    return Status::ok;
  }
  TRY(i == 2 ? use_scales(c, p) : use_sizes(c, p));
  for (int d = 0; d < x.rank; ++d)
    if (!x.dims[d] && p.dims[d] > 0)
      return c.fail_in(0, Status::bad_shape, Arg::dims(x), "something to sample on every axis");
  return Status::ok;
}

Status read_roi(Call& c, Plan& p) {
  if (p.coordinate != crop) return Status::ok;
  double roi[2 * max_rank];
  if (count(c.in(1)) != size_t(2 * p.n))
    return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), "a start and an end an axis");
  load_reals(c.in(1).type, c.in(1).data, 1, size_t(2 * p.n), roi);
  for (int k = 0; k < p.n; ++k) {
    p.start[p.axes[k]] = roi[k];
    p.end[p.axes[k]] = roi[p.n + k];
  }
  return Status::ok;
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  Plan p;
  TRY(read_modes(c, p));
  if (p.mode != nearest) TRY(c.want_type(0, all_types & ~types(Type::str)));
  if (p.mode == nearest && c.attrs<Attrs>().antialias)
    return c.bad_attr("antialias", 1, "mode linear or cubic");
  TRY(c.want_type(1, float_types & ~types(Type::bf16)));
  TRY(c.want_type(2, types(Type::f32)));
  TRY(c.want_type(3, types(Type::i64)));
  for (unsigned i = 1; i < 4; ++i) TRY(c.want_rank(i, 1));
  if (given(c, 2) && given(c, 3)) return c.fail(Status::bad_arity, 2, "of scales and sizes", 1);
  if (absent(c, 2) && absent(c, 3)) return c.fail(Status::missing_input, 2);
  if (p.coordinate == crop && absent(c, 1)) return c.fail(Status::missing_input, 1);
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  TRY(make_plan(c, p));
  return c.set_dims(0, x.type, p.dims, x.rank);
}

// ---- positions

// Where element j of the output lies on axis d of the input, which has `length` elements.
double source(const Plan& p, int d, double length, double j) {
  const double scale = p.scale[d], out = double(p.dims[d]), width = scale * length;
  switch (p.coordinate) {
    case pytorch: return out > 1 ? (j + 0.5) / scale - 0.5 : 0;
    case symmetric: return length / 2 * (1 - out / width) + (j + 0.5) / scale - 0.5;
    case align_corners: return width == 1 ? 0 : j * (length - 1) / (width - 1);
    case asymmetric: return j / scale;
    case for_nn: return (j + 0.5) / scale;
    case crop:
      if (out > 1) return p.start[d] * (length - 1) + j * (p.end[d] - p.start[d]) * (length - 1) / (out - 1);
      return 0.5 * (p.start[d] + p.end[d]) * (length - 1);
    default: return (j + 0.5) / scale - 0.5;
  }
}

// The axis maps to itself: nothing is to be done.
bool same(const Plan& p, const Value& x, int d) {
  return p.dims[d] == x.dims[d] && __builtin_fabs(p.scale[d] - 1) < 1e-9 &&
         (p.coordinate != crop || (p.start[d] == 0 && p.end[d] == 1));
}

// NaN gives 0.
size_t clamp_index(double x, int64_t length) { return x > 0 ? size_t(min(x, double(length - 1))) : 0; }

// ---- nearest

// y [2 n] of x [n], each element twice.
void double_row(float* y, const float* x, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const f32x4 v = load4(x + i);
    store4(y + 2 * i, low_twice4(v));
    store4(y + 2 * i + 4, high_twice4(v));
  }
  for (; i < n; ++i) y[2 * i] = y[2 * i + 1] = x[i];
}

Status run_nearest(Call& c, const Plan& p) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  size_t* index[max_rank];  // [dims] each: element of the input for every element of the output
  int last = -1;
  for (int d = 0; d < x.rank; ++d) {
    index[d] = c.scratch_of<size_t>(size_t(p.dims[d]));
    if (!index[d]) return c.no_memory(size_t(p.dims[d]) * sizeof(size_t));
    const bool copy = same(p, x, d);
    const int mode = p.nearest_mode != simple ? p.nearest_mode : p.scale[d] < 1 ? up : down;
    for (int64_t j = 0; j < p.dims[d]; ++j) {
      double at = copy ? double(j) : source(p, d, double(x.dims[d]), double(j));
      if (p.nearest_mode == simple) at = double(float(at));
      if (mode == prefer_floor) at = __builtin_ceil(at - 0.5);
      else if (mode == prefer_ceil) at = __builtin_floor(at + 0.5);
      else at = mode == down ? __builtin_floor(at) : __builtin_ceil(at);
      index[d][j] = clamp_index(at, x.dims[d]);
    }
    if (!copy) last = d;
  }
  const size_t bytes = product(x, last + 1, x.rank) * size_of(x.type);  // of the block that one index moves
  if (last < 0) return memcpy(y.data, x.data, bytes), Status::ok;
  const size_t rows = product(y, 0, last), n = size_t(p.dims[last]);
  bool doubled = bytes == 4 && n == 2 * size_t(x.dims[last]);  // the usual scale
  for (size_t j = 0; j < n && doubled; ++j) doubled = index[last][j] == j / 2;
  parallel_for(rows, rows * n * bytes / 8, [&](size_t first, size_t end, unsigned) {
    char* to = y.as<char>() + first * n * bytes;
    const char* before = nullptr;
    for (size_t r = first; r < end; ++r, to += n * bytes) {
      size_t offset = 0, stride = size_t(x.dims[last]) * bytes, rest = r;
      for (int d = last - 1; d >= 0; --d) {
        offset += index[d][rest % size_t(p.dims[d])] * stride;
        rest /= size_t(p.dims[d]);
        stride *= size_t(x.dims[d]);
      }
      const char* from = x.as<char>() + offset;
      if (from == before) memcpy(to, to - n * bytes, n * bytes);  // scaled up, rows repeat
      else if (doubled) double_row(reinterpret_cast<float*>(to), reinterpret_cast<const float*>(from), n / 2);
      else copy_blocks(to, from, index[last], n, bytes);
      before = from;
    }
  });
  return Status::ok;
}

// ---- linear and cubic

double cubic_weight(double x, double a) {
  x = __builtin_fabs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// The samples of one axis: element j of the output is the sum over k < n of
// weight[j * n + k] * input[index[j * n + k]]. n is even.
template <class T> struct Taps {
  size_t n;
  size_t* index;
  T* weight;
};

template <class T> Status make_taps(Call& c, const Plan& p, int d, Taps<T>& taps) {
  const Attrs& a = c.attrs<Attrs>();
  const int64_t length = c.in(0).dims[d], out = p.dims[d];
  const double shrink = a.antialias && p.scale[d] < 1 ? p.scale[d] : 1;
  const double reach = -__builtin_floor((p.mode == cubic ? -2 : -1) / shrink);  // samples on either side
  size_t all = 0;
  taps.n = reach < 0x1p30 ? 2 * size_t(reach) : 0;
  if (!taps.n || !mul(taps.n, size_t(out), all)) return c.no_memory(~size_t(0));
  taps.index = c.scratch_of<size_t>(all);
  taps.weight = c.scratch_of<T>(all);
  if (!taps.index || !taps.weight) return c.no_memory(all * (sizeof(size_t) + sizeof(T)));
  for (int64_t j = 0; j < out; ++j) {
    size_t* index = taps.index + size_t(j) * taps.n;
    T* weight = taps.weight + size_t(j) * taps.n;
    double x = source(p, d, double(length), double(j)), sum = 0;
    // Beyond that all samples are the border. NaN goes there.
    x = x > -reach - 1 ? min(x, double(length) + reach) : -reach - 1;
    const double base = __builtin_ceil(x) - 1, ratio = x - base;
    for (size_t k = 0; k < taps.n; ++k) {
      const double step = double(k) + 1 - reach, at = base + step, far = (step - ratio) * shrink;
      double w = max(0.0, 1 - __builtin_fabs(far));
      if (p.mode == cubic) w = cubic_weight(far, double(a.cubic_coeff_a));
      if (a.exclude_outside && (at < 0 || at >= double(length))) w = 0;
      sum += w;
      index[k] = clamp_index(at, length);
      weight[k] = T(w);
    }
    if ((a.antialias || a.exclude_outside) && sum != 0)
      for (size_t k = 0; k < taps.n; ++k) weight[k] = T(double(weight[k]) / sum);
  }
  return Status::ok;
}

// to[i] (+)= wa * a[i] + wb * b[i]
template <class T> void blend(T* to, const T* a, const T* b, T wa, T wb, size_t n, bool more) {
  size_t i = 0;
  if constexpr (sizeof(T) == 4) {
    const f32x4 va = splat4(wa), vb = splat4(wb);
    for (; i + 4 <= n; i += 4) {
      const f32x4 sum = va * load4(a + i) + vb * load4(b + i);
      store4(to + i, more ? load4(to + i) + sum : sum);
    }
  }
  for (; i < n; ++i) {
    const T sum = wa * a[i] + wb * b[i];
    to[i] = more ? to[i] + sum : sum;
  }
}

// The last axis: from [length] to [out].
template <class T> void pass_row(T* to, const T* from, const Taps<T>& taps, size_t out) {
  const size_t* index = taps.index;
  const T* w = taps.weight;
  for (size_t j = 0; j < out; ++j, index += taps.n, w += taps.n) {
    T sum = w[0] * from[index[0]] + w[1] * from[index[1]];
    for (size_t k = 2; k < taps.n; k += 2) sum += w[k] * from[index[k]] + w[k + 1] * from[index[k + 1]];
    to[j] = sum;
  }
}

// One axis of one item: from [outer, length, inner] to [outer, out, inner].
template <class T>
[[gnu::noinline]] void pass(T* to, const T* from, const Taps<T>& taps, size_t outer, size_t length,
                            size_t out, size_t inner) {
  for (size_t o = 0; o < outer; ++o, from += length * inner, to += out * inner) {
    if (inner == 1) {
      pass_row(to, from, taps, out);
      continue;
    }
    for (size_t j = 0; j < out; ++j)
      for (size_t k = 0; k < taps.n; k += 2) {
        const size_t* index = taps.index + j * taps.n + k;
        const T* w = taps.weight + j * taps.n + k;
        blend(to + j * inner, from + index[0] * inner, from + index[1] * inner, w[0], w[1], inner, k > 0);
      }
  }
}

// Integers are rounded half to even, which adding and taking off 1.5 * 2^52 does.
void store_rounded(Value& y, size_t at, size_t n, double* values) {
  if (!has(float_types | small_float_types, y.type))
    for (size_t i = 0; i < n; ++i)
      if (__builtin_fabs(values[i]) < 0x1p51) values[i] = values[i] + 0x1.8p52 - 0x1.8p52;
  store_reals(y.type, y.as<char>() + at * size_of(y.type), 1, n, values);
}

// T is float for float32 and complex64, double for everything else. Complex numbers are an axis of two more.
template <class T> Status interpolate(Call& c, const Plan& p) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t parts = has(complex_types, x.type) ? 2 : 1;
  const bool direct = x.type == Type::f32 || parts == 2;  // elements are T in memory
  Taps<T> taps[max_rank];
  int first = x.rank, last = -1;
  size_t largest = 0;
  for (int d = 0; d < x.rank; ++d) {
    if (same(p, x, d)) continue;
    if (last < 0) first = d;
    last = d;
    TRY(make_taps(c, p, d, taps[d]));
  }
  const size_t items = product(x, 0, first);
  const size_t in_size = product(x, first, x.rank) * parts, out_size = product(y, first, x.rank) * parts;
  // Rows of neighbours are cheap, the last axis is not: it comes first where the others grow.
  const bool back = product(y, first, last) > product(x, first, last);
  int order[max_rank], axes = 0;
  for (int d = first; d <= last; ++d)
    if (const int i = back ? last + first - d : d; !same(p, x, i)) order[axes++] = i;
  size_t n = in_size;
  for (int i = 0; i < axes; ++i) {
    n = n / size_t(x.dims[order[i]]) * size_t(p.dims[order[i]]);
    largest = max(largest, n);
  }
  largest = max(largest, in_size);
  if (last < 0) return memcpy(y.data, x.data, count(x) * size_of(x.type)), Status::ok;
  const size_t threads = items > 1 ? thread_count() : 1;
  size_t room;
  T* all = mul(largest, 2 * threads, room) ? c.scratch_of<T>(room) : nullptr;
  if (!all) return c.no_memory(largest * sizeof(T));
  const auto one_item = [&](size_t item, unsigned thread) {
    T* buffers[2] = {all + 2 * thread * largest, all + (2 * thread + 1) * largest};
    const T* from = direct ? x.as<T>() + item * in_size : buffers[0];
    if constexpr (sizeof(T) == 8)
      if (!direct)
        load_reals(x.type, x.as<char>() + item * in_size * size_of(x.type), 1, in_size, buffers[0]);
    for (int i = 0; i < axes; ++i) {
      const int d = order[i];
      T* to = from == buffers[0] ? buffers[1] : buffers[0];
      if (direct && i == axes - 1) to = y.as<T>() + item * out_size;
      // What lies before and after d has been sampled already or not, by the order.
      const size_t outer = product(back ? x : y, first, d),
                   inner = product(back ? y : x, d + 1, x.rank) * parts;
      pass(to, from, taps[d], outer, size_t(x.dims[d]), size_t(p.dims[d]), inner);
      from = to;
    }
    if constexpr (sizeof(T) == 8)
      if (!direct) store_rounded(y, item * out_size, out_size, from == buffers[0] ? buffers[0] : buffers[1]);
  };
  // Neighbours of types below a byte may share one.
  parallel_for(items, threads > 1 && size_of(y.type) > 1 ? 2 * count(y) : 0,
               [&](size_t from, size_t to, unsigned thread) {
                 for (size_t item = from; item < to; ++item) one_item(item, thread);
               });
  return Status::ok;
}

// tf_crop_and_resize: what was sampled outside the tensor gets the extrapolation value.
void extrapolate(Call& c, const Plan& p) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const size_t bytes = size_of(y.type);
  uint64_t element[2] = {};
  const double value = double(c.attrs<Attrs>().extrapolation_value);
  const Type part = y.type == Type::c64 ? Type::f32 : y.type == Type::c128 ? Type::f64 : y.type;
  if (part != Type::str) store_reals(part, element, 1, 1, &value);
  for (int d = 0; d < y.rank; ++d) {
    if (same(p, x, d)) continue;
    const size_t outer = product(y, 0, d), inner = product(y, d + 1, y.rank), row = size_t(p.dims[d]) * inner;
    for (int64_t j = 0; j < p.dims[d]; ++j) {
      const double at = source(p, d, double(x.dims[d]), double(j));
      if (at >= 0 && at <= double(x.dims[d] - 1)) continue;
      for (size_t o = 0; o < outer; ++o)
        fill(y.as<char>() + (o * row + size_t(j) * inner) * bytes, reinterpret_cast<const char*>(element),
             inner, bytes);
    }
  }
}

}  // namespace

constinit const Op op_resize = { .in = {1, 4}, ATTRS(Attrs, attrs), .shape = shape,
                                 .reads = 1 << 2 | 1 << 3 };

Status run_resize(Call& c) {
  if (has(half_float_types, c.in(0).type) && !(c.attrs<Attrs>().mode == "nearest"))
    return through_f32(c, run_resize);
  Plan p;
  TRY(make_plan(c, p));
  TRY(read_roi(c, p));
  if (!count(c.out(0))) return Status::ok;
  const Type type = c.in(0).type;
  if (p.mode == nearest) TRY(run_nearest(c, p));
  else if (type == Type::f32 || type == Type::c64) TRY(interpolate<float>(c, p));
  else TRY(interpolate<double>(c, p));
  if (p.coordinate == crop) extrapolate(c, p);
  return Status::ok;
}

}  // namespace mote
