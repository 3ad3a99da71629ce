// The discrete Fourier transform of any length in doubles: what DFT and STFT share.
#pragma once
#include "../op.h"

namespace mote {

struct Complex { double re, im; };

// x[k] = sum over j of x[j] e^(-2 pi i j k / n). A product of primes up to 31 factor by factor; any other n
// as a convolution with a chirp of at least 2 n - 1 elements, a power of two. Error: about 1e-15 log n of the
// largest sum.
struct Fourier {
  size_t n = 0, m = 0;          // m: the length that is transformed by factors
  Complex* turns = nullptr;     // [m]  e^(-2 pi i k / m)
  Complex* spare = nullptr;     // [m]
  Complex* chirp = nullptr;     // [n]  e^(-pi i k^2 / n); null where n has small factors
  Complex* filter = nullptr;    // [m]  the transformed chirp
  Complex* work = nullptr;      // [m]
  Status make(Call& c, size_t length);   // length at least 1
  void run(Complex* x) const;            // in place
};

// The first n / 2 + 1 elements of the transform of a real signal. Where n is even its elements are taken in
// twos as complex ones, a transform of n / 2.
struct RealFourier {
  Fourier half;
  size_t n = 0;
  Complex* twist = nullptr;     // [n / 2 + 1]  e^(-2 pi i k / n); null where n is odd
  Complex* work = nullptr;      // [n]
  Status make(Call& c, size_t length);
  void run(Complex* y, const double* x) const;
};

}  // namespace mote
