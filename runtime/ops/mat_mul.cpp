// MatMul: y = a b over the last two axes, the others broadcast; as numpy.matmul.
//   in   a [..., m, k] or [k], b [..., k, n] or [k]: f16 bf16 f32 f64 i32 i64 u32 u64        out  y [..., m, n]
// mote.MatMul also takes a bias [n] and an activation (f32).
// f32: sums in order of k (m > 1) or in several partial sums (m = 1). Other types: double or 64-bit integers, rounded once.
// Errors: bad_type, bad_shape, not_broadcastable.            Source: ONNX MatMul-13.
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  Text activation;
  Span<const float> activation_params;
};
constexpr Attr attrs[] = {ATTR(Attrs, activation), ATTR(Attrs, activation_params)};

Status shape(Call& c) {
  TRY(c.want_type(0, product_types));
  TRY(c.want_same_type(1, 0));
  const Value &a = c.in(0), &b = c.in(1);
  TRY(c.want_min_rank(0, 1));
  TRY(c.want_min_rank(1, 1));
  if (!known_rank(a) || !known_rank(b)) {
    c.set(0, a.type);
    return Status::ok;
  }
  const int64_t ka = a.dims[a.rank - 1], kb = b.dims[b.rank == 1 ? 0 : b.rank - 2];
  int64_t k;
  if (!dim_merge(ka, kb, k)) return c.fail_in(1, Status::bad_shape, Arg::dims(b), ka);
  int64_t dims[max_rank];
  const int rank = max(max(int(a.rank), int(b.rank)), 2), batch = rank - 2;
  for (int i = 0; i < batch; ++i) {
    const int ia = i - (rank - a.rank), ib = i - (rank - b.rank);
    const int64_t da = a.rank > 2 && ia >= 0 ? a.dims[ia] : 1, db = b.rank > 2 && ib >= 0 ? b.dims[ib] : 1;
    if (da == 1) dims[i] = db;
    else if (db == 1) dims[i] = da;
    else if (!dim_merge(da, db, dims[i]))
      return c.fail(Status::not_broadcastable, Arg::dims(a), Arg::dims(b));
  }
  int n = batch;
  if (a.rank > 1) dims[n++] = a.dims[a.rank - 2];
  if (b.rank > 1) dims[n++] = b.dims[b.rank - 1];
  return c.set_dims(0, a.type, dims, n);
}

Status fused_shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_rank(2, 1));
  TRY(shape(c));
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return known_rank(c.in(1)) && c.in(1).rank > 1 ? c.want_dim(2, 0, c.in(1).dims[c.in(1).rank - 1])
                                                 : Status::ok;
}

void layout(Call&, unsigned i, Value& w) {
  if (i != 1 || w.rank < 2 || w.dims[w.rank - 1] < 2) return;
  w.layout = Layout::column_panels;
  w.panel = 8;
}

Status run(Call& c, const Fused& f) {
  const Value &a = c.in(0), &b = c.in(1);
  Value& y = c.out(0);
  size_t m = a.rank > 1 ? size_t(a.dims[a.rank - 2]) : 1;
  const size_t k = size_t(a.dims[a.rank - 1]), n = b.rank > 1 ? size_t(b.dims[b.rank - 1]) : 1;
  const int rank = max(max(int(a.rank), int(b.rank)), 2);
  int64_t batch[max_rank] = {}, size[2] = {int64_t(m * k), 0};
  const bool panels = b.layout == Layout::column_panels;
  size[1] = int64_t(k * (panels ? round_up(n, 8) : n));
  size_t total = 1;
  for (int i = 0; i < rank - 2; ++i) {
    const int ia = i - (rank - a.rank), ib = i - (rank - b.rank);
    const int64_t da = a.rank > 2 && ia >= 0 ? a.dims[ia] : 1, db = b.rank > 2 && ib >= 0 ? b.dims[ib] : 1;
    batch[i] = da == 1 ? db : da;
    total *= size_t(batch[i]);
  }
  if (b.rank <= 2 && a.rank > 2) {  // one matrix b for all: one tall product
    m *= total;
    total = min<size_t>(total, 1);
  }
  Room room;
  for (size_t t = 0; t < total; ++t) {
    int64_t at[2] = {0, 0};
    if (!(b.rank <= 2 && a.rank > 2)) {
      size_t rest = t;
      int64_t sa = size[0], sb = size[1];
      for (int i = rank - 3; i >= 0; --i) {
        const int64_t index = int64_t(rest % size_t(batch[i]));
        rest /= size_t(batch[i]);
        const int ia = i - (rank - a.rank), ib = i - (rank - b.rank);
        if (a.rank > 2 && ia >= 0) at[0] += a.dims[ia] == 1 ? 0 : index * sa, sa *= a.dims[ia];
        if (b.rank > 2 && ib >= 0) at[1] += b.dims[ib] == 1 ? 0 : index * sb, sb *= b.dims[ib];
      }
    }
    if (y.type == Type::f32) {
      const Product p = {.a = a.as<float>() + at[0],
                         .b = b.as<float>() + at[1],
                         .c = y.as<float>() + t * m * n,
                         .m = m,
                         .k = k,
                         .n = n,
                         .panels = panels,
                         .bias = c.has_in(2) ? c.in(2).as<float>() : nullptr,
                         .low = f.low(),
                         .high = f.high()};
      TRY(product_f32(c, p, room));
    } else {
      const size_t s = size_of(y.type);
      product_any(y.type, y.as<char>() + t * m * n * s, {a.as<char>() + size_t(at[0]) * s, int64_t(k), 1},
                  {b.as<char>() + size_t(at[1]) * s, int64_t(n), 1}, m, k, n);
    }
  }
  if (!f.bounds()) activate(f, y.as<float>(), count(y));
  return Status::ok;
}

}  // namespace
constinit const Op op_mat_mul = {.in = {2, 2}, .shape = shape, .layout = layout};
Status run_mat_mul(Call& c) { return run(c, {}); }

constinit const Op op_fused_mat_mul = {
    .in = {2, 3}, ATTRS(Attrs, attrs), .shape = fused_shape, .layout = layout};
Status run_fused_mat_mul(Call& c) {
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return run(c, f);
}
}  // namespace mote
