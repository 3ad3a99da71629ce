// Offsets in one block from lifetimes: first fit in several orders, the best one kept. Where a plain order misses the live-set
// bound, the value that ends highest is moved to the front and placed again (tests/memory holds every model to 5 % of the bound).
#include "plan.h"

namespace mote {
namespace {

constexpr uint64_t most_work = 4'000'000;  // comparisons that repairing may cost, some 5 ms; the same again for exchanges

bool overlap(const Placed& a, const Placed& b) { return a.first <= b.last && b.first <= a.last; }

// Places in `order`; by_offset holds those already placed, sorted.
uint64_t fit(Placed* v, const uint32_t* order, uint32_t n, uint32_t* by_offset, uint64_t stop) {
  uint64_t top = 0;
  for (uint32_t i = 0; i < n; ++i) {
    Placed& p = v[order[i]];
    uint64_t at = 0, best = ~uint64_t(0), best_gap = ~uint64_t(0);
    for (uint32_t k = 0; k < i; ++k) {
      const Placed& q = v[by_offset[k]];
      if (!overlap(p, q)) continue;
      if (q.offset >= at + p.bytes && q.offset - at < best_gap) best = at, best_gap = q.offset - at;
      at = max(at, q.offset + q.bytes);
    }
    p.offset = best != ~uint64_t(0) ? best : at;
    top = max(top, p.offset + p.bytes);
    if (top >= stop) return top;
    uint32_t k = i;
    for (; k && v[by_offset[k - 1]].offset > p.offset; --k) by_offset[k] = by_offset[k - 1];
    by_offset[k] = order[i];
  }
  return top;
}

template <class F> void sort(uint32_t* order, uint32_t n, F before) {
  for (uint32_t gap = n / 2; gap; gap /= 2)
    for (uint32_t i = gap; i < n; ++i)
      for (uint32_t j = i; j >= gap && before(order[j], order[j - gap]); j -= gap) swap(order[j], order[j - gap]);
}

}  // namespace

bool place(Arena& scratch, Placed* v, uint32_t n, uint64_t& block, uint64_t& live_set) {
  block = live_set = 0;
  auto* order = scratch.array<uint32_t>(n);
  auto* by_offset = scratch.array<uint32_t>(n);
  auto* offsets = scratch.array<uint64_t>(n);
  if (!order || !by_offset || !offsets) return false;
  for (uint32_t i = 0; i < n; ++i) {
    order[i] = i;
    uint64_t sum = 0;
    for (uint32_t k = 0; k < n; ++k)
      if (v[k].first <= v[i].first && v[i].first <= v[k].last) sum += v[k].bytes;
    live_set = max(live_set, sum);
  }
  const uint64_t close = live_set / 25 + live_set;  // 4 % above the bound is good enough to stop
  uint64_t best = ~uint64_t(0);
  const auto attempt = [&] {
    const uint64_t top = fit(v, order, n, by_offset, best);
    if (top < best) {
      best = top;
      for (uint32_t i = 0; i < n; ++i) offsets[i] = v[i].offset;
    }
  };
  const auto by_size = [&](uint32_t a, uint32_t b) { return v[a].bytes != v[b].bytes ? v[a].bytes > v[b].bytes : v[a].first < v[b].first; };
  sort(order, n, by_size);
  attempt();
  if (best > live_set) {
    sort(order, n, [&](uint32_t a, uint32_t b) { return v[a].first != v[b].first ? v[a].first < v[b].first : by_size(a, b); });
    attempt();
  }
  if (best > live_set) {
    const auto area = [&](uint32_t i) { return v[i].bytes * (min(v[i].last, 1u << 20) - v[i].first + 1); };
    sort(order, n, [&](uint32_t a, uint32_t b) { return area(a) > area(b); });
    attempt();
  }
  if (best > live_set) {
    sort(order, n, by_size);
    for (uint64_t work = 0; work < most_work && best > live_set; work += uint64_t(n) * n / 2 + 1) {
      fit(v, order, n, by_offset, ~uint64_t(0));
      uint32_t top = 0;
      for (uint32_t k = 1; k < n; ++k)
        if (v[order[k]].offset + v[order[k]].bytes > v[order[top]].offset + v[order[top]].bytes) top = k;
      const uint32_t it = order[top];
      for (; top; --top) order[top] = order[top - 1];
      order[0] = it;
      attempt();
    }
  }
  // Small plans that still miss it: random exchanges in the best order so far, within a bounded amount of work.
  if (best > close) {
    auto* best_order = scratch.array<uint32_t>(n);
    if (!best_order) return false;
    sort(order, n, by_size);
    for (uint32_t i = 0; i < n; ++i) best_order[i] = order[i];
    uint64_t order_top = fit(v, order, n, by_offset, ~uint64_t(0)), random = 0x9e3779b97f4a7c15;
    for (uint64_t work = 0; work < most_work && best > close; work += uint64_t(n) * n / 4 + 1) {
      for (uint32_t i = 0; i < n; ++i) order[i] = best_order[i];
      for (int k = 0; k < 2; ++k) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        swap(order[uint32_t(random) % n], order[uint32_t(random >> 32) % n]);
      }
      const uint64_t top = fit(v, order, n, by_offset, order_top + 1);
      if (top > order_top) continue;
      order_top = top;
      for (uint32_t i = 0; i < n; ++i) best_order[i] = order[i];
      if (top < best) {
        best = top;
        for (uint32_t i = 0; i < n; ++i) offsets[i] = v[i].offset;
      }
    }
  }
  if (n) block = best;
  for (uint32_t i = 0; i < n; ++i) v[i].offset = offsets[i];
  return true;
}

}  // namespace mote
