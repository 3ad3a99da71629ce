// Reshape: the same elements under another shape.
//   in   data [any], shape int64 [rank] (int32 too: onnxruntime's models have it)        out  reshaped, same
//        type
//   shape: -1 (once) is inferred; 0 copies the dimension of data, or is 0 where allowzero = 1.
// A view. Errors: bad_value, size_mismatch, rank_limit.            Source: ONNX Reshape-25.
#include "move.h"

namespace mote { namespace {

struct Attrs { int64_t allowzero; };
constexpr Attr attrs[] = { ATTR(Attrs, allowzero, 0) };

// The dimensions on one side that the other side does not have too.
struct Side {
  int64_t dims[max_rank];
  int n = 0;
  int64_t product = 1;
  bool symbolic = false, overflow = false;
  void multiply() {
    for (int i = 0; i < n; ++i) {
      if (dims[i] < 0) symbolic = true;
      else if (!mul(product, dims[i], product)) overflow = true;
    }
  }
};

void drop(Side& side, int i) { side.dims[i] = side.dims[--side.n]; }

Status mismatch(Call& c, const int64_t* dims, int n) {
  Value wanted;
  wanted.rank = int8_t(n);
  for (int i = 0; i < n; ++i) wanted.dims[i] = dims[i];
  return c.fail(Status::size_mismatch, Arg::dims(c.in(0)), Arg::dims(wanted));
}

// dims [n] with copied dimensions in place; `inferred` is the index of -1 or negative. Equal symbols on both
// sides cancel, and so do copied dimensions: [0, 5] reshaped to (0, -1) is [0, 5].
Status infer(Call& c, int64_t* dims, int n, unsigned copied, int inferred) {
  const Value& x = c.in(0);
  Side from, to;
  for (int i = 0; i < x.rank; ++i)
    if (!(copied >> i & 1)) from.dims[from.n++] = x.dims[i];
  for (int i = 0; i < n; ++i)
    if (i != inferred && !(copied >> i & 1)) to.dims[to.n++] = dims[i];
  for (int i = to.n - 1; i >= 0; --i)
    for (int k = 0; k < from.n; ++k)
      if (to.dims[i] < 0 && from.dims[k] == to.dims[i]) {
        drop(from, k);
        drop(to, i);
        break;
      }
  from.multiply();
  to.multiply();
  if (inferred < 0) {

    if (!from.symbolic && !to.symbolic && (to.overflow || from.product != to.product))
      return mismatch(c, dims, n);
    return Status::ok;
  }
  if (!from.symbolic && !to.symbolic) {
    if (to.overflow || !to.product || from.product % to.product) return mismatch(c, dims, n);
    dims[inferred] = from.product / to.product;
  } else if (!to.symbolic && from.n && !from.overflow) {
    // one symbol whose factor cancels stays itself
    int symbols = 0;
    int64_t symbol = 0;
    for (int i = 0; i < from.n; ++i)
      if (from.dims[i] < 0) symbol = from.dims[i], ++symbols;
    dims[inferred] = symbols == 1 && from.product == to.product && to.product ? symbol : c.fresh();
  } else {
    dims[inferred] = c.fresh();
  }
  return Status::ok;
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  int n;
  TRY(want_vector(c, 1, types(Type::i64, Type::i32), n));
  if (!c.known(1)) {
    if (n > max_rank) return c.fail(Status::rank_limit, n, max_rank);
    c.set(0, x.type, n);
    return Status::ok;
  }
  int64_t dims[max_rank];
  TRY(read_dims(c, 1, -1, dims, n));
  const bool allowzero = c.attrs<Attrs>().allowzero != 0;
  int inferred = -1;
  bool zero = false;
  unsigned copied = 0;  // bit i: dims[i] is x.dims[i]
  for (int i = 0; i < n; ++i) {
    if (dims[i] == -1) {
      if (inferred >= 0) return c.fail_in(1, Status::bad_value, -1, "at most one -1");
      inferred = i;
    } else if (dims[i] == 0 && allowzero) {
      zero = true;
    } else if (dims[i] == 0 && known_rank(x)) {
      if (i >= x.rank)
        return c.fail_in(1, Status::bad_value, 0, "a dimension: the data has no such axis to copy");
      dims[i] = x.dims[i];
      copied |= 1u << i;
    } else if (dims[i] == 0) {
      dims[i] = c.fresh();
    }
  }
  if (zero && inferred >= 0) return c.fail_in(1, Status::bad_value, -1, "no -1 beside a 0 under allowzero");
  if (!known_rank(x)) {
    if (inferred >= 0) dims[inferred] = c.fresh();
  } else {
    TRY(infer(c, dims, n, copied, inferred));
  }
  return c.set_dims(0, x.type, dims, n);
}

}  // namespace

constinit const Op op_reshape = { .in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape, .flags = view,
                                  .reads = 1 << 1 };

}  // namespace mote
