// Values that .npy cannot hold, as JSON: a sequence is a list, a map an object, an absent optional null, a
// tensor {"type": "string", "dims": [2], "data": ["a", "b"]}. Numbers are exact, nan, inf and -inf are
// strings, a complex number is a list of two. Bytes that are no UTF-8 become U+FFFD.
#include "../runtime/decimal.h"
#include "../runtime/element.h"
#include "command.h"

namespace mote::command {
namespace {

// Length of the character at s, or 0 where it is no UTF-8.
size_t utf8_length(std::string_view s) {
  const auto byte = [&](size_t i) { return i < s.size() ? uint8_t(s[i]) : uint8_t(0); };
  const uint8_t c = byte(0);
  if (c < 0x80) return 1;
  const size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  if (c < 0xc2 || c > 0xf4) return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const uint8_t d = byte(1);  // overlong forms, surrogates, what lies above U+10FFFF
  return (c == 0xe0 && d < 0xa0) || (c == 0xed && d > 0x9f) || (c == 0xf0 && d < 0x90) ||
                 (c == 0xf4 && d > 0x8f)
             ? 0
             : n;
}

void put_text(Sink& sink, std::string_view s) {
  sink.put("\"");
  while (!s.empty()) {
    const size_t n = utf8_length(s);
    const char c = s[0];
    if (!n) {
      sink.put("\xef\xbf\xbd");
    } else if (c == '"' || c == '\\') {
      const char escaped[] = {'\\', c};
      sink.put(escaped, 2);
    } else if (uint8_t(c) < 0x20) {
      const char escaped[] = {'\\', 'u', '0', '0', char('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
      sink.put(escaped, 6);
    } else {
      sink.put(s.substr(0, n));
    }
    s.remove_prefix(n ? n : 1);
  }
  sink.put("\"");
}

void put_real(Sink& sink, Type type, double x) {
  char text[real_text];
  const size_t n = format_real(type, x, text);
  const bool finite = x - x == 0;
  if (!finite) sink.put("\"");
  sink.put(text, n);
  if (!finite) sink.put("\"");
}

const void* data_of(const mote_value& v) { return reinterpret_cast<const void*>(uintptr_t(v.address)); }

void put_element(Sink& sink, const mote_value& tensor, size_t i) {
  constexpr Types ints = int_types | subbyte_int_types;
  const Type type = Type(tensor.type);
  const void* data = data_of(tensor);
  if (type == Type::str) {
    const Text t = static_cast<const Text*>(data)[i];
    put_text(sink, std::string_view(t.data, t.size));
  } else if (type == Type::boolean) {
    sink.put(static_cast<const char*>(data)[i] ? "true" : "false");
  } else if (has(ints, type)) {
    char text[24];
    sink.put(text, format_int(load_int(type, data, i), has(unsigned_types, type), text));
  } else if (has(complex_types, type)) {
    const Type part = type == Type::c64 ? Type::f32 : Type::f64;
    sink.put("[");
    put_real(sink, part, load_real(part, data, 2 * i));
    sink.put(",");
    put_real(sink, part, load_real(part, data, 2 * i + 1));
    sink.put("]");
  } else {
    put_real(sink, type, load_real(type, data, i));
  }
}

size_t count_of(const mote_value& tensor) {
  size_t n = 1;
  for (int i = 0; i < tensor.rank; ++i) n *= size_t(tensor.dims[i]);
  return n;
}

void put_tensor(Sink& sink, const mote_value& tensor) {
  sink.put("{\"type\":\"" + type_name(tensor.type) + "\",\"dims\":" + shape_text(tensor.dims, tensor.rank) +
           ",\"data\":[");
  for (size_t i = 0, n = count_of(tensor); i < n; ++i) {
    if (i) sink.put(",");
    put_element(sink, tensor, i);
  }
  sink.put("]}");
}

void put_map(Sink& sink, const mote_value& map) {
  const auto* pair = static_cast<const mote_value*>(data_of(map));
  const mote_value &keys = pair[0], &values = pair[1];
  const char* quote = Type(keys.type) == Type::str ? "" : "\"";
  sink.put("{");
  for (size_t i = 0, n = count_of(keys); i < n; ++i) {
    sink.put(i ? "," : "");
    sink.put(quote);
    put_element(sink, keys, i);
    sink.put(quote);
    sink.put(":");
    put_element(sink, values, i);
  }
  sink.put("}");
}

}  // namespace

void write_json(Sink& sink, const mote_value& value) {
  struct Level { const mote_value* items; mote_int64 next, count; };
  std::vector<Level> open;  // sequences nest as deep as they like
  for (const mote_value* v = &value;;) {
    if (v->kind == MOTE_SEQUENCE) {
      sink.put("[");
      open.push_back({static_cast<const mote_value*>(data_of(*v)), 0, v->dims[0]});
    } else if (v->kind == MOTE_MAP) {
      put_map(sink, *v);
    } else if (v->kind == MOTE_ABSENT) {
      sink.put("null");
    } else {
      put_tensor(sink, *v);
    }
    while (!open.empty() && open.back().next == open.back().count) {
      sink.put("]");
      open.pop_back();
    }
    if (open.empty()) break;
    if (open.back().next) sink.put(",");
    v = open.back().items + open.back().next++;
  }
  sink.put("\n");
}

}  // namespace mote::command
