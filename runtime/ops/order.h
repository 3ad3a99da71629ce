// Order of elements: what ArgMax, ArgMin, Hardmax, TopK, Unique and NonMaxSuppression share.
#pragma once
#include "../op.h"

namespace mote {

// n elements as integers in the order of their values: -0 is 0, a NaN is above everything. Floats, integers
// and bool. turned: in the opposite order, a NaN below everything.
void load_keys(Type type, const void* from, int64_t step, size_t n, bool turned, int64_t* to);

// Sorts order [n] so that before(x, y) holds of no neighbours (y, x). Of equal elements any may come first.
using Before = bool (*)(const void* context, size_t a, size_t b);
void sort(size_t* order, size_t n, Before before, const void* context);
// One step of it: `order` is a heap but for element i; on top lies what comes last.
void sift_down(size_t* order, size_t i, size_t n, Before before, const void* context);

struct ArgAttrs { int64_t axis, keepdims, select_last_index; };
inline constexpr Attr arg_attrs[] = {ATTR(ArgAttrs, axis), ATTR(ArgAttrs, keepdims, 1),
                                     ATTR(ArgAttrs, select_last_index)};
Status arg_shape(Call& c);
// The index of the greatest (turned: least) element along an axis; a NaN wins in both.
Status arg_run(Call& c, bool turned);

}  // namespace mote
