// Gather: slices of `data` along `axis`, chosen by index.
//   in   data [..before, s, after..], indices int32 or int64 [q...]
//   out  [..before, q..., after..], type of data
//   axis int = 0, in [-r, r); indices in [-s, s)
// Errors: bad_axis, bad_rank, index_range.            Source: ONNX Gather-13.
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t axis; };
constexpr Attr attrs[] = { ATTR(Attrs, axis, 0) };

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Value& q = c.in(1);
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(c.want_min_rank(0, 1));
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  if (!known_rank(q)) return c.set(0, x.type), Status::ok;
  int64_t dims[2 * max_rank];
  int rank = 0;
  for (int i = 0; i < axis; ++i) dims[rank++] = x.dims[i];
  for (int i = 0; i < q.rank; ++i) dims[rank++] = q.dims[i];
  for (int i = axis + 1; i < x.rank; ++i) dims[rank++] = x.dims[i];
  return c.set_dims(0, x.type, dims, rank);
}

constexpr size_t chunk = 256;  // indices that are looked up together

int64_t index_at(const Value& q, size_t i) {
  return q.type == Type::i64 ? q.as<int64_t>()[i] : q.as<int32_t>()[i];
}

}  // namespace

constinit const Op op_gather = { .in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape };

Status run_gather(Call& c) {
  const Value& x = c.in(0);
  const Value& q = c.in(1);
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  const int64_t s = x.dims[axis];
  const size_t n = count(q), outer = product(x, 0, axis);
  const size_t bytes = product(x, axis + 1, x.rank) * size_of(x.type);
  for (size_t i = 0; i < n; ++i) {
    const int64_t at = index_at(q, i);
    if (at < -s || at >= s) return c.fail(Status::index_range, at, -s, s);
  }
  if (!count(c.out(0))) return Status::ok;
  char* to = c.out(0).as<char>();
  const char* from = x.as<char>();
  for (size_t o = 0; o < outer; ++o, from += size_t(s) * bytes)
    for (size_t i = 0; i < n; i += chunk) {
      size_t index[chunk];
      const size_t more = min(chunk, n - i);
      for (size_t k = 0; k < more; ++k) {
        const int64_t at = index_at(q, i + k);
        index[k] = size_t(at < 0 ? at + s : at);
      }
      copy_blocks(to, from, index, more, bytes);
      to += more * bytes;
    }
  return Status::ok;
}

}  // namespace mote
