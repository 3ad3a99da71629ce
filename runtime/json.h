// JSON as a tree over its text: strings are unescaped in place. The first error goes into the record, with
// line and column, and stays: from then on everything is empty, and callers look at `status` once, when they
// are through.
#pragma once
#include "arena.h"
#include "status.h"

namespace mote {

struct Json {
  Json* next;   // in its collection
  Json* first;  // of a collection; of an object: a key, its value, the next key ...
  Text text;    // of a string, NUL-terminated; of a number or a word. Its data is where the value stands
  char kind;    // its first character: { [ " or another
};

class JsonReader {
 public:
  // text[size] is writable: a NUL is put there. The tree lies in `arena`.
  JsonReader(ErrorRecord& record, Arena& arena, char* text, size_t size)
      : record_(record), arena_(arena), begin_(text), at_(text), end_(text + size) {
    *end_ = 0;
  }

  Status status = Status::ok;
  // bad_json about a value; null: at the place that was reached
  void fail(const Json* at, const char* what);
  void fail(const char* at, const char* what, const Text& about);
  void stop(Status error);                                       // another error, already in the record

  Json* parse();                                                 // the whole text

  // What a value holds, an error where it is of another kind. Without one (null): nothing, and no error.
  const Json* list(const Json* of);                              // its first element
  const Json* object(const Json* of);                            // its first key
  uint32_t length(const Json* of);                               // of a list
  const Text& text(const Json* of);
  int64_t integer(const Json* of);
  // Sets at[number of the key in the list] to the values of an object, null where it has none. Other keys are
  // errors.
  void members(const Json* of, const char* keys);
  const Json* at[10];                                            // until the next call of members

 private:
  ErrorRecord& record_;
  Arena& arena_;
  char* begin_;
  char* at_;
  char* end_;
  Json* root_ = nullptr;

  char peek();            // the next character that is not white space, 0 at the end
  void string(Json& to);  // the string that begins here
  const Json* expect(const Json* of, char kind, const char* what);
};

// The number of `word` in a list of NUL-terminated words that ends in another NUL; -1 where it is not there.
int index_of(const char* list, const Text& word);

// Decodes base64 (with or without padding) into `to`, which has room for `capacity` bytes. Gives the number
// of bytes, all ones where a character is not base64 or the room is too small.
size_t decode_base64(const Text& s, uint8_t* to, size_t capacity);

}  // namespace mote
