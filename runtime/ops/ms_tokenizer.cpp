// Tokenizer: cuts strings into tokens.
//   in   str [C] or [N, C]        out  str [C, most tokens of any] or [N, C, ...], filled up with pad_value
//   tokenexp string: tokens are what matches this expression (regex.h: the leftmost match, of those the
//     longest); or
//   separators strings: expressions; tokens are what lies between matches, of the first, then of the second
//     in those parts, and so
//   on; [""]: every character is a token
//   mincharnum int: tokens of fewer characters are left out; mark int: 1: a token "\2" in front of those of a
//     string, "\3" behind;
//   pad_value string
// Errors: missing_attribute, bad_attribute, bad_type, bad_rank, unsupported.            Source: onnxruntime,
//   com.microsoft 1.
#include "../arena.h"
#include "regex.h"

namespace mote {
namespace {

struct Attrs {
  int64_t mark, mincharnum;
  Text pad_value, tokenexp;
  Span<const Text> separators;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, mark), REQUIRED(Attrs, mincharnum), REQUIRED(Attrs, pad_value),
                          ATTR(Attrs, tokenexp), ATTR(Attrs, separators)};

size_t characters(Text s) {
  size_t n = 0;
  for (const char *p = s.data, *end = s.data + s.size; p < end; ++n) next_character(p, end);
  return n;
}

struct Cutter {
  Call& c;
  const Attrs& a;
  bool single = false;  // every character is a token
  Regex* expressions = nullptr;
  uint32_t n = 0;       // of them
  Grow<Text> tokens = {}, parts = {};

  Status compile() {
    single = !a.tokenexp.size && a.separators.size == 1 && !a.separators[0].size;
    n = a.tokenexp.size ? 1 : a.separators.size;
    expressions = c.scratch_of<Regex>(n);
    if (!expressions) return c.no_memory(n * sizeof(Regex));
    for (uint32_t i = 0; i < n && !single; ++i)
      TRY((new (Place{&expressions[i]}) Regex)->compile(c, a.tokenexp.size ? a.tokenexp : a.separators[i]));
    return Status::ok;
  }
  Status put(Text s) {
    if (!s.size || int64_t(characters(s)) < a.mincharnum) return Status::ok;
    return tokens.push(*c.env.scratch, s) ? Status::ok : c.no_memory(page_bytes);
  }
  // Cuts s: what matches, or what lies between.
  Status cut(Regex& r, Text s, bool between) {
    size_t from = 0, begin, end;
    while (from <= s.size && r.find(s, from, begin, end)) {
      TRY(put(between ? Text(s.data + from, begin - from) : Text(s.data + begin, end - begin)));
      from = end;
      if (end > begin) continue;
      const char* next = s.data + end;  // an empty match takes the next character along
      if (end < s.size) next_character(next, s.data + s.size);
      from = end < s.size ? size_t(next - s.data) : s.size + size_t(1);
    }
    return between && from < s.size ? put(Text(s.data + from, s.size - from)) : Status::ok;
  }
  // tokens = those of s.
  Status run(Text s) {
    tokens.size = 0;
    if (single) {
      for (const char *p = s.data, *end = p + s.size; p < end;) {
        const char* const first = p;
        next_character(p, end);
        TRY(put(Text(first, size_t(p - first))));
      }
      return Status::ok;
    }
    if (a.tokenexp.size) return cut(expressions[0], s, false);
    TRY(put(s));
    for (uint32_t i = 0; i < n; ++i) {
      swap(tokens, parts);
      tokens.size = 0;
      for (uint32_t k = 0; k < parts.size; ++k) TRY(cut(expressions[i], parts[k], true));
    }
    return Status::ok;
  }
};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  TRY(c.want_type(0, types(Type::str)));
  if (!a.tokenexp.size && !a.separators.size) return c.fail(Status::missing_attribute, "separators");
  if (a.tokenexp.size && a.separators.size) return c.bad_attr("separators", "some", "none beside tokenexp");
  for (uint32_t i = 0; a.separators.size > 1 && i < a.separators.size; ++i)
    if (!a.separators[i].size)
      return c.bad_attr("separators", "an empty one", "one empty string, or none that is");
  if (a.mincharnum < 1) return c.bad_attr("mincharnum", a.mincharnum, "at least 1");
  TRY(c.want_min_rank(0, 1));
  if (x.rank > 2) return c.fail_in(0, Status::bad_rank, x.rank, "1 or 2");
  if (!known_rank(x)) return c.set(0, Type::str), Status::ok;
  int64_t dims[3] = {x.dims[0], x.dims[1], 0};
  dims[x.rank] = c.fresh();
  if (c.known(0)) {
    Cutter cutter{c, a};
    TRY(cutter.compile());
    size_t most = 0;
    for (size_t i = 0; i < count(x); ++i) {
      TRY(cutter.run(x.as<Text>()[i]));
      most = max<size_t>(most, cutter.tokens.size);
    }
    dims[x.rank] = int64_t(most ? most + (a.mark ? 2 : 0) : 0);
  }
  return c.set_dims(0, Type::str, dims, x.rank + 1);
}

}  // namespace

constinit const Op op_ms_tokenizer = {ATTRS(Attrs, attrs), .shape = shape, .reads = 1};

Status run_ms_tokenizer(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  const size_t most = size_t(c.out(0).dims[x.rank]);
  const bool mark = a.mark != 0;
  if (!most) return Status::ok;
  Cutter cutter{c, a};
  TRY(cutter.compile());
  for (size_t i = 0; i < count(x); ++i) {
    Text* row = c.out(0).as<Text>() + i * most;
    TRY(cutter.run(x.as<Text>()[i]));
    size_t k = 0;
    if (mark) row[k++] = "\2";
    for (const Text& token : cutter.tokens) row[k++] = token;
    if (mark) row[k++] = "\3";
    while (k < most) row[k++] = a.pad_value;
  }
  return Status::ok;
}

}  // namespace mote
