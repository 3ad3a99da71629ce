#include "loss.h"

#include "../element.h"

namespace mote {

Status loss_shape(Call& c) {
  const Text reduction = c.attrs<LossAttrs>().reduction;
  const Value &x = c.in(0), &target = c.in(1);
  TRY(c.want_type(0, float_types));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  TRY(c.want_same_type(2, 0));
  TRY(c.want_min_rank(0, 2));
  TRY(c.want_rank(2, 1));
  if (known_rank(x)) {
    TRY(c.want_rank(1, x.rank - 1));
    TRY(c.want_dim(2, 0, x.dims[1]));
    for (int i = 0; i < x.rank - 1; ++i) TRY(c.want_dim(1, i, x.dims[i ? i + 1 : 0]));
  }
  if (reduction == "mean" || reduction == "sum") return c.set(0, x.type, 0), Status::ok;
  if (!(reduction == "none")) return c.bad_attr("reduction", reduction, "none, sum or mean");
  c.like(0, target);
  if (c.has_out(0)) c.out(0).type = x.type;
  return Status::ok;
}

Status loss_run(Call& c, const Value& x) {
  const LossAttrs& a = c.attrs<LossAttrs>();
  const Value& target = c.in(1);
  Value& y = c.out(0);
  const size_t n = count(target), inner = product(x, 2, x.rank), classes = size_t(x.dims[1]);
  const bool each = a.reduction == "none";
  double sum = 0, weights = 0;
  for (size_t i = 0; i < n; ++i) {
    const int64_t k = load_int(target.type, target.data, i);
    double loss = 0, weight = 0;
    if (a.ignore_index == int64_min || k != a.ignore_index) {
      if (k < 0 || k >= x.dims[1]) return c.fail(Status::index_range, k, 0, x.dims[1]);
      weight = c.has_in(2) ? element_at(c.in(2), size_t(k)) : 1;
      loss = -element_at(x, (i / inner * classes + size_t(k)) * inner + i % inner) * weight;
    }
    sum += loss;
    weights += weight;
    if (each) put_element(y, i, loss);
  }
  if (each) return Status::ok;
  put_element(y, 0, a.reduction == "mean" ? sum / weights : sum);
  return Status::ok;
}

}  // namespace mote
