#include "json.h"

namespace mote {

Json::Json(ErrorRecord& record, char* text, size_t size) : record_(record), begin_(text), at_(text), end_(text + size) { *end_ = 0; }

void Json::stop(Status error) {
  status = error;
  at_ = end_;
}

void Json::fail(const char* what, Arg about) {
  if (status != Status::ok) return;
  int line = 1, column = 1;
  for (const char* p = begin_; p < at_; ++p) {
    ++column;
    if (*p == '\n') ++line, column = 1;
  }
  const Arg args[] = {line, column, what, about.tag ? ": " : "", about};
  stop(report(record_, Status::bad_json, {}, {}, {}, args));
}

char Json::peek() {
  while (*at_ == ' ' || (*at_ >= '\t' && *at_ <= '\r')) ++at_;
  return *at_;
}

bool Json::go(char* position) {
  if (!position || status != Status::ok) return false;
  at_ = position;
  return true;
}

void Json::open(char bracket) {
  if (peek() != bracket) return fail(bracket == '{' ? "expected an object" : "expected a list");
  ++at_;
  fresh_ = true;
}

bool Json::more(char bracket) {
  const char c = peek();
  const bool first = fresh_;
  fresh_ = false;
  if (c == bracket) ++at_;
  else if (first && c) return true;
  else if (!first && c == ',') return ++at_;
  else fail("expected a comma or the end of the collection");
  return false;
}

const Text& Json::next_key() {
  word = {};
  if (!more('}')) return word;
  text();
  if (peek() == ':') ++at_;
  else fail("expected a colon");
  return word;
}

int Json::key(const char* keys) {
  const int i = index_of(keys, next_key());
  if (i < 0 && word.data) fail("unknown key", word);
  return i;
}

void Json::members(const char* keys, char** at) {
  open('{');
  for (int i; (i = key(keys)) >= 0; skip()) at[i] = at_;
}

static unsigned hex4(const char* p) {
  unsigned v = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned c = (unsigned char)p[i], d = (c | 32) - 'a';
    v = v * 16 + (d < 6 ? d + 10 : c & 15);
  }
  return v;
}

const Text& Json::text() {
  word = "";
  if (peek() != '"') return fail("expected a string"), word;
  char* const start = ++at_;
  char* to = start;
  while (*at_ != '"') {
    unsigned c = (unsigned char)*at_++;
    if (c == '\\') c = (unsigned char)*at_++;
    else c |= 0x80000000;  // as it is
    if (at_ > end_) {
      at_ = end_;
      return fail("a string has no end"), word;
    }
    if (c != 'u') {
      *to++ = char(c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c);
      continue;
    }
    if (end_ - at_ < 4) continue;
    c = hex4(at_);
    at_ += 4;
    if (c >> 10 == 0x36 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {  // a surrogate pair
      c = 0x10000 + ((c - 0xd800) << 10) + ((hex4(at_ + 2) - 0xdc00) & 0x3ff);
      at_ += 6;
    }
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;  // UTF-8
    *to++ = char(more ? (0xf00 >> more) | (c >> 6 * more) : c);
    for (int i = more - 1; i >= 0; --i) *to++ = char(0x80 | (c >> 6 * i & 63));
  }
  ++at_;
  *to = 0;  // over the closing quote at the latest
  word = Text(start, size_t(to - start));
  return word;
}

// Digits and exponent as an exact decimal, scaled by powers of ten: far closer than the float32 that attributes are.
bool Json::number() {
  const bool minus = peek() == '-';
  if (minus) ++at_;
  uint64_t n = 0;
  int scale = 0;
  bool whole = true, point = false, digits = false;
  real_ = 0;
  for (;; ++at_) {
    const unsigned digit = unsigned(*at_) - '0';
    if (digit < 10) {
      digits = true;
      real_ = real_ * 10 + digit;
      scale -= point;
      if (n > uint64_t(int64_max) / 10) whole = false;
      n = n * 10 + digit;
    } else if (*at_ == '.' && !point) {
      point = true;
    } else break;
  }
  if ((*at_ | 32) == 'e' && digits) {
    const char sign = *++at_;
    if (sign == '-' || sign == '+') ++at_;
    int e = 0;
    digits = false;
    for (; unsigned(*at_) - '0' < 10; ++at_) e = min(e * 10 + (*at_ - '0'), 9999), digits = true;
    scale += sign == '-' ? -e : e;
    point = true;
  }
  if (!digits || unsigned((*at_ | 32) - 'a') < 26) fail("expected a number");
  for (; scale > 0 && real_ <= 1e308; --scale) real_ *= 10;
  for (; scale < 0 && real_ != 0; ++scale) real_ /= 10;
  if (minus) real_ = -real_, n = 0 - n;
  integer_ = int64_t(n);
  return whole && !point && (integer_ < 0) == (minus && n);
}

int64_t Json::integer() {
  if (!number()) fail("expected an integer");
  return integer_;
}

double Json::real() {
  if (peek() == '"') {
    const int i = index_of("nan inf -inf", text());
    if (i < 0) fail("expected a number");
    return i == 0 ? __builtin_nan("") : i == 1 ? __builtin_inf() : -__builtin_inf();
  }
  number();
  return real_;
}

bool Json::null() {
  if (peek() != 'n' || at_[1] != 'u' || at_[2] != 'l' || at_[3] != 'l') return false;
  at_ += 4;
  return true;
}

void Json::skip() {
  unsigned depth = 0;
  do {
    const char c = peek(), bracket = char(c | 32);
    char* const start = at_;
    if (c == '"') {
      while (*++at_ != '"' && at_ < end_)
        if (*at_ == '\\') ++at_;
      if (at_ >= end_) at_ = end_, fail("a string has no end");
      ++at_;
    } else if (bracket == '{') {
      ++at_;
      if (++depth > 1024) fail("collections nest deeper than 1024");
    } else if (bracket == '}' && depth) {
      ++at_, --depth;
    } else if (depth && (c == ',' || c == ':')) {
      ++at_;
    } else {
      while (unsigned(*at_ - '0') < 10 || unsigned((*at_ | 32) - 'a') < 26 || *at_ == '-' || *at_ == '+' || *at_ == '.') ++at_;
      if (at_ == start) fail("expected a value");
    }
  } while (depth && status == Status::ok);
  if (status != Status::ok) at_ = end_;
}

int index_of(const char* list, const Text& word) {
  for (int i = 0; *list; ++i) {
    const char* end = list;
    while (*end && *end != ' ') ++end;
    if (Text(list, size_t(end - list)) == word) return i;
    list = *end ? end + 1 : end;
  }
  return -1;
}

size_t decode_base64(const Text& s, uint8_t* to, size_t capacity) {
  uint32_t bits = 0, held = 0;
  size_t n = 0, size = s.size;
  while (size && s.data[size - 1] == '=') --size;
  for (size_t i = 0; i < size; ++i) {
    const unsigned c = (unsigned char)s.data[i];
    const unsigned v = c - 'A' < 26 ? c - 'A' : c - 'a' < 26 ? c - 'a' + 26 : c - '0' < 10 ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : 64;
    bits = bits << 6 | v;
    held += 6;
    if (held >= 8) held -= 8;
    else if (v < 64) continue;
    if (v == 64 || n == capacity) return ~size_t(0);
    to[n++] = uint8_t(bits >> held);
  }
  return n;
}

}  // namespace mote
