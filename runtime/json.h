// A pull reader of JSON over a buffer that it may write to: strings are unescaped in place.
// The first error goes into the record, with line and column, and stays: from then on the text is at its end, every call gives
// something empty, and callers look at `status` once, when they are through.
#pragma once
#include "status.h"

namespace mote {

class Json {
 public:
  // text[size] is writable: a NUL is put there.
  Json(ErrorRecord& record, char* text, size_t size);

  Status status = Status::ok;
  Text word;                                     // the string read last, NUL-terminated, in the buffer
  void fail(const char* what, Arg about = {});   // bad_json, at the place that was reached
  void stop(Status error);                       // another error, already in the record

  char peek();                                   // first character of the next value, 0 at the end
  //   json.open('['); while (json.more(']')) ...
  void open(char bracket);
  bool more(char bracket);                       // there is another value; false, and the bracket consumed, at the end
  int key(const char* keys);                     // number of the next key of an object in the list; -1 at its end. Others fail
  const Text& next_key();                        // any key; data is null at the end of the object
  const Text& text();
  int64_t integer();
  double real();                                 // a number, or "nan", "inf", "-inf"
  bool number();                                 // into integer_ and real_; false where it is no integer
  bool null();                                   // true, and consumed, if the next value is null
  void skip();                                   // steps over one value, nested at most 1024 deep, without touching it

  // Where the members of an object stand: at[number of the key], null where absent; steps over the object.
  void members(const char* keys, char** at);
  char* position() const { return at_; }
  bool go(char* position);                       // reads on there; false for null and after an error

 protected:
  int64_t integer_ = 0;
  double real_ = 0;

 private:
  ErrorRecord& record_;
  char* begin_;
  char* at_;
  char* end_;
  bool fresh_ = false;                           // a collection was just opened
};

// The number of `word` in a list of words with one space between; -1 where it is not there.
int index_of(const char* list, const Text& word);

// Decodes base64 (with or without padding) into `to`, which has room for `capacity` bytes. Gives the number of bytes,
// all ones where a character is not base64 or the room is too small.
size_t decode_base64(const Text& s, uint8_t* to, size_t capacity);

}  // namespace mote
