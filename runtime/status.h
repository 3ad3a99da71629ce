// Errors are values: a Status is a code, and the last-error record of the handle holds the sentence.
#pragma once
#include "value.h"

namespace mote {

enum class [[nodiscard]] Status : uint8_t {
  ok = 0,
#define ERROR(name, sentence) name,
#include "errors.def"
#undef ERROR
};

#define TRY(x) do { if (const ::mote::Status try_status_ = (x); try_status_ != ::mote::Status::ok) return try_status_; } while (0)

// One argument of a sentence.
struct Arg {
  enum Tag : uint8_t { nothing, number, text, type, types, shape } tag = nothing;
  union {
    int64_t n = 0;
    const Value* value;
    Text s;
  };
  constexpr Arg() {}
  // Every C integer, since which of them size_t and int64_t are differs between targets.
  constexpr Arg(int v) : tag(number), n(v) {}
  constexpr Arg(unsigned v) : tag(number), n(v) {}
  constexpr Arg(long v) : tag(number), n(v) {}
  constexpr Arg(unsigned long v) : tag(number), n(int64_t(v)) {}
  constexpr Arg(long long v) : tag(number), n(v) {}
  constexpr Arg(unsigned long long v) : tag(number), n(int64_t(v)) {}
  constexpr Arg(Text v) : tag(text), s(v) {}
  constexpr Arg(const char* v) : tag(text), s(v) {}
  constexpr Arg(Type v) : tag(type), n(int64_t(v)) {}
  static constexpr Arg set(Types v) { Arg a; a.tag = types; a.n = v; return a; }
  static constexpr Arg dims(const Value& v) { Arg a; a.tag = shape; a.value = &v; return a; }
};

// The last error of a handle. Texts are NUL-terminated and stay until the next error of the same handle.
struct ErrorRecord {
  static constexpr unsigned capacity = 2048;  // bytes of each text; longer ones end in "..."
  Status status = Status::ok;
  const char* code = "";  // stable, e.g. "bad_shape"
  char sentence[capacity] = {};
  char node[256] = {};
  char tensor[256] = {};
};

// Writes the sentence of `status` into the record and returns `status`. `op` and `node` may be empty.
Status report(ErrorRecord& record, Status status, Text op, Text node, Text tensor, Arg a = {}, Arg b = {}, Arg c = {});

// Appends text to a bounded buffer; keeps it NUL-terminated and ends it in "..." when it is full.
struct Writer {
  char* data;
  unsigned capacity;
  unsigned size = 0;
  void put(Text s);
  void put(int64_t n);
  void put_shape(const Value& v);
};

}  // namespace mote
