#include "json.h"

namespace mote {

Status Json::finish(ErrorRecord& record) const {
  if (!error_) return Status::ok;
  int64_t line = 1, column = 1;
  for (const char* p = begin_; p < error_at_; ++p) {
    ++column;
    if (*p == '\n') ++line, column = 1;
  }
  char text[256];
  Writer w{text, sizeof text};
  w.put(error_);
  if (about_.size) w.put(": "), w.put(about_);
  if (numbered_) w.put(": "), w.put(number_);
  return report(record, Status::bad_json, {}, {}, {}, line, column, Text(text, w.size));
}

void Json::fail(const char* what, int64_t about) {
  if (error_) return;
  numbered_ = true;
  number_ = about;
  fail(what);
}

void Json::fail(const char* what, Text about) {
  if (error_) return;
  about_ = about;
  error_ = what;
  error_at_ = at_;
  at_ = end_;
}

void Json::space() {
  while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

char Json::peek() {
  space();
  return at_ < end_ ? *at_ : 0;
}

bool Json::literal(const char* word) {
  char* p = at_;
  for (; *word; ++word, ++p)
    if (p >= end_ || *p != *word) return false;
  at_ = p;
  return true;
}

bool Json::open(char bracket) {
  if (peek() != bracket) {
    fail(bracket == '{' ? "expected an object" : "expected a list");
    return false;
  }
  ++at_;
  const char c = peek();
  if (c != '}' && c != ']') return !error_;
  ++at_;
  return false;
}

bool Json::more() {
  const char c = peek();
  if (c == ',') {
    ++at_;
    return true;
  }
  if (c == '}' || c == ']') ++at_;
  else fail("expected a comma or the end of the collection");
  return false;
}

Text Json::key() {
  const Text k = text();
  if (peek() != ':') fail("expected a colon");
  else ++at_;
  return k;
}

static unsigned hex4(const char* p) {
  unsigned v = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned c = (unsigned char)p[i], d = (c | 32) - 'a';
    v = v * 16 + (c - '0' < 10 ? c - '0' : d < 6 ? d + 10 : 0);
  }
  return v;
}

static char* put_utf8(char* to, unsigned c) {
  if (c < 0x80) {
    *to++ = char(c);
    return to;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  *to++ = char((0xf00 >> more) | (c >> 6 * more));
  for (int i = more - 1; i >= 0; --i) *to++ = char(0x80 | (c >> 6 * i & 63));
  return to;
}

Text Json::text() {
  if (peek() != '"') {
    fail("expected a string");
    return "";
  }
  char* const start = ++at_;
  char* to = start;
  while (at_ < end_ && *at_ != '"') {
    char c = *at_++;
    if (c == '\\') {
      if (at_ == end_) break;
      c = *at_++;
      if (c == 'u') {
        if (end_ - at_ < 4) break;
        unsigned u = hex4(at_);
        at_ += 4;
        if (u >= 0xd800 && u < 0xdc00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
          u = 0x10000 + ((u - 0xd800) << 10) + ((hex4(at_ + 2) - 0xdc00) & 0x3ff);
          at_ += 6;
        }
        to = put_utf8(to, u);
        continue;
      }
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
    }
    *to++ = c;
  }
  if (at_ >= end_) {
    fail("a string has no end");
    return "";
  }
  ++at_;
  *to = 0;  // over the closing quote at the latest
  return Text(start, size_t(to - start));
}

int64_t Json::integer() {
  const bool negative = peek() == '-';
  if (negative) ++at_;
  uint64_t v = 0;
  char* const start = at_;
  for (; at_ < end_ && unsigned(*at_ - '0') < 10; ++at_)
    if (!mul(v, uint64_t(10), v) || !add(v, uint64_t(*at_ - '0'), v)) fail("an integer is out of range");
  if (at_ == start) fail("expected an integer");
  return int64_t(negative ? 0 - v : v);
}

// Digits and exponent as an exact decimal, scaled by powers of ten: within 1 ulp of double, exact for up to 15 digits.
double Json::real() {
  if (peek() == '"') {
    const Text s = text();
    if (s == "inf") return __builtin_inf();
    if (s == "-inf") return -__builtin_inf();
    if (!(s == "nan")) fail("expected a number");
    return __builtin_nan("");
  }
  const bool negative = peek() == '-';
  if (negative) ++at_;
  double v = 0;
  int scale = 0;
  bool digits = false, point = false;
  for (; at_ < end_; ++at_) {
    if (*at_ == '.' && !point) point = true;
    else if (unsigned(*at_ - '0') < 10) v = v * 10 + (*at_ - '0'), scale -= point, digits = true;
    else break;
  }
  if (!digits) fail("expected a number");
  if (at_ < end_ && (*at_ | 32) == 'e') {
    ++at_;
    const bool minus = at_ < end_ && *at_ == '-';
    if (at_ < end_ && (*at_ == '-' || *at_ == '+')) ++at_;
    int e = 0;
    for (; at_ < end_ && unsigned(*at_ - '0') < 10; ++at_) e = min(e * 10 + (*at_ - '0'), 9999);
    scale += minus ? -e : e;
  }
  double power = 1, base = 10;
  for (int n = scale < 0 ? -scale : scale; n; n >>= 1, base *= base)
    if (n & 1) power *= base;
  v = scale < 0 ? v / power : v * power;
  return negative ? -v : v;
}

bool Json::is_real() {
  if (peek() == '"') return true;
  for (const char* p = at_; p < end_; ++p) {
    if (*p == '.' || *p == 'e' || *p == 'E') return true;
    if (*p != '-' && unsigned(*p - '0') >= 10) return false;
  }
  return false;
}

bool Json::boolean() {
  peek();
  if (literal("true")) return true;
  if (!literal("false")) fail("expected true or false");
  return false;
}

bool Json::null() {
  peek();
  return literal("null");
}

void Json::skip() {
  int depth = 0;
  do {
    const char c = peek();
    if (c == '"') {
      for (++at_; at_ < end_ && *at_ != '"'; ++at_)
        if (*at_ == '\\') ++at_;
      if (at_ >= end_) return fail("a string has no end");
      ++at_;
    } else if (c == '{' || c == '[') {
      ++at_, ++depth;
      if (depth > 1024) return fail("collections nest deeper than 1024");
    } else if (c == '}' || c == ']') {
      ++at_, --depth;
    } else if (depth && (c == ',' || c == ':')) {
      ++at_;
    } else {
      char* const start = at_;
      while (at_ < end_ && (unsigned(*at_ - '0') < 10 || unsigned((*at_ | 32) - 'a') < 26 || *at_ == '-' || *at_ == '+' || *at_ == '.')) ++at_;
      if (at_ == start) return fail("expected a value");
    }
  } while (depth > 0 && !error_);
  if (depth < 0) fail("unexpected end of a collection");
}

int64_t decode_base64(Text s, uint8_t* to, size_t capacity) {
  uint32_t bits = 0, held = 0;
  size_t n = 0;
  while (s.size && s.data[s.size - 1] == '=') --s.size;
  for (uint32_t i = 0; i < s.size; ++i) {
    const unsigned c = (unsigned char)s.data[i];
    const unsigned v = c - 'A' < 26 ? c - 'A' : c - 'a' < 26 ? c - 'a' + 26 : c - '0' < 10 ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : 64;
    if (v == 64) return -1;
    bits = bits << 6 | v;
    held += 6;
    if (held >= 8) {
      held -= 8;
      if (n == capacity) return -1;
      to[n++] = uint8_t(bits >> held);
    }
  }
  return int64_t(n);
}

}  // namespace mote
