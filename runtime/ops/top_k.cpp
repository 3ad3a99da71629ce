// TopK: the k greatest or least elements along `axis` and their indices, in order; of equal elements the one
// with the lower index comes first.
//   in   x [d0, ..., dn-1]  floats, integers; k i64 [1]        out  values (x's type), indices i64: k along
//                           the axis
//   axis int = -1; largest int = 1; sorted int = 1: the outputs are in order even where it is 0
// A NaN is greater than every number.
// Errors: bad_type, bad_axis, bad_rank, bad_value (k negative or above the axis).            Source: ONNX
//   TopK-24.
#include "../element.h"
#include "move.h"
#include "order.h"

namespace mote {
namespace {

struct Attrs { int64_t axis, largest, sorted; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1), ATTR(Attrs, largest, 1), ATTR(Attrs, sorted, 1)};

Status shape(Call& c) {
  TRY(c.want_type(0, number_types));
  TRY(c.want_type(1, types(Type::i64)));
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_rank(1, 1));
  TRY(c.want_dim(1, 0, 1));
  const Value& x = c.in(0);
  if (!known_rank(x)) return c.set(0, x.type), c.set(1, Type::i64), Status::ok;
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  int64_t dims[max_rank], k = c.fresh();
  for (int i = 0; i < x.rank; ++i) dims[i] = x.dims[i];
  if (c.known(1)) {
    k = *c.in(1).as<int64_t>();
    if (k < 0 || (dims[axis] >= 0 && k > dims[axis]))
      return c.fail_in(1, Status::bad_value, k, "as many elements as the axis has, or fewer");
  }
  dims[axis] = k;
  TRY(c.set_dims(0, x.type, dims, x.rank));
  return c.set_dims(1, Type::i64, dims, x.rank);
}

// The heap holds the best so far, the worst of them on top.
bool better(const void* context, size_t a, size_t b) {
  const int64_t* keys = static_cast<const int64_t*>(context);
  return keys[a] != keys[b] ? keys[a] > keys[b] : a < b;
}

void select(const int64_t* keys, size_t n, size_t* order, size_t k) {
  for (size_t i = 0; i < k; ++i) order[i] = i;
  for (size_t i = k / 2; i--;) sift_down(order, i, k, better, keys);
  for (size_t i = k; i < n && k; ++i) {
    if (keys[i] <= keys[order[0]]) continue;
    order[0] = i;
    sift_down(order, 0, k, better, keys);
  }
  for (size_t i = k; i > 1;) {
    swap(order[0], order[--i]);
    sift_down(order, 0, i, better, keys);
  }
}

}  // namespace

constinit const Op op_top_k = {
    .in = {2, 2}, .out = {1, 2}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1u << 1};

Status run_top_k(Call& c) {
  const Value &x = c.in(0), &y = c.has_out(0) ? c.out(0) : c.out(1);
  int axis;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  const size_t outer = product(x, 0, axis), inner = product(x, axis + 1, x.rank), size = size_of(x.type);
  const size_t n = size_t(x.dims[axis]), k = size_t(y.dims[axis]);
  auto* keys = c.scratch_of<int64_t>(n);
  auto* order = c.scratch_of<size_t>(k);
  if (!keys || !order) return c.no_memory(n * 8);
  for (size_t o = 0; o < outer; ++o)
    for (size_t j = 0; j < inner; ++j) {
      const char* row = x.as<char>() + (o * n * inner + j) * size;
      load_keys(x.type, row, int64_t(inner), n, !c.attrs<Attrs>().largest, keys);
      select(keys, n, order, k);
      const size_t at = o * k * inner + j;
      for (size_t i = 0; i < k; ++i) {
        if (c.has_out(0))
          copy_block(c.out(0).as<char>() + (at + i * inner) * size, row + order[i] * inner * size, size);
        if (c.has_out(1)) c.out(1).as<int64_t>()[at + i * inner] = int64_t(order[i]);
      }
    }
  return Status::ok;
}

}  // namespace mote
