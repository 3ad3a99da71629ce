// HammingWindow: a = 25/46, b = 21/46, c = 0; formula, input, attributes and types: cosine_window.h.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, bad_value (a negative size).            Source: ONNX
//   HammingWindow-17.
#include "cosine_window.h"

namespace mote {

constinit const Op op_hamming_window = window_op;
Status run_hamming_window(Call& c) { return window_run(c, 25.0 / 46, 21.0 / 46, 0); }

}  // namespace mote
