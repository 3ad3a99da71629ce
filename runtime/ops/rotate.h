// Rotary position embeddings: what RotaryEmbedding and the attention operators that rotate share.
#pragma once
#include "attend.h"

namespace mote {

struct Rotation {
  Heads x, y;       // may be one
  size_t n, r;      // elements of a row; those that are turned
  bool interleaved;
  const Value &cosines, &sines;  // [positions, r / 2]
};
// Row `row` of one head, which is at `position`. Any type of floats, in f32.
void rotate(const Rotation& t, size_t batch, size_t head, size_t row, size_t position);

}  // namespace mote
