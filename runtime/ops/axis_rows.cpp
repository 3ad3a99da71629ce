#include "axis_rows.h"

namespace mote {

Status axis_of(const Call& c, int64_t given, int& axis) {
  axis = 0;
  return c.in(0).rank ? normalize_axis(c, given, c.in(0).rank, axis) : Status::ok;
}

Status axis_shape(Call& c) {
  TRY(c.want_type(0, float_types));
  int axis;
  if (known_rank(c.in(0))) TRY(axis_of(c, c.attrs<AxisAttrs>().axis, axis));
  c.like(0, c.in(0));
  return Status::ok;
}

Status axis_rows(Call& c, Value& y, const Value& x, int axis, RowFunction f, const void* context,
                 size_t scratch) {
  const size_t n = x.rank ? size_t(x.dims[axis]) : 1;
  const size_t outer = product(x, 0, axis), inner = product(x, axis + 1, x.rank);
  if (!n) return Status::ok;
  double* row = c.scratch_of<double>(n + scratch);
  if (!row) return c.no_memory(n * 8);
  for (size_t i = 0; i < outer; ++i)
    for (size_t j = 0; j < inner; ++j) {
      const size_t at = i * n * inner + j;
      load_reals(x.type, x.as<char>() + at * size_of(x.type), int64_t(inner), n, row);
      f(row, n, context);
      store_reals(y.type, y.as<char>() + at * size_of(y.type), int64_t(inner), n, row);
    }
  return Status::ok;
}

namespace {
double greatest_of(const double* row, size_t n) {
  double greatest = row[0];
  for (size_t i = 1; i < n; ++i)
    if (row[i] > greatest) greatest = row[i];  // a NaN is not seen here; the sum carries it on
  return greatest;
}
}  // namespace

// Of f16 and bf16 every step is rounded, as in the operator's function. Sums of bf16 too, but in parts: alone
// they stop at 256.
void softmax_row(double* row, size_t n, const void* type) {
  const auto rounded = [type = *static_cast<const Type*>(type)](double v) {
    return type == Type::f16    ? double(f16_to_f32(f64_to_f16(v)))
           : type == Type::bf16 ? double(bf16_to_f32(f64_to_bf16(v)))
                                : v;
  };
  const double greatest = greatest_of(row, n);
  double sum = 0, part = 0;
  for (size_t i = 0; i < n; ++i) {
    row[i] = rounded(math::exp(rounded(row[i] - greatest)));
    part += row[i];
    if (*static_cast<const Type*>(type) == Type::bf16) part = rounded(part);
    if (i % softmax_part == softmax_part - 1 || i == n - 1) sum += part, part = 0;
  }
  sum = rounded(sum);
  for (size_t i = 0; i < n; ++i) row[i] /= sum;
}

void log_softmax_row(double* row, size_t n, const void*) {
  const double greatest = greatest_of(row, n);
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += math::exp(row[i] -= greatest);
  const double log = math::log(sum);
  for (size_t i = 0; i < n; ++i) row[i] -= log;
}

}  // namespace mote
