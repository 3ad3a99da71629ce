// HannWindow: a = b = 1/2, c = 0; formula, input, attributes and types: cosine_window.h.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, bad_value (a negative size).            Source: ONNX
//   HannWindow-17.
#include "cosine_window.h"

namespace mote {

constinit const Op op_hann_window = window_op;
Status run_hann_window(Call& c) { return window_run(c, 0.5, 0.5, 0); }

}  // namespace mote
