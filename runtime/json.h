// A pull reader of JSON over a buffer that it may write to: strings are unescaped in place.
// The first error stays: every later call gives an empty result, so callers check ok() once, at the end.
#pragma once
#include "status.h"

namespace mote {

class Json {
 public:
  Json() = default;
  Json(char* begin, size_t size) : begin_(begin), at_(begin), end_(begin + size) {}

  bool ok() const { return !error_; }
  Status finish(ErrorRecord& record) const;     // bad_json with line and column where !ok()
  void fail(const char* what, Text about = {});   // about: what stands there, in the buffer
  void fail(const char* what, int64_t about);

  char peek();                                   // first character of the next value, 0 at the end
  //   for (bool more = json.open('{'); more; more = json.more()) { Text key = json.key(); ... }
  bool open(char bracket);                       // false where the collection is empty (or on an error)
  bool more();                                   // after a value: false at the end of the collection
  Text key();                                    // "name":
  Text text();                                   // NUL-terminated, in the buffer
  int64_t integer();
  double real();                                 // a number, or "nan", "inf", "-inf"
  bool is_real();                                // the next number has a point or an exponent, or is one of the three strings
  bool boolean();
  bool null();                                   // true, and consumed, if the next value is null
  void skip();                                   // steps over one value, nested at most 1024 deep, without touching it

  char* position() const { return at_; }
  Json from(char* position) const {              // a reader of the same buffer, elsewhere
    Json j = *this;
    j.at_ = position;
    return j;
  }

 private:
  void space();
  bool literal(const char* word);
  char* begin_ = nullptr;
  char* at_ = nullptr;
  char* end_ = nullptr;
  const char* error_ = nullptr;
  Text about_;
  int64_t number_ = 0;
  bool numbered_ = false;
  char* error_at_ = nullptr;
};

// Decodes base64 (with or without padding) into `to`, which has room for `capacity` bytes. Gives the number of bytes,
// -1 where a character is not base64 or the room is too small.
int64_t decode_base64(Text s, uint8_t* to, size_t capacity);

}  // namespace mote
