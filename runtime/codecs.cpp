// What the bytes of weights go through on arrival: decoding, and the panels of the matrix kernels. A module
// links what its tables name: the codecs those of codecs.def, the panels the operators that ask for them.
#include "graph.h"

namespace mote {
namespace {

// Several elements in a byte, low bits first.
void put_bits(Model& m, Def& d, const uint8_t* from, size_t bytes) {
  const unsigned bits = type_info[unsigned(d.type)].bits;
  const size_t total = count(d);
  auto* to = d.as<uint8_t>();
  for (; bytes; --bytes) {
    // read before it is written over: small constants lie at the end of their place
    const unsigned byte = *from++;
    for (unsigned k = 0; k < 8 && m.element < total; k += bits)
      to[m.element++] = uint8_t(byte >> k & ((1 << bits) - 1));
  }
}

// Protobuf's integers of 7 bits a byte; one may go on in the next slab.
void put_varints(Model& m, Def& d, const uint8_t* from, size_t bytes) {
  const size_t size = size_of(d.type), total = count(d);
  for (; bytes; --bytes) {
    const unsigned byte = *from++;
    if (m.varint_shift < 64) m.varint_bits |= uint64_t(byte & 127) << m.varint_shift;
    m.varint_shift += 7;
    if (byte & 128) continue;
    if (m.element < total) memcpy(d.as<char>() + size_t(m.element) * size, &m.varint_bits, size);
    ++m.element;
    m.varint_bits = m.varint_shift = 0;
  }
}

uint64_t bytes_of_panels(const Def& d) {
  const uint64_t n = count(d), side = uint64_t(d.dims[d.wish == Layout::row_panels ? 0 : d.rank - 1]);
  return (n && d.wish != Layout::line_panels ? n / side * round_up(size_t(side), d.wish_panel) : n) *
         sizeof(float);
}

// Elements of a plain f32 tensor into panels.
void put_panels(Model& m, Def& d, const uint8_t* bytes_from, size_t bytes) {
  const auto* from = reinterpret_cast<const float*>(bytes_from);
  const bool by_rows = d.wish != Layout::column_panels;
  const size_t cols = d.wish == Layout::row_panels ? product(d, 1, d.rank) : size_t(d.dims[d.rank - 1]);
  const size_t rows = size_t(d.dims[by_rows ? 0 : d.rank - 2]), p = d.wish_panel;
  d.layout = d.wish;
  d.panel = d.wish_panel;
  for (size_t n = bytes / sizeof(float); n;) {
    const size_t c = size_t(m.element % cols), run = min(n, cols - c);
    size_t r = size_t(m.element / cols);
    float* to = d.as<float>();
    if (by_rows) {
      to += (r / p * cols + c) * p + r % p;
      for (size_t i = 0; i < run; ++i) to[i * p] = from[i];
    } else {
      to += r / rows * rows * round_up(cols, p) + r % rows * p;
      for (size_t i = c; i < c + run; ++i) to[i / p * rows * p + i % p] = from[i - c];
    }
    from += run;
    m.element += run;
    n -= run;
  }
}

constexpr Codec panels = {.name = "", .types = 0, .bytes = bytes_of_panels, .put = put_panels};

}  // namespace

constinit const Codec codec_bits = {
    .name = "", .types = subbyte_int_types | types(Type::f4e2m1), .put = put_bits};
constinit const Codec codec_varint = {
    .name = "varint", .types = all_types & ~types(Type::f32, Type::str), .varies = true, .put = put_varints};

void ask_layout(Node& n, unsigned i) {
  Def& d = *n.in(i);
  Value wish = d;
  n.row->op->layout.choose(n.call, i, wish);
  if (wish.layout == Layout::plain || (d.codec && (d.wish != wish.layout || d.wish_panel != wish.panel)))
    d.mixed = true;
  d.codec = &panels;
  d.wish = wish.layout;
  d.wish_panel = wish.panel;
}

}  // namespace mote
