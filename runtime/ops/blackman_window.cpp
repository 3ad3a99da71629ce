// BlackmanWindow: a = 0.42, b = 0.5, c = 0.08; formula, input, attributes and types: cosine_window.h.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, bad_value (a negative size).            Source: ONNX
//   BlackmanWindow-17.
#include "cosine_window.h"

namespace mote {

constinit const Op op_blackman_window = window_op;
Status run_blackman_window(Call& c) { return window_run(c, 0.42, 0.5, 0.08); }

}  // namespace mote
