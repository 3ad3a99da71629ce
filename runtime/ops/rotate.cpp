#include "rotate.h"

#include "../element.h"

namespace mote {

void rotate(const Rotation& t, size_t batch, size_t head, size_t row, size_t position) {
  const auto at = [&](const Heads& h) {
    return static_cast<char*>(h.at) + (batch * h.batch + head * h.head + row * h.row) * size_of(h.type);
  };
  char *to = at(t.y), *from = at(t.x);
  const Type type = t.x.type;
  const size_t s = size_of(type), half = t.r / 2, step = t.interleaved ? 2 : 1,
               apart = t.interleaved ? 1 : half;
  if (to != from && t.n > t.r) memcpy(to + t.r * s, from + t.r * s, (t.n - t.r) * s);
  for (size_t i = 0; i < half; i += block) {
    double a[block], b[block], cosine[block], sine[block];
    const size_t n = min(block, half - i);
    const size_t first = i * step * s, second = first + apart * s;
    load_reals(type, from + first, int64_t(step), n, a);
    load_reals(type, from + second, int64_t(step), n, b);
    const size_t angle = position * half + i;
    load_reals(t.cosines.type, t.cosines.as<char>() + angle * size_of(t.cosines.type), 1, n, cosine);
    load_reals(t.sines.type, t.sines.as<char>() + angle * size_of(t.sines.type), 1, n, sine);
    for (size_t k = 0; k < n; ++k) {
      const float x = float(a[k]), y = float(b[k]), u = float(cosine[k]), v = float(sine[k]);
      a[k] = double(u * x - v * y);
      b[k] = double(v * x + u * y);
    }
    store_reals(type, to + first, int64_t(step), n, a);
    store_reals(type, to + second, int64_t(step), n, b);
  }
}

}  // namespace mote
