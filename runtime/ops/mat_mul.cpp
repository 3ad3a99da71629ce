// MatMul: y = a b over the last two axes, the others broadcast; as numpy.matmul.
//   in   a [..., m, k] or [k], b [..., k, n] or [k]: f16 bf16 f32 f64 i32 i64 u32 u64        out  y [..., m,
//        n]
// mote.MatMul also takes a bias [n] and an activation (f32).
// f32: sums in order of k (m > 1) or in several partial sums (m = 1). f16, bf16: sums of 256 in f32, those in
//   double.
// Other types: double or 64-bit integers. All but f32 are rounded once.
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
  return product_shape(c, 0, 1, c.in(0).type);
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
  const bool panels = b.layout == Layout::column_panels;
  Batches q(a, b);
  const size_t m = q.m, k = q.k, n = q.n, s = size_of(y.type), b_size = k * (panels ? round_up(n, 8) : n);
  if (y.type == Type::f32) {
    const auto number = [&](size_t t) {
      Batches at = q;
      at.seek(t);
      return Product{.a = a.as<float>() + at.a * m * k,
                     .b = b.as<float>() + at.b * b_size,
                     .c = y.as<float>() + t * m * n,
                     .m = m,
                     .k = k,
                     .n = n,
                     .panels = panels,
                     .bias = c.has_in(2) ? c.in(2).as<float>() : nullptr,
                     .low = f.low(),
                     .high = f.high()};
    };
    TRY(products_f32(
        c, q.total, [](const void* of, size_t t) { return (*static_cast<const decltype(number)*>(of))(t); },
        &number));
    if (!f.bounds()) activate(f, y.as<float>(), count(y));
    return Status::ok;
  }
  for (size_t t = 0; t < q.total; ++t) {
    q.seek(t);
    const char *from_a = a.as<char>() + q.a * m * k * s, *from_b = b.as<char>() + q.b * b_size * s;
    char* to = y.as<char>() + t * m * n * s;
    const AnyMatrix ma = {from_a, int64_t(k), 1}, mb = {from_b, int64_t(n), 1};
    if (has(half_types, y.type)) {
      const Dense dense = {y.type, to, n};
      TRY(product_wide(c, {y.type, ma}, {y.type, mb}, m, k, n, store_dense, &dense));
    } else {
      product_any(y.type, to, ma, mb, m, k, n);
    }
  }
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
