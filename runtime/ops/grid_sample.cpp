// GridSample: y[n, c, o] = x[n, c] sampled at grid[n, o].
//   in   x [n, channels, d...]  any type for nearest, else numbers and complex; grid [n, o..., k]  f32 f64
//                               f16 bf16, where k is
//        the number of spatial axes: positions in [-1, 1], the last axis of x first
//   out  y [n, channels, o...], x's type
//   mode linear | nearest (half to even) | cubic (a = -0.75); padding_mode zeros | border | reflection
//   align_corners int = 0: -1 and 1 are the edges of the outermost elements; 1: their centres
// Positions are computed in float32, with a float64 grid in double; values in double. Integers are truncated.
// A position that is not a number lies outside. cubic with border repeats the outermost elements and does not
// move the position to them first,
// as PyTorch and onnxruntime do (the reference of the specification does).
// Errors: bad_type, bad_rank, bad_shape, bad_attribute.            Source: ONNX GridSample-22.
#include "move.h"
#include "sample.h"

namespace mote {
namespace {

struct Attrs { Text mode, padding_mode; int64_t align_corners; };
constexpr Attr attrs[] = {ATTR(Attrs, mode, "linear"), ATTR(Attrs, padding_mode, "zeros"),
                          ATTR(Attrs, align_corners)};

Status read_modes(const Call& c, Sampler& s) {
  const Attrs& a = c.attrs<Attrs>();
  if (a.mode == "nearest") s.mode = Sampling::nearest;
  else if (a.mode == "cubic") s.mode = Sampling::cubic;
  else if (!(a.mode == "linear")) return c.bad_attr("mode", a.mode, "linear, nearest or cubic");
  if (a.padding_mode == "border") s.border = Border::repeat;
  else if (a.padding_mode == "reflection") s.border = Border::reflect;
  else if (!(a.padding_mode == "zeros"))
    return c.bad_attr("padding_mode", a.padding_mode, "zeros, border or reflection");
  s.centers = a.align_corners != 0;
  return Status::ok;
}

Status shape(Call& c) {
  Sampler s;
  TRY(read_modes(c, s));
  constexpr Types moved = types(Type::boolean, Type::str);
  TRY(c.want_type(0, number_types | complex_types | (s.mode == Sampling::nearest ? moved : 0)));
  TRY(c.want_type(1, float_types));
  TRY(c.want_min_rank(0, 3));
  const Value &x = c.in(0), &grid = c.in(1);
  const int rank = known_rank(x) ? x.rank : grid.rank;
  if (rank < 0) return c.set(0, x.type), Status::ok;
  if (known_rank(x)) TRY(c.want_rank(1, rank));
  TRY(c.want_min_rank(1, 3));
  TRY(c.want_dim(1, rank - 1, rank - 2));
  c.set(0, x.type, rank);
  if (!c.has_out(0)) return Status::ok;
  Value& y = c.out(0);
  if (known_rank(x)) {
    TRY(c.want_dim(1, 0, x.dims[0]));
    y.dims[0] = x.dims[0];
    y.dims[1] = x.dims[1];
  }
  for (int i = 2; known_rank(grid) && i < rank; ++i) y.dims[i] = grid.dims[i - 1];
  bool empty = false;
  for (int i = 2; known_rank(x) && i < rank; ++i) empty |= x.dims[i] == 0;
  return empty ? c.fail_in(0, Status::bad_shape, Arg::dims(x), "something to sample on every axis")
               : Status::ok;
}

// The positions of one point, in elements.
void read_position(const Value& grid, size_t point, const Sampler& s, double* position) {
  for (int d = 0; d < s.axes; ++d) {
    const double n = double(s.dims[d]);
    const double at = element_at(grid, point * size_t(s.axes) + size_t(s.axes - 1 - d));
    if (grid.type == Type::f64) position[d] = s.centers ? (at + 1) / 2 * (n - 1) : ((at + 1) * n - 1) / 2;
    else
      position[d] =
          double(s.centers ? (float(at) + 1) / 2 * float(n - 1) : ((float(at) + 1) * float(n) - 1) / 2);
  }
}

}  // namespace

constinit const Op op_grid_sample = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_grid_sample(Call& c) {
  Value x = c.in(0), y = c.out(0);
  Sampler s = {.axes = x.rank - 2, .dims = c.in(0).dims + 2};
  TRY(read_modes(c, s));
  TRY(s.make(c));
  const size_t batch = size_t(x.dims[0]), channels = size_t(x.dims[1]), size = size_of(x.type);
  const size_t plane = product(x, 2, x.rank), points = product(y, 2, y.rank);
  const size_t parts = has(complex_types, x.type) ? 2 : 1;
  if (parts == 2) x.type = y.type = x.type == Type::c64 ? Type::f32 : Type::f64;
  double position[max_rank];
  for (size_t n = 0; n < batch; ++n)
    for (size_t p = 0; p < points; ++p) {
      read_position(c.in(1), n * points + p, s, position);
      s.locate(position);
      for (size_t k = n * channels; k < (n + 1) * channels; ++k) {
        char* to = y.as<char>() + (k * points + p) * size;
        if (s.mode == Sampling::nearest) {
          if (s.taps) copy_block(to, x.as<char>() + (k * plane + size_t(s.at[0])) * size, size);
          else memset(to, 0, size);
          continue;
        }
        for (size_t e = 0; e < parts; ++e) {
          double sum = 0;
          for (size_t t = 0; t < s.taps; ++t)
            sum += s.weight[t] * element_at(x, (k * plane + size_t(s.at[t])) * parts + e);
          put_element(y, (k * points + p) * parts + e, sum);
        }
      }
    }
  return Status::ok;
}

}  // namespace mote
