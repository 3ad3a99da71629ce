#include "q_linear_binary.h"

#include "../walk.h"
#include "quantize.h"

namespace mote {

Status q_linear_binary_shape(Call& c) {
  const unsigned needed[] = {3, 4, 6};
  for (unsigned i : needed)
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
  TRY(c.want_type(0, eight_bits));
  for (unsigned i = 1; i < 8; ++i) {
    if (i == 1 || i == 4 || i == 6) TRY(c.want_type(i, types(Type::f32)));
    else TRY(c.want_same_type(i, 0));
    if (i != 3) TRY(want_single(c, i));
  }
  Value* ins[2] = {c.ins[0], c.ins[3]};
  Call operands = c;
  operands.ins = ins;
  operands.n_in = 2;
  operands.in_names = nullptr;
  return operands.broadcast(0, c.in(0).type, 0, 2);
}

Status q_linear_binary(Call& c, float (*f)(float, float)) {
  const Value &a = c.in(0), &b = c.in(3);
  Value& y = c.out(0);
  // Each operand by its code: no arithmetic an element but f and the division.
  float values[2][256];
  const unsigned zeros[3] = {2, 5, 7};
  for (unsigned i = 0; i < 2; ++i)
    for (unsigned code = 0; code < 256; ++code) {
      const uint8_t byte = uint8_t(code);
      const int zero = c.has_in(zeros[i]) ? int(load_int(a.type, c.in(zeros[i]).data, 0)) : 0;
      values[i][code] = float(int(load_int(a.type, &byte, 0)) - zero) * *c.in(i * 3 + 1).as<float>();
    }
  const float scale = *c.in(6).as<float>();
  const int zero = c.has_in(7) ? int(load_int(a.type, c.in(7).data, 0)) : 0;
  const Range r = range_of(a.type);
  int64_t dense[max_rank];
  dense_strides(y.dims, y.rank, dense);
  Walk<3> w(y.dims, y.rank);
  if (w.empty) return Status::ok;
  w.operand(0, dense);
  w.broadcast(1, a);
  w.broadcast(2, b);
  w.start();
  do {
    for (int64_t i = 0; i < w.count; ++i) {
      const float u = values[0][a.as<uint8_t>()[w.at[1] + i * w.step[1]]];
      const float v = values[1][b.as<uint8_t>()[w.at[2] + i * w.step[2]]];
      y.as<uint8_t>()[w.at[0] + i * w.step[0]] = uint8_t(int(quantized(double(f(u, v) / scale), zero, r)));
    }
  } while (w.next());
  return Status::ok;
}

}  // namespace mote
