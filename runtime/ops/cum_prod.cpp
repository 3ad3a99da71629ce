// CumProd: y[i] = x[0] * ... * x[i] along an axis; inputs, attributes and types: cumulate.h.
// Floats in double, each result rounded once; integers wrap. May run in place.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, bad_axis.            Source: ONNX CumProd-26.
#include "cumulate.h"

namespace mote {

constinit const Op op_cum_prod = cumulate_op;
Status run_cum_prod(Call& c) { return cumulate_run(c, true); }

}  // namespace mote
