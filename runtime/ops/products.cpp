// Products on all threads.
#include "../parallel.h"
#include "product.h"

namespace mote {

size_t product_room(size_t m, size_t k) {
  const size_t kb = k_block(k);
  return (m_block(m, kb, product_block) + 8) * kb + 16;
}

// A product is cut by rows, or where these are few by columns, for which each part packs all rows. Kernels
// have no tile across: parts are multiples of 4 rows, 8 columns, or 24 columns of one row, as even as these
// allow (300 rows on two threads by 40 with the rest in the last part ran as 120 and 180); the last one has
// the rest, so that every part takes the same kernel as the whole.
Status products_f32(Call& c, size_t total, Product (*product)(const void* of, size_t t), const void* of) {
  if (!total) return Status::ok;
  const Product first = product(of, 0);
  const unsigned threads = thread_count();
  const bool by_columns = first.m == 1 || first.turned || first.m < 16 * threads;
  const size_t side = by_columns ? first.n : first.m;
  const size_t unit = !by_columns ? 4 : first.m == 1 ? 24 : 8, units = max<size_t>(side / unit, 1);
  // A part of few rows would read b at the pace of the memory: 64 or more where there are as many.
  const size_t parts = min<size_t>(
      units, by_columns ? 4 * threads : max<size_t>(threads, min<size_t>(4 * threads, side / 64)));
  Room* rooms = c.scratch_of<Room>(threads);
  if (!rooms) return c.no_memory(sizeof(Room));
  for (unsigned i = 0; i < threads; ++i)
    TRY((new (Place{rooms + i}) Room)->want(c, product_room(first.m, first.k)));
  const uint64_t ns = uint64_t(total) * first.m * first.n * first.k / 24;
  parallel_for(total * parts, ns, [&](size_t from, size_t to, unsigned thread) {
    for (size_t end; from < to; from = end) {
      const size_t t = from / parts, start = from % parts;
      end = min(to, (t + 1) * parts);
      Product p = product(of, t);
      const size_t at = units * start / parts * unit;
      const size_t n = (end == (t + 1) * parts ? side : units * (end - t * parts) / parts * unit) - at;
      if (n < side && by_columns) {
        p.c_row = p.c_row ? p.c_row : p.n;
        if (!p.panels) p.b_row = p.b_row ? p.b_row : p.transposed ? p.k : p.n;
        p.b += p.panels ? at * p.k : p.transposed ? at * p.b_row : at;
        p.c += at;
        if (p.bias) p.bias += at;
        p.n = n;
      } else if (n < side) {
        p.a += at * (p.a_row ? p.a_row : p.k);
        p.c += at * (p.c_row ? p.c_row : p.n);
        p.m = n;
      }
      (void)product_f32(c, p, rooms[thread]);  // fails only where there is no room
    }
  });
  return Status::ok;
}

}  // namespace mote
