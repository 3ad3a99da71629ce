// The discrete Fourier transform of any length in doubles: what DFT and STFT share.
#pragma once
#include "../op.h"

namespace mote {

struct Complex { double re, im; };

// x[k] = sum over j of x[j] e^(-2 pi i j k / n). A power of two by halves; any other n as a convolution with a chirp of
// at least 2 n - 1 elements, again by halves. Error: about 1e-15 log n of the largest sum.
struct Fourier {
  size_t n = 0, m = 0;          // m: the power of two that is transformed
  Complex* turns = nullptr;     // [m / 2]  e^(-2 pi i k / m)
  Complex* chirp = nullptr;     // [n]  e^(-pi i k^2 / n); null where n is a power of two
  Complex* filter = nullptr;    // [m]  the transformed chirp
  Complex* work = nullptr;      // [m]
  Status make(Call& c, size_t length);   // length at least 1
  void run(Complex* x) const;            // in place
};

}  // namespace mote
