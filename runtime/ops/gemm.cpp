// Gemm: y = alpha a' b' + beta c, a' = a or its transpose, b' likewise.
//   in   a [m, k] ([k, m] with transA), b [k, n] ([n, k] with transB), c broadcast to [m, n], optional
//        f16 bf16 f32 f64 i32 i64 u32 u64        out  y [m, n]
// mote.Gemm also applies an activation (f32).
// Errors: bad_type, bad_rank, bad_shape, not_broadcastable.            Source: ONNX Gemm-13.
#include "../element.h"
#include "../walk.h"
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  float alpha, beta;
  int64_t transA, transB;
  Text activation;
  Span<const float> activation_params;
};
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 1.0f), ATTR(Attrs, beta, 1.0f), ATTR(Attrs, transA),
                          ATTR(Attrs, transB)};
constexpr Attr fused_attrs[] = {ATTR(Attrs, alpha, 1.0f), ATTR(Attrs, beta, 1.0f),
                                ATTR(Attrs, transA),      ATTR(Attrs, transB),
                                ATTR(Attrs, activation),  ATTR(Attrs, activation_params)};

Status shape(Call& c) {
  const Attrs& t = c.attrs<Attrs>();
  TRY(c.want_type(0, product_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_rank(0, 2));
  TRY(c.want_rank(1, 2));
  const Value &a = c.in(0), &b = c.in(1);
  int64_t dims[2] = {c.fresh(), c.fresh()}, k;
  if (known_rank(a)) dims[0] = a.dims[t.transA ? 1 : 0];
  if (known_rank(b)) dims[1] = b.dims[t.transB ? 0 : 1];
  if (known_rank(a) && known_rank(b) && !dim_merge(a.dims[t.transA ? 0 : 1], b.dims[t.transB ? 1 : 0], k))
    return c.fail_in(1, Status::bad_shape, Arg::dims(b), a.dims[t.transA ? 0 : 1]);
  TRY(c.set_dims(0, a.type, dims, 2));
  if (!c.has_in(2) || !known_rank(c.in(2))) return Status::ok;
  const Value& bias = c.in(2);
  bool fits = bias.rank <= 2;
  for (int i = 0; fits && i < bias.rank; ++i)
    fits = bias.dims[i] == 1 || dim_merge(bias.dims[i], dims[i + 2 - bias.rank], k);
  return fits ? Status::ok : c.fail(Status::not_broadcastable, Arg::dims(bias), Arg::dims(c.out(0)));
}

Status fused_shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return shape(c);
}

void layout(Call& c, unsigned i, Value& w) {
  if (i != 1 || w.rank != 2) return;
  w.layout = c.attrs<Attrs>().transB ? Layout::row_panels : Layout::column_panels;
  w.panel = 8;
}

// y = alpha y + beta c, element by element.
void combine(const Call& c, Value& y, float alpha, float beta, bool with_c) {
  const bool real = has(float_types, y.type);
  const int64_t none_dims[2] = {0, 0};
  Walk<2> w(y.dims, 2);
  int64_t dense[2];
  dense_strides(y.dims, 2, dense);
  w.operand(0, dense);
  if (with_c) w.broadcast(1, c.in(2));
  else w.operand(1, none_dims);
  w.start();
  const size_t s = size_of(y.type);
  if (!w.empty) do {
      for (int64_t i = 0; i < w.count; ++i) {
        char* at = y.as<char>() + size_t(w.at[0] + i * w.step[0]) * s;
        const size_t other = size_t(w.at[1] + i * w.step[1]);
        if (y.type == Type::f32) {
          float& v = *reinterpret_cast<float*>(at);
          v = v * alpha;
          if (with_c) v += beta * c.in(2).as<float>()[other];
        } else if (real) {
          double v = load_real(y.type, at, 0) * double(alpha);
          if (with_c) v += double(beta) * load_real(y.type, c.in(2).data, other);
          store_reals(y.type, at, 1, 1, &v);
        } else {
          const auto scaled = [](int64_t n, float by) {
            const double v = double(n) * double(by);
            if (by != 1) store_reals(Type::i64, &n, 1, 1, &v);
            return n;
          };
          int64_t v = scaled(load_int(y.type, at, 0), alpha);
          if (with_c)
            v = int64_t(uint64_t(v) + uint64_t(scaled(load_int(y.type, c.in(2).data, other), beta)));
          store_ints(y.type, at, 1, 1, &v);
        }
      }
    } while (w.next());
}

Status run(Call& c, const Fused& f) {
  const Attrs& t = c.attrs<Attrs>();
  const Value &a = c.in(0), &b = c.in(1);
  Value& y = c.out(0);
  const size_t m = size_t(y.dims[0]), n = size_t(y.dims[1]), k = size_t(a.dims[t.transA ? 0 : 1]);
  const bool with_c = c.has_in(2) && t.beta != 0;
  const bool row_bias =
      with_c && count(c.in(2)) == n && c.in(2).rank >= 1 && c.in(2).dims[c.in(2).rank - 1] == int64_t(n);
  const bool simple = t.alpha == 1 && (!with_c || (row_bias && t.beta == 1));
  if (y.type != Type::f32) {
    const AnyMatrix ma = {a.data, t.transA ? 1 : int64_t(k), t.transA ? int64_t(m) : 1};
    const AnyMatrix mb = {b.data, t.transB ? 1 : int64_t(n), t.transB ? int64_t(k) : 1};
    const Dense dense = {y.type, y.data, n};
    if (has(half_types, y.type))
      TRY(product_wide(c, {y.type, ma}, {y.type, mb}, m, k, n, store_dense, &dense));
    else product_any(y.type, y.data, ma, mb, m, k, n);
    if (!(t.alpha == 1 && !with_c)) combine(c, y, t.alpha, t.beta, with_c);
    return Status::ok;
  }
  const Fused bounds = simple ? f : Fused{};
  const Product p = {.a = a.as<float>(),
                     .b = b.as<float>(),
                     .c = y.as<float>(),
                     .m = m,
                     .k = k,
                     .n = n,
                     .turned = t.transA != 0,
                     .transposed = t.transB != 0,
                     .panels = b.layout != Layout::plain,
                     .bias = simple && with_c ? c.in(2).as<float>() : nullptr,
                     .low = bounds.low(),
                     .high = bounds.high()};
  TRY(products_f32(c, 1, [](const void* of, size_t) { return *static_cast<const Product*>(of); }, &p));
  if (!simple) combine(c, y, t.alpha, t.beta, with_c);
  if (!simple || !f.bounds()) activate(f, y.as<float>(), m * n);
  return Status::ok;
}

}  // namespace
constinit const Op op_gemm = {.in = {2, 3}, ATTRS(Attrs, attrs), .shape = shape, .layout = layout};
Status run_gemm(Call& c) { return run(c, {}); }

constinit const Op op_fused_gemm = {
    .in = {2, 3}, ATTRS(Attrs, fused_attrs), .shape = fused_shape, .layout = layout};
Status run_fused_gemm(Call& c) {
  Fused f;
  TRY(fused_activation(c, c.attrs<Attrs>().activation, c.attrs<Attrs>().activation_params, f));
  return run(c, f);
}
}  // namespace mote
