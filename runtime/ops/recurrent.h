// What RNN, GRU and LSTM share: layers of cells over a sequence, in one or two directions.
#pragma once
#include "../op.h"

namespace mote {

struct RecurrentAttrs {
  int64_t hidden_size, input_forget, linear_before_reset, layout, quantized_state;
  float clip;
  Text direction;
  Span<const Text> activations;
  Span<const float> activation_alpha, activation_beta;
};
// The rows that all three have. hidden_size: the last axis of r where it is absent.
#define RECURRENT_ATTRS \
  ATTR(RecurrentAttrs, hidden_size, -1), ATTR(RecurrentAttrs, layout), ATTR(RecurrentAttrs, clip), \
      ATTR(RecurrentAttrs, direction, "forward"), ATTR(RecurrentAttrs, activations), \
      ATTR(RecurrentAttrs, activation_alpha), ATTR(RecurrentAttrs, activation_beta)

// A kind of cell is the number of its gates.
enum class CellKind : uint8_t { rnn = 1, gru = 3, lstm = 4 };

Status recurrent_shape(Call& c, CellKind kind);
void recurrent_layout(Call& c, unsigned i, Value& weight);
Status run_recurrent(Call& c, CellKind kind);

}  // namespace mote
