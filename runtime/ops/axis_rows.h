// Functions of rows along one axis, in place in doubles: what Softmax and its like, LpNormalization and LRN
// share.
#pragma once
#include "../element.h"
#include "../math.h"
#include "../op.h"

namespace mote {

// Replaces the n elements of a row.
using RowFunction = void (*)(double* row, size_t n, const void* context);
// y = f(x) for every row along `axis`; y has x's shape, and may lie on x where it has its type. scratch:
// further doubles behind the row.
Status axis_rows(Call& c, Value& y, const Value& x, int axis, RowFunction f, const void* context,
                 size_t scratch = 0);

// Operators with an attribute `axis` of which x is one element where it is a scalar: float types, y like x.
struct AxisAttrs { int64_t axis; };
inline constexpr Attr axis_attrs[] = {ATTR(AxisAttrs, axis, -1)};
Status axis_shape(Call& c);
Status axis_of(const Call& c, int64_t given, int& axis);

// exp(x - max x) / sum exp(x - max x); const Type*: that of x
void softmax_row(double* row, size_t n, const void* type);
constexpr size_t softmax_part = 32;  // elements of a sum that bf16 rounds after each step
void log_softmax_row(double* row, size_t n, const void*);  // x - max x - log sum exp(x - max x)

}  // namespace mote
