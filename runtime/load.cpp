// Weights by range: says which bytes of which file it wants and where to put them. A weight that stays as it is in the file
// is read straight to its place; what is unpacked, decoded or laid out in panels passes in slabs through one staging buffer.
// A node that depends on weights alone is run as soon as they are there, and what only such nodes read is freed after them.
#include "graph.h"

namespace mote {
namespace {

constexpr uint64_t max_staging = 1 << 20;  // bytes

unsigned bits_of(const Value& v) { return type_info[unsigned(v.type)].bits; }

bool direct(const Weight& w, const Value& v) { return !w.varint && v.layout == Layout::plain && bits_of(v) >= 8; }

// Puts elements [first, first + n) of a plain f32 tensor into the panels of `v`.
void pack(const Value& v, const float* from, uint64_t first, size_t n) {
  const bool by_rows = v.layout != Layout::column_panels;
  const size_t cols = v.layout == Layout::row_panels ? product(v, 1, v.rank) : size_t(v.dims[v.rank - 1]);
  const size_t rows = size_t(v.dims[by_rows ? 0 : v.rank - 2]), p = v.panel;
  while (n) {
    const size_t c = size_t(first % cols), run = min(n, cols - c);
    size_t r = size_t(first / cols);
    float* to = static_cast<float*>(v.data);
    if (by_rows) {
      to += (r / p * cols + c) * p + r % p;
      for (size_t i = 0; i < run; ++i) to[i * p] = from[i];
    } else {
      to += r / rows * rows * round_up(cols, p) + r % rows * p;
      for (size_t i = c; i < c + run; ++i) to[i / p * rows * p + i % p] = from[i - c];
    }
    from += run;
    first += run;
    n -= run;
  }
}

// Takes `bytes` of a weight from the staging buffer.
void arrive(Model& m, const Weight& w, const Value& v, size_t bytes) {
  const size_t total = count(v);
  const unsigned bits = bits_of(v);
  const uint8_t* from = m.staging;
  if (!w.varint && bits >= 8) {
    pack(v, reinterpret_cast<const float*>(from), m.element, bytes / 4);
    m.element += bytes / 4;
    return;
  }
  auto* to = static_cast<char*>(v.data);
  for (size_t i = 0; i < bytes; ++i) {
    if (!w.varint) {  // several elements in a byte, low bits first
      for (unsigned k = 0; k < 8 && m.element < total; k += bits) to[m.element++] = char(from[i] >> k & ((1 << bits) - 1));
      continue;
    }
    if (m.varint_shift < 64) m.varint_bits |= uint64_t(from[i] & 127) << m.varint_shift;  // one may go on in the next slab
    m.varint_shift += 7;
    if (from[i] & 128) continue;
    const size_t size = size_of(v.type);
    if (m.element < total) memcpy(to + size_t(m.element) * size, &m.varint_bits, size);
    ++m.element;
    m.varint_bits = m.varint_shift = 0;
  }
}

void sort(Grow<Weight>& list) {  // by file and offset: shell sort
  const auto before = [](const Weight& a, const Weight& b) { return a.file != b.file ? a.file < b.file : a.offset < b.offset; };
  for (uint32_t gap = list.size / 2; gap; gap /= 2)
    for (uint32_t i = gap; i < list.size; ++i)
      for (uint32_t j = i; j >= gap && before(list[j], list[j - gap]); j -= gap) swap(list[j], list[j - gap]);
}

// Memory for the constant `v`: in the block of what stays, or on the heap of what only loading reads.
Status take(Model& m, bool temporary, Value& v) {
  if (!bytes_of(v, v.bytes)) return m.fail(Status::too_large, {}, type_info[unsigned(v.type)].name, Arg::dims(v));
  const size_t bytes = size_t(v.bytes) + !v.bytes;  // an empty one needs an address too
  v.data = temporary ? m.temporary.alloc(bytes) : m.weights.take(bytes, 64);
  if (!v.data) return m.no_memory(bytes);
  if (!temporary) m.weight_bytes += v.bytes;
  if (v.layout != Layout::plain) memset(v.data, 0, size_t(v.bytes));  // the padding of the last panel
  return Status::ok;
}

// Reserves one block for all that stays, so that nothing is lost between its parts, and the staging buffer.
Status place(Model& m) {
  sort(m.list);
  uint64_t stay = 0, staging = 0;
  for (const Weight& w : m.list) {
    const Def& d = *w.def;
    const uint64_t want = (uint64_t(count(d)) * bits_of(d) + 7) / 8;
    if (!w.varint && w.bytes != want) return m.fail(Status::short_weights, d.name, w.bytes, want);
    if (!direct(w, d)) staging = max(staging, min(w.bytes, max_staging));
  }
  for (const Graph* g : m.graphs)
    for (const Def* d : g->defs) {
      if (!d->fixed || d->temporary || d->source == Def::outer || (d->layout == Layout::plain && (d->in_place || d->of_view))) continue;
      uint64_t bytes;
      if (!bytes_of(*d, bytes) || !add(stay, (bytes + !bytes + 63) & ~uint64_t(63), stay) || stay != size_t(stay))
        return m.fail(Status::too_large, d->name, type_info[unsigned(d->type)].name, Arg::dims(*d));
    }
  if (stay && !m.weights.take(size_t(stay), 64)) return m.no_memory(size_t(stay));
  m.weights.reset();
  m.staging_bytes = size_t(staging);
  m.staging = static_cast<uint8_t*>(m.temporary.alloc(m.staging_bytes));
  return m.staging ? Status::ok : m.no_memory(m.staging_bytes);
}

// Lays out a constant that lies plain in memory.
Status repack(Model& m, Value& v, const Value& wish) {
  Value packed = v;
  packed.layout = wish.layout;
  packed.panel = wish.panel;
  TRY(take(m, false, packed));
  pack(packed, v.as<float>(), 0, count(v));
  v = packed;
  return Status::ok;
}

// Runs a constant node. What is to lie in panels is computed plain first.
Status run_constant(Model& m, Node& n) {
  const uint32_t n_out = n.call.n_out;
  auto* wishes = m.scratch.array<Value>(n_out);
  if (!wishes) return m.no_memory(page_bytes);
  for (uint32_t k = 0; k < n_out; ++k)
    if (Def* d = n.out(k)) wishes[k] = *d, static_cast<Value&>(*d) = {};
  TRY(n.row->op->shape(n.call));
  for (uint32_t k = 0; k < n_out; ++k) {
    Def* d = n.out(k);
    if (!d) continue;
    if (n.is_view()) d->data = n.in(0)->data, d->bytes = n.in(0)->bytes;
    else TRY(take(m, d->temporary || wishes[k].layout != Layout::plain, *d));
  }
  if (n.row->run) TRY(n.row->run(n.call));
  for (uint32_t k = 0; k < n_out; ++k) {
    Def* d = n.out(k);
    if (!d) continue;
    d->arrived = true;
    if (wishes[k].layout == Layout::plain) continue;
    void* plain = n.is_view() ? nullptr : d->data;
    TRY(repack(m, *d, wishes[k]));
    m.temporary.free(plain);
  }
  for (uint32_t k = 0; k < n.call.n_in; ++k) {  // a reader of temporaries has run
    Def* d = n.in(k);
    if (!d || !d->temporary || d->in_place || --d->uses) continue;
    m.temporary.free(d->data);
    d->data = nullptr;
  }
  n.ran = true;
  m.scratch.reset();
  return Status::ok;
}

// Runs the constant nodes of a graph whose inputs are all there.
Status run_ready(Model& m, const Graph& g) {
  for (Node* n : g.nodes) {
    bool ready = n->constant && !n->ran;
    for (uint32_t k = 0; k < n->call.n_in; ++k) ready &= !n->in(k) || n->in(k)->arrived;
    if (ready) TRY(run_constant(m, *n));
  }
  return Status::ok;
}

Status finish(Model& m) {
  for (const Graph* g : m.graphs) {
    for (Def* d : g->defs) {
      if (d->source == Def::outer && d->fixed) {
        static_cast<Value&>(*d) = *d->captured;
        d->arrived = true;
      }
      if (!d->in_place || d->layout == Layout::plain) continue;
      const Value wish = *d;
      d->layout = Layout::plain;
      TRY(repack(m, *d, wish));
    }
    TRY(run_ready(m, *g));
  }
  m.temporary.reset();
  m.loaded = true;
  return Status::ok;
}

}  // namespace

Status load_next(Model& m, Range& range, bool& more) {
  more = false;
  if (m.loaded) return Status::ok;
  if (!m.placed) TRY(place(m));
  m.placed = true;
  for (; m.next_weight < m.list.size; ++m.next_weight) {
    const Weight& w = m.list[m.next_weight];
    Def& d = *w.def;
    Value& v = d;
    const bool straight = direct(w, v);
    if (!v.data) TRY(take(m, d.temporary, v));
    if (!straight) arrive(m, w, v, size_t(m.asked));
    m.done += m.asked;
    m.asked = straight ? w.bytes - m.done : min(w.bytes - m.done, uint64_t(m.staging_bytes));
    if (m.asked) {
      range = {w.file, m.next_weight, w.offset + m.done, m.asked, reinterpret_cast<uintptr_t>(straight ? v.data : m.staging)};
      more = true;
      return Status::ok;
    }
    if (w.varint && m.element != count(v)) return m.fail(Status::short_weights, d.name, m.element, count(v));
    d.arrived = true;
    if (d.temporary) TRY(run_ready(m, *w.graph));
    m.done = m.element = m.varint_bits = m.varint_shift = 0;
  }
  return finish(m);
}

}  // namespace mote
