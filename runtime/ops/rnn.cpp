// RNN: a layer of simple cells over a sequence, in one or two directions.
//   in   x [seq, batch, input], w [dirs, h, input], r [dirs, h, h], b [dirs, 2 h], sequence_lens i32 [batch],
//        initial_h [dirs, batch, h]; all but the first three optional; f16 bf16 f32 f64 (layout 1: batch
//          first)
//   out  y [seq, dirs, batch, h], y_h [dirs, batch, h], both optional
//   h = f(x w + h r + b)
// f16 and bf16 are computed in f32 and rounded once.
// Errors: bad_type, bad_shape, bad_attribute, bad_value (sequence_lens).            Source: ONNX RNN-22.
#include "recurrent.h"

namespace mote {
namespace {
constexpr Attr attrs[] = {RECURRENT_ATTRS};
Status shape(Call& c) { return recurrent_shape(c, CellKind::rnn); }
}  // namespace
constinit const Op op_rnn = {
    .in = {3, 6}, .out = {0, 2}, ATTRS(RecurrentAttrs, attrs), .shape = shape, .layout = recurrent_layout};
Status run_rnn(Call& c) { return run_recurrent(c, CellKind::rnn); }
}  // namespace mote
