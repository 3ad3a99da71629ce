// Sampling a grid at any position: what GridSample and DeformConv share. A position becomes taps, elements
// with weights.
#pragma once
#include "../element.h"
#include "../op.h"

namespace mote {

enum class Sampling : uint8_t { nearest, linear, cubic };
enum class Border : uint8_t { zeros, repeat, reflect };

struct Sampler {
  Sampling mode = Sampling::linear;
  Border border = Border::zeros;
  bool centers = true;         // reflection at the centres of the outermost elements, not at their edges
  int axes = 0;                // at most max_rank - 2
  const int64_t* dims = nullptr;
  size_t taps = 0;             // of the last position
  int64_t* at = nullptr;       // [capacity] elements
  double* weight = nullptr;

  // Room for the taps of any position.
  Status make(Call& c);
  // The taps for a position in elements, one coordinate an axis; changes `position`. What is not a number
  // lies outside.
  void locate(double* position);
};

}  // namespace mote
