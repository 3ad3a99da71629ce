// Errors are values: a Status is a code, and the last-error record of the handle holds the sentence.
#pragma once
#include "value.h"

namespace mote {

enum class [[nodiscard]] Status : uint32_t {
  ok = 0,
#define ERROR(name, sentence) name,
#include "errors.def"
#undef ERROR
};

#define TRY(x)                                                                                         \
  do {                                                                                                 \
    if (const ::mote::Status try_status_ = (x); try_status_ != ::mote::Status::ok) return try_status_; \
  } while (0)

struct Writer;

// What is wrong, and the text that it is about, where there is one.
struct Note {
  const char* what;
  Text about;
};

// One argument of a sentence: how it is written, and what: two scalars, which every ABI passes in registers.
// What it points at lives until the call ends.
struct Arg {
  using Print = void(Writer& to, int64_t n);
  static Print number, text, literal, note, type, types, shape;
  Print* print = nullptr;
  int64_t n = 0;  // or an address
  constexpr Arg() {}
  // Every C integer, since which of them size_t and int64_t are differs between targets.
  constexpr Arg(int v) : print(number), n(v) {}
  constexpr Arg(unsigned v) : print(number), n(v) {}
  constexpr Arg(long v) : print(number), n(v) {}
  constexpr Arg(unsigned long v) : print(number), n(int64_t(v)) {}
  constexpr Arg(long long v) : print(number), n(v) {}
  constexpr Arg(unsigned long long v) : print(number), n(int64_t(v)) {}
  Arg(const Text& v) : Arg(text, &v) {}
  Arg(const char* v) : Arg(literal, v) {}
  Arg(const Note& v) : Arg(note, &v) {}
  constexpr Arg(Type v) : print(type), n(int64_t(v)) {}
  static constexpr Arg set(Types v) { Arg a; a.print = types; a.n = v; return a; }
  static Arg dims(const Value& v) { return {shape, &v}; }
  static Arg by(Print* print, const void* of) { return {print, of}; }

 private:
  Arg(Print* p, const void* of) : print(p), n(int64_t(reinterpret_cast<uintptr_t>(of))) {}
};

// The last error of a handle. Texts are NUL-terminated and stay until the next error of the same handle.
struct ErrorRecord {
  static constexpr unsigned capacity = 2048;  // bytes of each text; longer ones end in "..."
  Status status = Status::ok;
  const char* code = "";  // stable, e.g. "bad_shape"
  uint64_t addresses[4];  // the mote_error_record of mote.h
  char sentence[capacity] = {};
  char node[256] = {};
  char tensor[256] = {};
};

// Writes the sentence of `status` into the record and returns `status`. `op` and `node` may be empty.
// as many as the sentence has
Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, const Arg* args);
Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, Arg a = {}, Arg b = {},
              Arg c = {});

// Appends text to a bounded buffer; keeps it NUL-terminated and ends it in "..." when it is full.
struct Writer {
  char* data;
  unsigned capacity;
  unsigned size = 0;
  void put(char c);
  void put(Text s);
  void put(const char* s) {
    while (*s) put(*s++);
  }
  void put(int64_t n);
  void put_shape(const Value& v);
};

}  // namespace mote
