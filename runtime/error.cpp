// Sentences: templates of errors.def with their arguments filled in.
#include "status.h"

namespace mote {

void Writer::put(char c) {
  if (size + 1 < capacity) {
    data[size++] = c;
  } else if (capacity) {  // full: never in the middle of a UTF-8 sequence
    size = capacity - 4;
    while (size && (data[size] & 0xc0) == 0x80) --size;
    memcpy(data + size, "...", 4);
    size += 3;
    capacity = 0;
  }
  data[size] = 0;
}

// Control characters, which names in a hostile model may hold, are written as \xNN.
void Writer::put(Text s) {
  for (uint32_t i = 0; i < s.size; ++i) {
    const unsigned char byte = (unsigned char)(s.data[i]);
    if (byte >= 32 && byte != 127) {
      put(char(byte));
      continue;
    }
    put('\\');
    put('x');
    put("0123456789abcdef"[byte >> 4]);
    put("0123456789abcdef"[byte & 15]);
  }
}

void Writer::put(int64_t n) {
  char digits[21];
  char* at = digits + sizeof digits;
  *--at = 0;
  uint64_t rest = n < 0 ? 0 - uint64_t(n) : uint64_t(n);
  do *--at = char('0' + rest % 10);
  while (rest /= 10);
  if (n < 0) put('-');
  put(at);
}

void Writer::put_shape(const Value& v) {
  put('[');
  if (v.rank < 0) put("...");
  for (int i = 0; i < v.rank; ++i) {
    if (i) put(',');
    if (v.dims[i] < 0) put('?');
    else put(v.dims[i]);
  }
  put(']');
}

namespace {

constexpr char errors[] = "\0\0"  // code and sentence of each Status
#define ERROR(name, sentence) #name "\0" sentence "\0"
#include "errors.def"
#undef ERROR
  ;

template <class T> const T& at(int64_t n) { return *reinterpret_cast<const T*>(uintptr_t(n)); }

void fill(char (&to)[256], Text s) {
  *to = 0;
  Writer{to, sizeof to}.put(s);
}

}  // namespace

void Arg::number(Writer& w, int64_t n) { w.put(n); }
void Arg::text(Writer& w, int64_t n) { w.put(at<Text>(n)); }
void Arg::literal(Writer& w, int64_t n) { w.put(&at<char>(n)); }
void Arg::note(Writer& w, int64_t n) {
  const Note& note = at<Note>(n);
  w.put(note.what);
  if (note.about.size) w.put(": "), w.put(note.about);
}
void Arg::type(Writer& w, int64_t n) { w.put(type_name(Type(n))); }
void Arg::shape(Writer& w, int64_t n) { w.put_shape(at<Value>(n)); }

void Arg::types(Writer& w, int64_t set) {
  for (unsigned t = 0; t < type_count; ++t) {
    if (!(set >> t & 1)) continue;
    const int64_t rest = set >> (t + 1) << (t + 1);
    w.put(type_name(Type(t)));
    if (rest) w.put(rest & (rest - 1) ? ", " : " or ");
  }
}

Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, Arg a, Arg b, Arg c) {
  const Arg args[] = {a, b, c};
  return report(record, status, op, node, tensor, args);
}

Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, const Arg* args) {
  record.status = status;
  record.code = nth(errors, 2 * unsigned(status));
  record.sentence[0] = 0;
  fill(record.node, node);
  fill(record.tensor, tensor);
  Writer w{record.sentence, sizeof record.sentence};
  if (op.size) {
    w.put(op);
    if (node.size) w.put(" '"), w.put(record.node), w.put('\'');
    w.put(": ");
  }
  for (const char* p = nth(record.code, 1); *p; ++p) {
    if (*p != '$') w.put(*p);
    else if (*++p == 't') w.put(record.tensor);
    else if (const Arg& a = args[*p - '0']; a.print) a.print(w, a.n);
  }
  return status;
}

}  // namespace mote
