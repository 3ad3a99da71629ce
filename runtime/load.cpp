// Weights by range: says which bytes of which file it wants and where to put them. A weight that stays as it
// is in the file is read straight to its place; what is unpacked, decoded or laid out in panels passes in
// slabs through one staging buffer. Nodes that depend on weights alone are run as soon as they are there
// (constants.cpp).
#include "plan.h"

namespace mote {
namespace {

constexpr uint64_t max_staging = 1 << 20;  // bytes

void sort(Grow<Def*>& list) {  // by file and offset: shell sort
  const auto before = [](const Def* a, const Def* b) {
    return a->file != b->file ? a->file < b->file : a->offset < b->offset;
  };
  for (uint32_t gap = list.size / 2; gap; gap /= 2)
    for (uint32_t i = gap; i < list.size; ++i)
      for (uint32_t j = i; j >= gap && before(list[j], list[j - gap]); j -= gap) swap(list[j], list[j - gap]);
}

// Sets the bytes that the constant `d` takes in memory, packed or plain.
Status measure(Model& m, Def& d, const Codec* codec) {
  if (!set_bytes(d)) return m.fail(Status::too_large, d.name, d.type, Arg::dims(d));
  if (codec && codec->bytes) d.bytes = codec->bytes(d);
  return Status::ok;
}

// Reserves one block for all that stays, so that nothing is lost between its parts, and the staging buffer.
Status place(Model& m) {
  sort(m.list);
  uint64_t stay = 0;
  size_t staging = 0;
  for (const Def* d : m.list) {
    const uint64_t want = raw_bytes(*d);
    if (!(d->codec && d->codec->varies) && d->file_bytes != want)
      return m.fail(Status::short_weights, d->name, d->file_bytes, want);
    if (d->codec) staging = max(staging, size_t(min(d->file_bytes, max_staging)));
  }
  for (const Graph* g : m.graphs)
    for (Def* d : g->defs) {
      if (!d->fixed || d->temporary || d->source == Def::outer || (!d->codec && (d->in_place || d->of_view)))
        continue;
      TRY(measure(m, *d, d->codec));
      stay += (d->bytes + !d->bytes + 63) & ~uint64_t(63);
    }
  if (stay && (stay != size_t(stay) || !m.weights.take(size_t(stay), 64)))
    return m.fail(Status::out_of_memory, m.no_tensor, stay);
  m.weights.reset();
  m.staging_bytes = staging;
  m.staging = static_cast<uint8_t*>(m.heap().alloc(staging));
  return m.staging ? Status::ok : m.no_memory(staging);
}

}  // namespace

Status take_constant(Model& m, bool temporary, const Codec* codec, Def& d) {
  TRY(measure(m, d, codec));
  const size_t bytes = size_t(d.bytes) + !d.bytes;  // an empty one needs an address too
  d.data = temporary ? m.heap().alloc(bytes) : m.weights.take(bytes, 64);
  if (!d.data) return m.no_memory(bytes);
  if (!temporary) m.weight_bytes += d.bytes;
  if (codec) memset(d.data, 0, bytes);  // the padding of the last panel
  return Status::ok;
}

static Status finish(Model& m) {
  for (const Graph* g : m.graphs) {
    for (Def* d : g->defs) {
      if (d->source == Def::outer && d->fixed) {
        static_cast<Value&>(*d) = *d->captured;
        d->arrived = true;
      }
    }
    if (run_ready) TRY(run_ready(m, *g));
  }
  m.heap().reset();
  m.loaded = true;
  return Status::ok;
}

Status load_next(Model& m, Range& range) {
  if (m.loaded) return Status::ok;
  if (!m.staging) TRY(place(m));
  for (; m.next_weight < m.list.size; ++m.next_weight) {
    Def& d = *m.list[m.next_weight];
    if (!d.data) TRY(take_constant(m, d.temporary, d.codec, d));
    if (d.codec) d.codec->put(m, d, m.staging, size_t(m.asked));
    m.done += m.asked;
    m.asked = d.codec ? min(d.file_bytes - m.done, uint64_t(m.staging_bytes)) : d.file_bytes - m.done;
    if (m.asked) {
      range = {d.file, m.next_weight, d.offset + m.done, m.asked,
               reinterpret_cast<uintptr_t>(d.codec ? m.staging : d.data)};
      return Status::ok;
    }
    if (d.codec && m.element != count(d)) return m.fail(Status::short_weights, d.name, m.element, count(d));
    d.arrived = true;
    if (run_ready && d.temporary) TRY(run_ready(m, *d.graph));
    m.done = m.element = m.varint_bits = m.varint_shift = 0;
  }
  return finish(m);
}

}  // namespace mote
