// .npy: a Python dictionary in a header, then the elements. Both byte orders and both orders of dimensions
// are read; little endian and C order are written. Not read: fields, objects, dates, long doubles.
//   bool |b1, int8 |i1 ... uint64 <u8, float16 <f2, float32 <f4, float64 <f8, complex64 <c8, complex128 <c16,
//     strings <Un or |Sn,
//   bfloat16 <V2; 8-bit floats, float4e2m1, int4, uint4, int2, uint2 |V1, one element a byte, its bits the
//     low ones
#include <cstdlib>
#include <cstring>

#include "command.h"

namespace mote::command {
namespace {

constexpr size_t header_limit = size_t(1) << 20;   // bytes
// of elements read at once where they do not lie as the runtime holds them
constexpr size_t window_bytes = size_t(64) << 10;
constexpr unsigned string_limit = 1u << 28;        // bytes of an element

[[noreturn]] void damaged(const std::string& path, const char* what) {
  quit("'" + path + "' is not a .npy file that can be read: " + what);
}

// The header's dictionary.
struct Parser {
  const std::string& path;
  const char* at;
  const char* end;

  void space() { while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) ++at; }
  bool take(char c) {
    space();
    if (at == end || *at != c) return false;
    ++at;
    return true;
  }
  void want(char c) { if (!take(c)) damaged(path, "its header is damaged"); }
  std::string text() {
    space();
    const char quote = at < end ? *at : '\0';
    if (quote != '\'' && quote != '"') damaged(path, "its elements have fields");
    const char* from = ++at;
    while (at < end && *at != quote) ++at;
    std::string s(from, at);
    want(quote);
    return s;
  }
  bool word(const char* w) {
    space();
    const size_t n = strlen(w);
    if (size_t(end - at) < n || memcmp(at, w, n)) return false;
    at += n;
    return true;
  }
  mote_int64 integer() {
    space();
    mote_int64 n = 0;
    const char* from = at;
    for (; at < end && *at >= '0' && *at <= '9'; ++at)
      if (!mul(n, mote_int64(10), n) || !add(n, mote_int64(*at - '0'), n))
        damaged(path, "a dimension is too large");
    if (at == from) damaged(path, "its shape is damaged");
    if (at < end && *at == 'L') ++at;  // as Python 2 wrote them
    return n;
  }
};

// "<f4": byte order, kind, bytes; of U characters.
void parse_type(const std::string& path, const std::string& descr, Npy& npy) {
  size_t i = 0;
  char order = '|';
  if (!descr.empty() && strchr("<>|=", descr[0])) order = descr[i++];
  npy.kind = i < descr.size() ? descr[i++] : '\0';
  unsigned n = 0;
  bool good = i < descr.size() || npy.kind == '?';
  for (; i < descr.size() && n < string_limit; ++i) {
    good = good && descr[i] >= '0' && descr[i] <= '9';
    n = n * 10 + unsigned(descr[i] - '0');
  }
  if (npy.kind == '?') npy.kind = 'b', n = 1;
  if (npy.kind == 'U') n *= 4;
  if (!good || n >= string_limit || !npy.kind || !strchr("biufcUSV", npy.kind))
    damaged(path, ("its elements are '" + descr + "'").c_str());
  npy.size = n;
  npy.swapped = order == '>' && n > 1;
}

bool has_sub_bytes(Type t) { return type_info[unsigned(t)].bits < 8 && t != Type::str; }

// Bytes of a part of an element that has an order of its own.
size_t part_bytes(const Npy& npy) { return npy.kind == 'c' ? npy.size / 2 : npy.size; }

void swap_parts(char* data, size_t bytes, size_t part) {
  for (char* end = data + bytes; data < end; data += part)
    for (size_t i = 0; i < part / 2; ++i) swap(data[i], data[part - 1 - i]);
}

// Bits that no element of the type has are not let in.
void clean(Type type, char* data, size_t n) {
  if (type == Type::boolean) {
    for (size_t i = 0; i < n; ++i) data[i] = data[i] != 0;
  } else if (has_sub_bytes(type)) {
    const unsigned up = 8 - type_info[unsigned(type)].bits;
    const bool is_signed = type == Type::i4 || type == Type::i2;
    for (size_t i = 0; i < n; ++i) {
      const uint8_t high = uint8_t(uint8_t(data[i]) << up);
      data[i] = char(is_signed ? int8_t(high) >> up : high >> up);
    }
  }
}

// Goes over the elements in the order of the file; at() is where the current one belongs in C order.
class Walk {
 public:
  explicit Walk(const Npy& npy) : npy_(npy), counter_(npy.dims.size()), stride_(npy.dims.size(), 1) {
    for (size_t d = stride_.size(); d-- > 1;) stride_[d - 1] = stride_[d] * mote_uint64(npy.dims[d]);
  }
  mote_uint64 at() const { return at_; }
  void next() {
    if (!npy_.fortran) { ++at_; return; }
    for (size_t d = 0; d < counter_.size(); ++d) {
      if (++counter_[d] < npy_.dims[d]) { at_ += stride_[d]; return; }
      counter_[d] = 0;
      at_ -= stride_[d] * mote_uint64(npy_.dims[d] - 1);
    }
  }

 private:
  const Npy& npy_;
  std::vector<mote_int64> counter_;
  std::vector<mote_uint64> stride_;
  mote_uint64 at_ = 0;
};

void must_have(const Npy& npy, mote_uint64 got, mote_uint64 wanted) {
  if (got != wanted)
    quit("'" + npy.source.path() + "' is cut short: got " + number(mote_int64(got)) +
         " bytes of elements, expected " + number(mote_int64(wanted)));
}

void append_utf8(std::string& s, uint32_t c) {
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
  if (c < 0x80) { s += char(c); return; }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  s += char((0xff00 >> (more + 1) & 0xff) | (c >> 6 * more));
  for (int i = more; i-- > 0;) s += char(0x80 | (c >> 6 * i & 0x3f));
}

// Trailing zeros are padding.
std::string string_of(const Npy& npy, const char* element) {
  std::string s;
  if (npy.kind == 'S') {
    size_t n = npy.size;
    while (n && !element[n - 1]) --n;
    return std::string(element, n);
  }
  size_t n = npy.size / 4;
  const auto character = [&](size_t i) {
    uint32_t c;
    memcpy(&c, element + 4 * i, 4);
    return npy.swapped ? __builtin_bswap32(c) : c;
  };
  while (n && !character(n - 1)) --n;
  for (size_t i = 0; i < n; ++i) append_utf8(s, character(i));
  return s;
}

const char* descriptor(Type t) {
  switch (t) {
    case Type::boolean: return "|b1";
    case Type::i8: return "|i1";
    case Type::u8: return "|u1";
    case Type::i16: return "<i2";
    case Type::u16: return "<u2";
    case Type::i32: return "<i4";
    case Type::u32: return "<u4";
    case Type::i64: return "<i8";
    case Type::u64: return "<u8";
    case Type::f16: return "<f2";
    case Type::f32: return "<f4";
    case Type::f64: return "<f8";
    case Type::c64: return "<c8";
    case Type::c128: return "<c16";
    case Type::bf16: return "<V2";
    default: return "|V1";
  }
}

}  // namespace

Npy open_npy(const std::string& path) {
  Npy npy{Source(path), 0, 0, 0, false, false, {}};
  unsigned char start[12] = {};
  const size_t got = npy.source.read(0, start, sizeof start);
  if (got < 10 || memcmp(start, "\x93NUMPY", 6)) damaged(path, "it does not begin as one");
  if (start[6] < 1 || start[6] > 3) damaged(path, "its version is not known");
  const bool wide = start[6] > 1;
  const size_t from = wide ? 12 : 10;
  const size_t length =
      start[8] | size_t(start[9]) << 8 | (wide ? size_t(start[10]) << 16 | size_t(start[11]) << 24 : 0);
  if (length > header_limit) damaged(path, "its header is too long");
  std::string header(length, '\0');
  if (npy.source.read(from, header.data(), length) < length) damaged(path, "its header is cut short");
  npy.data = from + length;

  Parser p{path, header.data(), header.data() + length};
  bool has_type = false, has_order = false, has_shape = false;
  p.want('{');
  while (!p.take('}')) {
    const std::string key = p.text();
    p.want(':');
    if (key == "descr") {
      parse_type(path, p.text(), npy);
      has_type = true;
    } else if (key == "fortran_order") {
      npy.fortran = p.word("True");
      has_order = npy.fortran || p.word("False");
    } else if (key == "shape") {
      for (p.want('('); !p.take(')');) {
        npy.dims.push_back(p.integer());
        if (!p.take(',')) { p.want(')'); break; }
      }
      has_shape = true;
    }
    if (!p.take(',')) { p.want('}'); break; }
  }
  if (!has_type || !has_order || !has_shape) damaged(path, "its header is damaged");
  return npy;
}

Type type_of(const Npy& npy, Type wanted) {
  constexpr Types as_void = small_float_types | subbyte_int_types | types(Type::bf16);
  switch (npy.kind) {
    case 'U': case 'S': return Type::str;
    case 'V':
      if (has(as_void, wanted) && size_of(wanted) == npy.size) return wanted;
      break;
    default:
      for (unsigned t = 1; t < type_count; ++t) {
        const char* d = descriptor(Type(t));
        if (d[1] == npy.kind && unsigned(atoi(d + 2)) == npy.size) return Type(t);
      }
      if (npy.kind == 'f' && npy.size == 1) return Type::f8e5m2;  // what ml_dtypes writes for this one
  }
  const std::string what =
      std::string("elements of kind ") + npy.kind + " and " + number(npy.size) + " bytes";
  damaged(npy.source.path(),
          ("it has " + what + (wanted == Type::none ? "" : ", the input is " + type_name(unsigned(wanted))))
              .c_str());
}

void read_elements(const Npy& npy, Type type, void* to, mote_uint64 bytes) {
  char* data = static_cast<char*>(to);
  const size_t size = npy.size, n = size_t(bytes) / size;
  if (!npy.fortran) {
    must_have(npy, npy.source.read(npy.data, to, size_t(bytes)), bytes);
  } else {
    std::vector<char> window(window_bytes / size * size);
    Walk walk(npy);
    for (size_t done = 0; done < bytes;) {
      const size_t want = min(window.size(), size_t(bytes) - done);
      const size_t got = npy.source.read(npy.data + done, window.data(), want);
      if (got != want) must_have(npy, done + got, bytes);
      for (size_t i = 0; i < want; i += size, walk.next()) memcpy(data + walk.at() * size, &window[i], size);
      done += want;
    }
  }
  if (npy.swapped) swap_parts(data, size_t(bytes), part_bytes(npy));
  clean(type, data, n);
}

void read_strings(const Npy& npy, void* of,
                  void (*put)(void* of, mote_uint64 index, const std::string& text)) {
  mote_uint64 n = 1;
  for (const mote_int64 d : npy.dims) n *= mote_uint64(d);  // the runtime has given memory to so many
  const size_t size = npy.size, at_once = size ? max(window_bytes / size, size_t(1)) : size_t(n);
  std::vector<char> window(at_once * size + 1);
  Walk walk(npy);
  for (mote_uint64 i = 0; i < n;) {
    const size_t here = size_t(min(n - i, mote_uint64(at_once)));
    const size_t got = npy.source.read(npy.data + i * size, window.data(), here * size);
    if (got != here * size) must_have(npy, i * size + got, n * size);
    for (size_t k = 0; k < here; ++k, walk.next()) put(of, walk.at(), string_of(npy, &window[k * size]));
    i += here;
  }
}

void write_npy(Sink& sink, const mote_value& tensor) {
  const Type type = Type(tensor.type);
  std::string header =
      std::string("{'descr': '") + descriptor(type) + "', 'fortran_order': False, 'shape': (";
  uint64_t n = 1;
  for (int i = 0; i < tensor.rank; ++i) {
    header += number(tensor.dims[i]) + (i + 1 < tensor.rank ? ", " : tensor.rank == 1 ? "," : "");
    n *= uint64_t(tensor.dims[i]);
  }
  header += "), }";
  header.resize(round_up(10 + header.size() + 1, 64) - 11, ' ');  // so that the elements are aligned
  header += '\n';
  const char start[10] = {
      '\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, char(header.size() & 255), char(header.size() >> 8)};
  sink.put(start, sizeof start);
  sink.put(header);
  const auto* data = reinterpret_cast<const char*>(uintptr_t(tensor.address));
  const size_t bytes = size_t(n) * size_of(type);
  if (!has_sub_bytes(type)) return sink.put(data, bytes);
  const char mask = char((1 << type_info[unsigned(type)].bits) - 1);
  for (size_t i = 0; i < bytes; ++i) {
    const char c = char(data[i] & mask);
    sink.put(&c, 1);
  }
}

}  // namespace mote::command
