// What CumSum and CumProd share.
//   in   x     [d0, ..., dn-1]  f32 f64 f16 bf16 i32 i64 u32 u64      out  y  the same
//        axis  scalar or [1]  i32 i64, in [-n, n)
//   exclusive int = 0: 1 leaves x[i] itself out of y[i]
//   reverse   int = 0: 1 goes from the end
#pragma once
#include "../op.h"

namespace mote {

struct CumulateAttrs { int64_t exclusive, reverse; };
extern const Attr cumulate_attrs[2];
Status cumulate_shape(Call& c);
Status cumulate_run(Call& c, bool by_product);
constexpr Op cumulate_op = {.in = {2, 2}, ATTRS(CumulateAttrs, cumulate_attrs), .shape = cumulate_shape,
                            .flags = inplace};

}  // namespace mote
