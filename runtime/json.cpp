#include "json.h"

namespace mote {

void JsonReader::stop(Status error) {
  status = error;
  at_ = end_;
}

void JsonReader::fail(const char* at, const char* what, const Text& about) {
  if (status != Status::ok) return;
  int line = 1, column = 1;
  for (const char* p = begin_; p < at; ++p) {
    ++column;
    if (*p == '\n') ++line, column = 1;
  }
  stop(report(record_, Status::bad_json, {}, {}, {}, line, column, Note{what, about}));
}

void JsonReader::fail(const Json* j, const char* what) {
  if (j) fail(j->text.data, what, j->text);
  else fail(at_, what, {});
}

char JsonReader::peek() {
  while (uint8_t(*at_ - 1) < ' ') ++at_;
  return *at_;
}

static unsigned hex4(const char* p) {
  unsigned v = 0;
  for (int i = 0; i < 4; ++i) {
    const unsigned c = (unsigned char)p[i], d = (c | 32) - 'a';
    v = v * 16 + (d < 6 ? d + 10 : c & 15);
  }
  return v;
}

void JsonReader::string(Json& j) {
  char* to = ++at_;
  unsigned high = 0;
  j.text.data = to;
  while (*at_ != '"') {
    unsigned c = (unsigned char)*at_++;
    if (c == '\\') c = (unsigned char)*at_++;
    else c |= 0x80000000;  // as it is
    if (at_ > end_) {
      at_ = end_;
      return fail(nullptr, "a string has no end");
    }
    if (c != 'u') {
      for (const char* e = "n\nt\tr\rb\bf\f"; *e; e += 2)
        if (c == (unsigned char)*e) c = (unsigned char)e[1];
      *to++ = char(c);
      continue;
    }
    if (end_ - at_ < 4) continue;
    c = hex4(at_);
    at_ += 4;
    if (c >> 10 == 0x36) {  // the first of a surrogate pair
      high = c & 0x3ff;
      continue;
    }
    if (c >> 10 == 0x37) c = 0x10000 + (high << 10) + (c & 0x3ff);
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;  // UTF-8
    *to++ = char(more ? (0xf00 >> more) | (c >> 6 * more) : c);
    for (int i = more - 1; i >= 0; --i) *to++ = char(0x80 | (c >> 6 * i & 63));
  }
  ++at_;
  *to = 0;  // over the closing quote at the latest
  j.text.size = uint32_t(to - j.text.data);
}

Json* JsonReader::parse() {
  static_assert('{' + 2 == '}' && '[' + 2 == ']');  // a bracket closes two characters behind what opens it
  Json* open = nullptr;  // the innermost collection; its `next` is the one around it while it is open
  Json** to = &root_;
  unsigned depth = 0;
  bool key = false;  // is next
  while (status == Status::ok) {
    const char c = peek();
    auto* j = static_cast<Json*>(arena_.take(sizeof(Json), alignof(Json)));
    if (!j) {
      stop(report(record_, Status::out_of_memory, {}, {}, {}, page_bytes));
      break;
    }
    *j = {nullptr, nullptr, {at_, 0}, c};
    *to = j;
    to = &j->next;
    if (key && c != '"') fail(nullptr, "expected a string");
    if (c == '"') {
      string(*j);
      if (key) {
        if (peek() == ':') ++at_;
        else fail(nullptr, "expected a colon");
        key = false;
        continue;
      }
    } else if ((c | 32) == '{') {
      ++at_;
      if (++depth > 1024) fail(nullptr, "collections nest deeper than 1024");
      j->next = open;
      open = j;
      to = &j->first;
      key = c == '{';
      if (peek() != c + 2) continue;
    } else {
      while (*at_ > '*' && *at_ != ',' && (*at_ | 32) != '}') ++at_;  // what it is shows when it is read
      j->text.size = uint32_t(at_ - j->text.data);
      if (!j->text.size) fail(nullptr, "expected a value");
    }
    while (open && peek() == open->kind + 2) {
      ++at_;
      --depth;
      Json* around = open->next;
      *(to = &open->next) = nullptr;
      open = around;
    }
    if (!open) break;
    if (peek() == ',') ++at_;
    else fail(nullptr, "expected a comma or a bracket");
    key = open->kind == '{';
  }
  if (peek()) fail(nullptr, "text after the graph");
  return root_;
}

const Json* JsonReader::expect(const Json* of, char kind, const char* what) {
  if (of && of->kind != kind) fail(of, what);
  return status == Status::ok ? of : nullptr;
}

const Json* JsonReader::list(const Json* of) {
  of = expect(of, '[', "expected a list");
  return of ? of->first : of;
}

uint32_t JsonReader::length(const Json* of) {
  uint32_t n = 0;
  for (of = list(of); of; of = of->next) ++n;
  return n;
}

const Json* JsonReader::object(const Json* of) {
  of = expect(of, '{', "expected an object");
  return of ? of->first : of;
}

const Text& JsonReader::text(const Json* of) {
  static constexpr Text nothing("");
  of = expect(of, '"', "expected a string");
  return of ? of->text : nothing;
}

int64_t JsonReader::integer(const Json* of) {
  if (!of) return 0;
  const bool minus = of->kind == '-';
  uint64_t n = 0;
  bool fits = of->kind != '"' && of->text.size - minus - 1 < 19;  // digits
  for (uint32_t i = minus; i < of->text.size; ++i) {
    const unsigned digit = unsigned(of->text.data[i]) - '0';
    fits &= digit < 10;
    n = n * 10 + digit;
  }
  const auto x = int64_t(minus ? 0 - n : n);
  if (!fits || (x < 0) != (minus && n)) fail(of, "expected an integer");
  return x;
}

void JsonReader::members(const Json* of, const char* keys) {
  memset(at, 0, sizeof at);
  for (const Json* key = object(of); key; key = key->next->next) {
    const int i = index_of(keys, key->text);
    if (i < 0) return fail(key, "unknown key");
    at[i] = key->next;
  }
}

int index_of(const char* list, const Text& word) {
  for (int i = 0; *list; ++i, list = nth(list, 1))
    if (word == list) return i;
  return -1;
}

size_t decode_base64(const Text& s, uint8_t* to, size_t capacity) {
  uint32_t bits = 0, held = 0;
  size_t n = 0;
  for (size_t i = 0; i < s.size && s.data[i] != '='; ++i) {
    const unsigned c = (unsigned char)s.data[i];
    const unsigned v = c - 'A' < 26   ? c - 'A'
                       : c - 'a' < 26 ? c - 'a' + 26
                       : c - '0' < 10 ? c - '0' + 52
                       : c == '+'     ? 62
                       : c == '/'     ? 63
                                      : 64;
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
