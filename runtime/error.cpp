// Sentences: templates of errors.def with their arguments filled in.
#include "status.h"

namespace mote {

// Control characters, which names in a hostile model may hold, are written as \xNN. Never cuts a UTF-8
// sequence in two.
void Writer::put(Text s) {
  for (uint32_t i = 0; i < s.size && capacity; ++i) {
    const unsigned char byte = (unsigned char)(s.data[i]);
    const bool escape = byte < 32 || byte == 127;
    const unsigned n = escape ? 4 : 1;
    if (size + n >= capacity) {
      unsigned at = size < capacity - 4 ? size : capacity - 4;
      while (at && (data[at] & 0xc0) == 0x80) --at;
      data[at] = data[at + 1] = data[at + 2] = '.';
      size = at + 3;
      capacity = 0;  // full
    } else if (escape) {
      data[size++] = '\\';
      data[size++] = 'x';
      data[size++] = "0123456789abcdef"[byte >> 4];
      data[size++] = "0123456789abcdef"[byte & 15];
    } else {
      data[size++] = char(byte);
    }
    data[size] = 0;
  }
}

void Writer::put(int64_t n) {
  char digits[20];
  unsigned at = sizeof digits;
  uint64_t rest = n < 0 ? 0 - uint64_t(n) : uint64_t(n);
  do digits[--at] = char('0' + rest % 10);
  while (rest /= 10);
  if (n < 0) digits[--at] = '-';
  put(Text(digits + at, sizeof digits - at));
}

void Writer::put_shape(const Value& v) {
  if (v.rank < 0) return put("[...]");
  put("[");
  for (int i = 0; i < v.rank; ++i) {
    if (i) put(",");
    if (v.dims[i] < 0) put("?");
    else put(v.dims[i]);
  }
  put("]");
}

namespace {

constexpr struct { const char* code; const char* sentence; } errors[] = {
  {"", ""},
#define ERROR(name, sentence) {#name, sentence},
#include "errors.def"
#undef ERROR
};

void put_types(Writer& w, Types set) {
  for (unsigned t = 0; t < type_count; ++t) {
    if (!(set >> t & 1)) continue;
    const Types rest = Types(uint64_t(set) >> (t + 1) << (t + 1));
    w.put(type_info[t].name);
    if (rest) w.put(rest & (rest - 1) ? ", " : " or ");
  }
}

void put_arg(Writer& w, const Arg& a) {
  switch (a.tag) {
    case Arg::nothing: return;
    case Arg::number: return w.put(a.n);
    case Arg::text: return w.put(*a.at<Text>());
    case Arg::literal: return w.put(a.at<char>());
    case Arg::type: return w.put(type_info[uint64_t(a.n) < type_count ? a.n : 0].name);
    case Arg::types: return put_types(w, Types(a.n));
    case Arg::shape: return w.put_shape(*a.at<Value>());
  }
}

}  // namespace

Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, Arg a, Arg b, Arg c) {
  const Arg args[] = {a, b, c};
  return report(record, status, op, node, tensor, args);
}

Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, const Arg* args) {
  record.status = status;
  record.code = errors[unsigned(status)].code;
  record.sentence[0] = record.node[0] = record.tensor[0] = 0;
  Writer{record.node, sizeof record.node}.put(node);
  Writer{record.tensor, sizeof record.tensor}.put(tensor);
  Writer w{record.sentence, sizeof record.sentence};
  if (op.size) {
    w.put(op);
    if (node.size) w.put(" '"), w.put(record.node), w.put("'");
    w.put(": ");
  }
  for (const char* p = errors[unsigned(status)].sentence; *p;) {
    const char* end = p;
    while (*end && *end != '$') ++end;
    w.put(Text(p, size_t(end - p)));
    if (*end) {
      if (end[1] == 't') w.put(record.tensor);
      else put_arg(w, args[end[1] - '0']);
      end += 2;
    }
    p = end;
  }
  return status;
}

}  // namespace mote
