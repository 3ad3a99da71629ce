// Weights by range: says which bytes of which file it wants and where to put them. A weight that stays as it is in the file
// is read straight to its place; what is unpacked, decoded or laid out in panels passes in slabs through one staging buffer.
// A node that depends on weights alone is run as soon as they are there, and what only such nodes read is freed after them.
#include "graph.h"

namespace mote {
namespace {

constexpr size_t max_staging = 1 << 20;

bool direct(const Weight& w, const Value& v) {
  return !w.varint && v.layout == Layout::plain && type_info[unsigned(v.type)].bits >= 8;
}

// Bytes the weight has in its file.
uint64_t source_bytes(const Value& v) {
  uint64_t n = 1;
  for (int i = 0; i < v.rank; ++i) n *= uint64_t(v.dims[i]);
  return (n * type_info[unsigned(v.type)].bits + 7) / 8;
}

// Puts elements [first, first + n) of a plain f32 tensor into the panels of `v`.
void pack(Value& v, const float* from, uint64_t first, size_t n) {
  const bool by_rows = v.layout == Layout::row_panels;
  const size_t cols = by_rows ? product(v, 1, v.rank) : size_t(v.dims[v.rank - 1]);
  const size_t rows = by_rows ? size_t(v.dims[0]) : size_t(v.dims[v.rank - 2]);
  const size_t p = v.panel;
  const size_t matrix = by_rows ? 0 : rows * round_up(cols, p);
  float* const to = v.as<float>();
  while (n) {
    const size_t c = size_t(first % cols), row = size_t(first / cols);
    const size_t r = by_rows ? row : row % rows;
    const size_t run = min(n, cols - c);
    if (by_rows) {
      float* at = to + (r / p) * cols * p + c * p + r % p;
      for (size_t i = 0; i < run; ++i) at[i * p] = from[i];
    } else {
      float* at = to + row / rows * matrix + r * p;
      for (size_t i = 0; i < run; ++i) at[((c + i) / p) * rows * p + (c + i) % p] = from[i];
    }
    from += run;
    first += run;
    n -= run;
  }
}

// Decodes protobuf varints; one may go on in the next slab.
void decode_varints(Model& m, Value& v, const uint8_t* from, size_t bytes, size_t total) {
  const size_t size = size_of(v.type);
  for (size_t i = 0; i < bytes && m.element < total; ++i) {
    if (m.varint_shift < 64) m.varint_bits |= uint64_t(from[i] & 127) << m.varint_shift;
    m.varint_shift += 7;
    if (from[i] & 128) continue;
    memcpy(v.as<char>() + size_t(m.element++) * size, &m.varint_bits, size);
    m.varint_bits = m.varint_shift = 0;
  }
}

void arrive(Model& m, const Weight& w, Value& v, size_t bytes) {
  const size_t total = count(v);
  if (w.varint) return decode_varints(m, v, m.staging, bytes, total);
  const unsigned bits = type_info[unsigned(v.type)].bits;
  if (bits < 8) {
    const unsigned each = 8 / bits;
    const size_t n = min(bytes * each, size_t(total - m.element));
    for (size_t i = 0; i < n; ++i) v.as<uint8_t>()[size_t(m.element) + i] = uint8_t(m.staging[i / each] >> i % each * bits & ((1 << bits) - 1));
    m.element += n;
    return;
  }
  pack(v, reinterpret_cast<const float*>(m.staging), m.element, bytes / 4);
  m.element += bytes / 4;
}

void sort(Grow<Weight>& list) {  // by file and offset: shell sort
  const auto before = [](const Weight& a, const Weight& b) { return a.file != b.file ? a.file < b.file : a.offset < b.offset; };
  for (uint32_t gap = list.size / 2; gap; gap /= 2)
    for (uint32_t i = gap; i < list.size; ++i)
      for (uint32_t j = i; j >= gap && before(list[j], list[j - gap]); j -= gap) swap(list[j], list[j - gap]);
}

uint64_t padded(uint64_t bytes) { return (bytes + 63) & ~uint64_t(63); }

Status too_large(Model& m, const Def& d) {
  return m.fail(Status::too_large, d.name, type_info[unsigned(d.value.type)].name, Arg::dims(d.value));
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
  uint64_t stay = 0;
  size_t staging = 0;
  for (uint32_t i = 0; i < m.list.size; ++i) {
    const Weight& w = m.list[i];
    const Def& d = w.graph->defs[w.def];
    const uint64_t want = source_bytes(d.value);
    if (!w.varint && w.bytes != want) return m.fail(Status::short_weights, d.name, w.bytes, want);
    if (!direct(w, d.value)) staging = max(staging, size_t(min(w.bytes, uint64_t(max_staging))));
  }
  for (uint32_t i = 0; i < m.graphs.size; ++i) {
    const Graph& g = *m.graphs[i];
    for (uint32_t k = 0; k < g.defs.size; ++k) {
      const Def& d = g.defs[k];
      if (!d.fixed || d.temporary || d.source == Def::outer) continue;
      const bool shares = d.in_place || (d.source == Def::result && (g.nodes[d.origin].row->op->flags & view));
      if (shares && d.value.layout == Layout::plain) continue;
      uint64_t bytes;
      if (!bytes_of(d.value, bytes) || bytes > ~uint64_t(0) / 2 - stay) return too_large(m, d);
      stay += padded(bytes + !bytes);
    }
  }
  if (stay != size_t(stay)) return m.no_memory(~size_t(0));
  if (stay && !m.weights.take(size_t(stay), 64)) return m.no_memory(size_t(stay));
  m.weights.reset();
  if (staging && !(m.staging = static_cast<uint8_t*>(m.temporary.alloc(staging)))) return m.no_memory(staging);
  m.staging_bytes = staging;
  return Status::ok;
}

// Lays out a constant that lies plain in memory.
Status repack(Model& m, Value& v, Layout layout, uint32_t panel) {
  Value packed = v;
  packed.layout = layout;
  packed.panel = panel;
  TRY(take(m, false, packed));
  pack(packed, v.as<float>(), 0, count(v));
  v = packed;
  return Status::ok;
}

// A reader of a temporary has run.
void release(Model& m, Def& d) {
  if (!d.temporary || d.in_place || --d.uses) return;
  m.temporary.free(d.value.data);
  d.value.data = nullptr;
}

// Runs a constant node. What is to lie in panels is computed plain first.
Status run_constant(Model& m, Graph& g, Node& n) {
  auto** ins = m.scratch.array<Value*>(n.n_in + n.n_out);
  auto* wishes = m.scratch.array<Value>(n.n_out);
  if (!ins || !wishes) return m.no_memory((n.n_in + n.n_out) * sizeof(Value));
  Value** outs = ins + n.n_in;
  for (uint32_t k = 0; k < n.n_in; ++k)
    if (n.in[k] != none) ins[k] = &g.defs[n.in[k]].value;
  for (uint32_t k = 0; k < n.n_out; ++k)
    if (n.out[k] != none) {
      outs[k] = &g.defs[n.out[k]].value;
      wishes[k] = *outs[k];
      *outs[k] = {};
    }
  Call c = call_of(m.env, n, ins, outs);
  TRY(n.row->op->shape(c));
  for (uint32_t k = 0; k < n.n_out; ++k) {
    if (!outs[k]) continue;
    if (n.row->op->flags & view) {
      outs[k]->data = ins[0]->data;
      outs[k]->bytes = ins[0]->bytes;
    } else {
      TRY(take(m, g.defs[n.out[k]].temporary || wishes[k].layout != Layout::plain, *outs[k]));
    }
  }
  if (n.row->run) TRY(n.row->run(c));
  for (uint32_t k = 0; k < n.n_out; ++k) {
    if (!outs[k]) continue;
    if (wishes[k].layout != Layout::plain) {
      void* plain = outs[k]->data;
      TRY(repack(m, *outs[k], wishes[k].layout, wishes[k].panel));
      if (!(n.row->op->flags & view)) m.temporary.free(plain);
    }
    g.defs[n.out[k]].arrived = true;
  }
  for (uint32_t k = 0; k < n.n_in; ++k)
    if (n.in[k] != none) release(m, g.defs[n.in[k]]);
  n.ran = true;
  m.scratch.reset();
  return Status::ok;
}

// Runs the constant nodes of a graph whose inputs are all there.
Status run_ready(Model& m, Graph& g) {
  for (uint32_t i = 0; i < g.nodes.size; ++i) {
    Node& n = g.nodes[i];
    bool ready = n.constant && !n.ran;
    for (uint32_t k = 0; k < n.n_in && ready; ++k) ready = n.in[k] == none || g.defs[n.in[k]].arrived || g.defs[n.in[k]].in_place;
    if (ready) TRY(run_constant(m, g, n));
  }
  return Status::ok;
}

Status finish(Model& m) {
  for (uint32_t i = 0; i < m.graphs.size; ++i) {
    Graph& g = *m.graphs[i];
    for (uint32_t id : g.outers) {
      if (!g.defs[id].fixed) continue;
      g.defs[id].value = g.parent->defs[g.defs[id].origin].value;
      g.defs[id].arrived = true;
    }
    for (uint32_t k = 0; k < g.defs.size; ++k) {
      Value& v = g.defs[k].value;
      if (!g.defs[k].in_place || v.layout == Layout::plain) continue;
      const Layout layout = v.layout;
      v.layout = Layout::plain;
      TRY(repack(m, v, layout, v.panel));
    }
    TRY(run_ready(m, g));
  }
  m.temporary.reset();
  m.staging = nullptr;
  m.loaded = true;
  return Status::ok;
}

}  // namespace

Status load_next(Model& m, Range& range, bool& more) {
  more = false;
  if (m.loaded) return Status::ok;
  if (!m.placed) TRY(place(m));
  m.placed = true;
  while (m.next_weight < m.list.size) {
    const Weight& w = m.list[m.next_weight];
    Def& d = w.graph->defs[w.def];
    Value& v = d.value;
    if (!v.data) TRY(take(m, d.temporary, v));
    if (m.asked && !direct(w, v)) arrive(m, w, v, size_t(m.asked));
    m.done += m.asked;
    m.asked = 0;
    if (m.done == w.bytes) {
      if (w.varint && m.element != count(v)) return m.fail(Status::short_weights, d.name, m.element, count(v));
      d.arrived = true;
      if (d.temporary) TRY(run_ready(m, *w.graph));
      ++m.next_weight;
      m.done = m.element = 0;
      m.varint_bits = m.varint_shift = 0;
      continue;
    }
    m.asked = direct(w, v) ? w.bytes : min(w.bytes - m.done, uint64_t(m.staging_bytes));
    range = {w.file, m.next_weight, w.offset + m.done, m.asked, reinterpret_cast<uintptr_t>(direct(w, v) ? v.data : m.staging)};
    more = true;
    return Status::ok;
  }
  return finish(m);
}

}  // namespace mote
