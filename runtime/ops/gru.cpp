// GRU: z, r, h gates over a sequence, in one or two directions.
//   in   x [seq, batch, input], w [dirs, 3 h, input], r [dirs, 3 h, h], b [dirs, 6 h], sequence_lens i32
//        [batch], initial_h [dirs, batch, h]; all but the first three optional; f16 bf16 f32 f64 (layout 1:
//          batch first)
//   out  y [seq, dirs, batch, h], y_h [dirs, batch, h], both optional
//   zt = f(x wz + h rz + bz), rt = f(x wr + h rr + br), ht = g(x wh + (rt h) rh + bh), h = (1 - zt) ht + zt
//     h;
//   linear_before_reset: ht = g(x wh + rt (h rh + rbh) + wbh)
// f16 and bf16 are computed in f32 and rounded once.
// Errors: bad_type, bad_shape, bad_attribute, bad_value (sequence_lens).            Source: ONNX GRU-22.
#include "recurrent.h"

namespace mote {
namespace {
constexpr Attr attrs[] = {RECURRENT_ATTRS, ATTR(RecurrentAttrs, linear_before_reset)};
Status shape(Call& c) { return recurrent_shape(c, CellKind::gru); }
}  // namespace
constinit const Op op_gru = {
    .in = {3, 6}, .out = {0, 2}, ATTRS(RecurrentAttrs, attrs), .shape = shape, .layout = recurrent_layout};
Status run_gru(Call& c) { return run_recurrent(c, CellKind::gru); }
}  // namespace mote
