// LSTM: i, o, f, c gates over a sequence, in one or two directions.
//   in   x [seq, batch, input], w [dirs, 4 h, input], r [dirs, 4 h, h], b [dirs, 8 h], sequence_lens i32
//        [batch], initial_h, initial_c [dirs, batch, h], p [dirs, 3 h]; all but the first three optional; f16
//          bf16 f32 f64
//        (layout 1: batch first)
//   out  y [seq, dirs, batch, h], y_h, y_c [dirs, batch, h], all optional
//   it = f(x wi + h ri + pi c + bi), ft = f(.. + pf c + bf), ct' = g(..), c = ft c + it ct', ot = f(.. + po c
//     + bo),
//   h = ot h(c)
// f16 and bf16 are computed in f32 and rounded once. mote.LSTM (f32): quantized_state int = 0: 1: h is
// rounded as DynamicQuantizeLinear does before each product with r. Errors: bad_type, bad_shape,
// bad_attribute, bad_value (sequence_lens). Source: ONNX LSTM-22.
#include "recurrent.h"

namespace mote {
namespace {
constexpr Attr attrs[] = {RECURRENT_ATTRS, ATTR(RecurrentAttrs, input_forget)};
constexpr Attr fused_attrs[] = {RECURRENT_ATTRS, ATTR(RecurrentAttrs, input_forget),
                                ATTR(RecurrentAttrs, quantized_state)};
Status shape(Call& c) { return recurrent_shape(c, CellKind::lstm); }
Status fused_shape(Call& c) {
  TRY(c.want_type(0, types(Type::f32)));
  return shape(c);
}
}  // namespace
constinit const Op op_lstm = {
    .in = {3, 8}, .out = {0, 3}, ATTRS(RecurrentAttrs, attrs), .shape = shape, .layout = recurrent_layout};
Status run_lstm(Call& c) { return run_recurrent(c, CellKind::lstm); }

constinit const Op op_fused_lstm = {.in = {3, 8},
                                    .out = {0, 3},
                                    ATTRS(RecurrentAttrs, fused_attrs),
                                    .shape = fused_shape,
                                    .layout = recurrent_layout};
Status run_fused_lstm(Call& c) { return run_recurrent(c, CellKind::lstm); }
}  // namespace mote
