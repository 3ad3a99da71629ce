#include "sample.h"

namespace mote {

Status Sampler::make(Call& c) {
  // 1, 2 or 4 taps an axis
  const unsigned wide = mode == Sampling::nearest ? 0 : mode == Sampling::linear ? 1 : 2;
  const size_t capacity = size_t(1) << (wide * unsigned(axes));
  at = c.scratch_of<int64_t>(capacity);
  weight = c.scratch_of<double>(capacity);
  return at && weight ? Status::ok : c.no_memory(capacity * 16);
}

namespace {

// Folds x into [low, high] as mirrors at both ends do.
double reflect(double x, double low, double high) {
  const double range = high - low, d = x < low ? low - x : x - high;
  if (!(range > 0) || !(d < 1e18)) return low;
  const double turns = __builtin_floor(d / range), rest = d - turns * range;
  const bool odd = __builtin_floor(turns / 2) * 2 != turns;
  return (x < low) != odd ? low + rest : high - rest;
}

double clamp(double x, double low, double high) { return x > low ? min(x, high) : low; }

// The weights of the elements from floor(x) (cubic: one before) on; f is the fraction of x.
void weights(Sampling mode, double f, double* w) {
  if (mode == Sampling::nearest) {
    w[0] = 1;
  } else if (mode == Sampling::linear) {
    w[0] = 1 - f;
    w[1] = f;
  } else {
    constexpr double a = -0.75;
    const auto far = [](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
    const auto near = [](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
    w[0] = far(f + 1);
    w[1] = near(f);
    w[2] = near(1 - f);
    w[3] = far(2 - f);
  }
}

}  // namespace

void Sampler::locate(double* position) {
  const int wide = mode == Sampling::nearest ? 1 : mode == Sampling::linear ? 2 : 4;
  taps = 1;
  at[0] = 0;
  weight[0] = 1;
  for (int d = 0; d < axes; ++d) {
    const double n = double(dims[d]), low = centers ? 0 : -0.5, high = centers ? n - 1 : n - 0.5;
    double x = mode == Sampling::nearest ? __builtin_rint(position[d]) : position[d];
    if (!(x >= low && x <= high)) {
      if (border == Border::reflect) x = reflect(x, low, high);
      else if (border == Border::repeat && mode != Sampling::cubic) x = clamp(x, 0, n - 1);
    }
    x = clamp(x, -8, n + 8);  // further out nothing changes
    if (position[d] != position[d]) x = -8;
    const double floor = __builtin_floor(x);
    double w[4];
    weights(mode, x - floor, w);
    // Every tap so far times the taps of this axis, from the back, so that none is overwritten before it is
    // read.
    size_t kept = 0;
    int64_t index[4];
    for (int k = 0; k < wide; ++k) {
      double i = floor + k - (mode == Sampling::cubic);
      if (border == Border::repeat) i = clamp(i, 0, n - 1);
      else if (border == Border::reflect && !(i >= low && i <= high))
        i = clamp(reflect(i, low, high), 0, n - 1);
      if (!(i >= 0 && i < n)) continue;
      w[kept] = w[k];
      index[kept++] = int64_t(i);
    }
    for (size_t t = taps; t--;)
      for (size_t k = kept; k--;) {
        at[t * kept + k] = at[t] * dims[d] + index[k];
        weight[t * kept + k] = weight[t] * w[k];
      }
    taps *= kept;
  }
}

}  // namespace mote
