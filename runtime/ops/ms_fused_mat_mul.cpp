// FusedMatMul: y = alpha a b over the last two axes, the others broadcast; as numpy.matmul of a and b, turned
// first.
//   in   a, b f32 f64 f16 bf16        out  y, of their type
//   alpha float = 1; transA, transB int: the last two axes are swapped (not of a vector);
//   transBatchA, transBatchB int: before that the first axis moves behind the last but one
// Errors: bad_type, bad_shape, not_broadcastable.            Source: onnxruntime, com.microsoft 1.
#include "../element.h"
#include "../walk.h"
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  float alpha;
  int64_t transA, transB, transBatchA, transBatchB;
};
constexpr Attr attrs[] = {ATTR(Attrs, alpha, 1.0f), ATTR(Attrs, transA), ATTR(Attrs, transB),
                          ATTR(Attrs, transBatchA), ATTR(Attrs, transBatchB)};

// v with its axes as matmul sees them, and the strides of those.
void turn(const Value& v, bool batch, bool matrix, Value& out, int64_t* strides) {
  out = v;
  if (v.rank < 2) {
    strides[0] = 1;
    return;
  }
  int64_t dense[max_rank];
  dense_strides(v.dims, v.rank, dense);
  int order[max_rank];
  for (int i = 0; i < v.rank; ++i) order[i] = batch && i < v.rank - 1 ? (i == v.rank - 2 ? 0 : i + 1) : i;
  if (matrix) swap(order[v.rank - 1], order[v.rank - 2]);
  for (int i = 0; i < v.rank; ++i) {
    out.dims[i] = v.dims[order[i]];
    strides[i] = dense[order[i]];
  }
}

struct Turned {
  Value v[2];
  int64_t strides[2][max_rank];
  Turned(const Call& c) {
    const Attrs& a = c.attrs<Attrs>();
    turn(c.in(0), a.transBatchA != 0, a.transA != 0, v[0], strides[0]);
    turn(c.in(1), a.transBatchB != 0, a.transB != 0, v[1], strides[1]);
  }
  // Matrix number `index` of factor i.
  AnyMatrix matrix(int i, size_t index) const {
    const Value& t = v[i];
    int64_t at = 0;
    for (int k = t.rank - 3; k >= 0; --k) {
      at += int64_t(index % size_t(t.dims[k])) * strides[i][k];
      index /= size_t(t.dims[k]);
    }
    const int64_t one = strides[i][t.rank - 1], other = t.rank > 1 ? strides[i][t.rank - 2] : 0;
    const void* from = t.as<char>() + size_t(at) * size_of(t.type);
    return t.rank == 1 && i == 1 ? AnyMatrix{from, one, 0} : AnyMatrix{from, other, one};
  }
};

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  Turned t(c);
  Value* ins[2] = {&t.v[0], &t.v[1]};
  Call as_turned = c;
  as_turned.ins = ins;
  return product_shape(as_turned, 0, 1, c.in(0).type);
}

}  // namespace

constinit const Op op_ms_fused_mat_mul = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_ms_fused_mat_mul(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Value& y = c.out(0);
  const Turned t(c);
  Value single = t.v[0];  // no tall matrix: its rows need not lie behind one another
  const bool tall = t.v[0].rank > 2 && t.v[1].rank <= 2;
  if (tall) {
    single.rank = 2;
    for (int i = 0; i < 2; ++i) single.dims[i] = t.v[0].dims[t.v[0].rank - 2 + i];
  }
  Batches q(tall ? single : t.v[0], t.v[1]);
  const size_t m = q.m, k = q.k, n = q.n, total = tall ? product(t.v[0], 0, t.v[0].rank - 2) : q.total;
  Room room;
  for (size_t i = 0; i < total; ++i) {
    if (!tall) q.seek(i);
    const AnyMatrix ma = t.matrix(0, tall ? i : q.a), mb = t.matrix(1, tall ? 0 : q.b);
    char* to = y.as<char>() + i * m * n * size_of(y.type);
    const Dense dense = {y.type, to, n};
    if (y.type == Type::f64) {
      product_any(y.type, to, ma, mb, m, k, n);
    } else if (y.type == Type::f32 && ma.column == 1 && (mb.column == 1 || mb.row == 1)) {
      const bool turned = mb.column != 1;
      TRY(product_f32(c, {.a = static_cast<const float*>(ma.at), .b = static_cast<const float*>(mb.at),
                          .c = reinterpret_cast<float*>(to), .m = m, .k = k, .n = n, .transposed = turned,
                          .a_row = size_t(ma.row), .b_row = size_t(turned ? mb.column : mb.row)}, room));
    } else {
      TRY(product_wide(c, {y.type, ma}, {y.type, mb}, m, k, n, store_dense, &dense));
    }
  }
  for (size_t i = 0; a.alpha != 1 && i < count(y); i += block) {
    double part[block];
    const size_t now = min(block, count(y) - i);
    char* at = y.as<char>() + i * size_of(y.type);
    load_reals(y.type, at, 1, now, part);
    for (size_t e = 0; e < now; ++e) part[e] *= double(a.alpha);
    store_reals(y.type, at, 1, now, part);
  }
  return Status::ok;
}

}  // namespace mote
