// OneHot: y[..., k, ...] = values[1] where k is the index at that place, else values[0].
//   in   indices any  f32 f64 f16, i8 ... i64, u8 ... u64; cut to whole numbers; -depth ... -1 count from the
//                     end
//        depth   scalar or [1]  the same types
//        values  [2]  bool, string, floats, integers, complex
//   out  y  of the type of values, the shape of indices with an axis of `depth` put in
//   axis int = -1, in [-r - 1, r]: where it is put
// An index outside [-depth, depth) leaves values[0] everywhere.
// Errors: bad_type, bad_rank, bad_shape, bad_axis, bad_value (a negative depth), rank_limit.
//   Source: ONNX OneHot-28.
#include "../element.h"
#include "move.h"

namespace mote {
namespace {

struct Attrs { int64_t axis; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1)};
constexpr Types index_types = number_types & ~types(Type::bf16);

int64_t whole(Type type, const void* data, size_t i) {
  if (has(int_types, type)) return load_int(type, data, i);
  const double x = load_real(type, data, i);
  int64_t n;
  store_reals(Type::i64, &n, 1, 1, &x);
  return n;
}

Status shape(Call& c) {
  const Value &x = c.in(0), &depth = c.in(1);
  TRY(c.want_type(0, index_types));
  TRY(c.want_type(1, index_types));
  TRY(c.want_type(2, number_types | complex_types | types(Type::boolean, Type::str)));
  if (known_rank(depth) && depth.rank) {
    TRY(c.want_rank(1, 1));
    TRY(c.want_dim(1, 0, 1));
  }
  TRY(c.want_rank(2, 1));
  TRY(c.want_dim(2, 0, 2));
  if (!known_rank(x)) return c.set(0, c.in(2).type), Status::ok;
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank + 1, axis));
  int64_t dims[max_rank + 1], n = c.fresh();
  if (c.known(1) && depth.data) n = whole(depth.type, depth.data, 0);
  if (c.known(1) && depth.data && n < 0) return c.fail_in(1, Status::bad_value, n, "0 or more");
  for (int i = 0; i <= x.rank; ++i) dims[i] = i < axis ? x.dims[i] : i == axis ? n : x.dims[i - 1];
  return c.set_dims(0, c.in(2).type, dims, x.rank + 1);
}

}  // namespace

constinit const Op op_one_hot = {.in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << 1};

Status run_one_hot(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, y.rank, axis));
  const size_t size = size_of(y.type), inner = product(y, axis + 1, y.rank);
  const int64_t depth = y.dims[axis];
  const char* values = c.in(2).as<char>();
  fill(y.as<char>(), values, count(y), size);
  if (!depth) return Status::ok;
  for (size_t i = 0, n = count(x); i < n; ++i) {
    int64_t k = whole(x.type, x.data, i);
    if (x.type == Type::u64 && k < 0) continue;
    if (k < 0 && k >= -depth) k += depth;
    if (k < 0 || k >= depth) continue;
    const size_t at = (i / inner * size_t(depth) + size_t(k)) * inner + i % inner;
    copy_block(y.as<char>() + at * size, values + size, size);
  }
  return Status::ok;
}

}  // namespace mote
