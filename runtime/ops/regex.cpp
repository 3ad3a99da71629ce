#include "regex.h"

namespace mote {

struct RegexParser {
  Call& c;
  Regex& r;
  const char *p, *end;
  enum : uint8_t { fold = 1, multi_line = 2, dot_all = 4 };
  uint8_t flags = 0;
  struct Group {
    uint32_t start;    // of its code
    uint32_t branch;   // start of the alternative that is being read
    uint32_t jumps;    // last jump to its end + 1, each holds the one before; 0: none
    uint8_t flags;     // around it
  };
  Grow<Group> groups;
  static constexpr uint32_t max_codes = 1u << 15, max_depth = 1000, max_repeat = 1000;

  Status bad(const char* what) { return c.bad_attr("pattern", what, "a regular expression"); }
  Status no_memory() { return c.no_memory(page_bytes); }
  uint32_t size() const { return r.codes.size; }

  // room for n codes; jumps are relative, so what moves as a whole stays right
  Status insert(uint32_t at, uint32_t n) {
    if (size() + n > max_codes) return bad("an expression that is too large");
    for (uint32_t i = 0; i < n; ++i)
      if (!r.codes.push(*c.env.scratch, {})) return no_memory();
    memmove(static_cast<void*>(r.codes.data() + at + n), r.codes.data() + at,
            (size() - n - at) * sizeof(Regex::Code));
    return Status::ok;
  }
  Status emit(Regex::Code code) {
    TRY(insert(size(), 1));
    r.codes[size() - 1] = code;
    return Status::ok;
  }
  Status add_range(uint32_t low, uint32_t high) {
    return r.ranges.push(*c.env.scratch, {low, high}) ? Status::ok : no_memory();
  }
  Status end_set(uint32_t first, bool negated) {
    if (!r.sets.push(*c.env.scratch, {first, r.ranges.size - first, negated, bool(flags & fold)}))
      return no_memory();
    return emit({Regex::Code::set, int32_t(r.sets.size - 1)});
  }
  Status literal(uint32_t ch) {
    const uint32_t first = r.ranges.size;
    TRY(add_range(ch, ch));
    return end_set(first, false);
  }

  bool at(char ch) const { return p < end && *p == ch; }
  bool skip(Text s) {
    if (size_t(end - p) < s.size || !(Text(p, s.size) == s)) return false;
    p += s.size;
    return true;
  }
  Status character(uint32_t& ch) {
    ch = next_character(p, end);
    return ch == no_character ? bad("bytes that are no UTF-8") : Status::ok;
  }

  // Ranges of a class, as the text "AZaz": sorted pairs, where 1 stands for 0. Negated: what lies between
  // them.
  Status add_class(const char* pairs, bool negated) {
    uint32_t from = 0;
    for (; *pairs; pairs += 2) {
      const uint8_t low = pairs[0] == 1 ? 0 : uint8_t(pairs[0]), high = uint8_t(pairs[1]);
      if (!negated) TRY(add_range(low, high));
      else if (low > from) TRY(add_range(from, low - 1u));
      from = high + 1u;
    }
    return negated ? add_range(from, 0x10ffff) : Status::ok;
  }
  static const char* perl_class(char ch) {  // sorted pairs, so that they can be negated
    return ch == 'd' ? "09" : ch == 's' ? "\t\n\f\r  " : ch == 'w' ? "09AZ__az" : nullptr;
  }
  // [:name:] at p, or not.
  Status posix_class(bool& was) {
    static const struct { const char *name, *pairs; } rows[] = {
      {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"ascii", "\x01\x7f"}, {"blank", "\t\t  "}, {"cntrl", "\x01\x1f\x7f\x7f"}, {"digit", "09"},
      {"graph", "!~"}, {"lower", "az"}, {"print", " ~"}, {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"}, {"word", "09AZ__az"},
      {"xdigit", "09AFaf"}};
    was = skip("[:");
    if (!was) return Status::ok;
    const bool negated = skip("^");
    const char* const name = p;
    while (p < end && *p >= 'a' && *p <= 'z') ++p;
    const Text text(name, size_t(p - name));
    if (!skip(":]")) return bad("an unknown character class");
    for (const auto& row : rows) {
      if (!(text == row.name)) continue;
      return add_class(row.pairs, negated);
    }
    return bad("an unknown character class");
  }

  // One character after a backslash.
  Status escape(uint32_t& ch) {
    if (p == end) return bad("a backslash at the end");
    const auto digit = [](char d) {
      return d >= '0' && d <= '9'   ? d - '0'
             : d >= 'a' && d <= 'f' ? d - 'a' + 10
             : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                    : -1;
    };
    const char first = *p++;
    static const char names[] = "tnrfva", values[] = "\t\n\r\f\v\a";
    for (int i = 0; names[i]; ++i)
      if (first == names[i]) return ch = uint32_t(values[i]), Status::ok;
    if (first == 'x') {
      ch = 0;
      const bool braces = skip("{");
      int n = 0;
      for (; p < end && digit(*p) >= 0 && (braces || n < 2) && ch <= 0x10ffff; ++n)
        ch = ch * 16 + uint32_t(digit(*p++));
      return (braces ? n > 0 && skip("}") : n == 2) && ch <= 0x10ffff ? Status::ok
                                                                      : bad("\\x without its number");
    }
    if (first >= '0' && first <= '7') {  // octal; \1 to \7 alone would be back references
      if (first != '0' && !(p < end && *p >= '0' && *p <= '7')) return bad("a back reference");
      ch = uint32_t(first - '0');
      for (int i = 0; i < 2 && p < end && *p >= '0' && *p <= '7'; ++i) ch = ch * 8 + uint32_t(*p++ - '0');
      return Status::ok;
    }
    if (uint8_t(first) < 0x80 && !(digit(first) >= 0 || (first >= 'a' && first <= 'z') ||
                                   (first >= 'A' && first <= 'Z') || first == '_'))
      return ch = uint8_t(first), Status::ok;
    if (first == 'p' || first == 'P' || first == 'C')
      return c.fail(Status::unsupported, "\\p, \\P or \\C in a regular expression");
    return bad("an unknown escape");
  }

  Status set() {  // after [
    const uint32_t first = r.ranges.size;
    const bool negated = skip("^");
    for (bool start = true; start || !at(']'); start = false) {
      if (p == end) return bad("a missing ]");
      bool was;
      TRY(posix_class(was));
      if (was) continue;
      uint32_t low, high;
      const auto one = [&](uint32_t& ch) { return skip("\\") ? escape(ch) : character(ch); };
      if (at('\\') && end - p > 1 && perl_class(char(p[1] | 0x20))) {
        TRY(add_class(perl_class(char(p[1] | 0x20)), !(p[1] & 0x20)));
        p += 2;
        continue;
      }
      TRY(one(low));
      high = low;
      if (at('-') && end - p > 1 && p[1] != ']') {
        ++p;
        if (p == end) return bad("a missing ]");
        TRY(one(high));
      }
      if (high < low) return bad("a range that runs backwards");
      TRY(add_range(low, high));
    }
    ++p;
    return end_set(first, negated);
  }

  Status number(uint32_t& n, bool& was) {
    n = 0;
    was = false;
    for (; p < end && *p >= '0' && *p <= '9'; ++p, was = true)
      n = min(n * 10 + uint32_t(*p - '0'), max_repeat + 1);
    return Status::ok;
  }

  // Makes the code from `start` on stand `least` to `most` times (most = 0: without end).
  Status repeat(uint32_t start, uint32_t least, uint32_t most, bool endless) {
    using Code = Regex::Code;
    const uint32_t n = size() - start;
    if (!endless && !most) {
      r.codes.size = start;
      return Status::ok;
    }
    if (endless && !least) {  // split over it, and back
      TRY(insert(start, 1));
      r.codes[start] = {Code::split, int32_t(n + 2)};
      return emit({Code::jump, -int32_t(n + 1)});
    }
    const auto copy = [&] {
      const uint32_t to = size();
      TRY(insert(to, n));
      memcpy(static_cast<void*>(r.codes.data() + to), r.codes.data() + start, n * sizeof(Code));
      return Status::ok;
    };
    for (uint32_t i = 1; i < least; ++i) TRY(copy());
    if (endless) {  // back to the last copy, or on
      TRY(emit({Code::split, 2}));
      return emit({Code::jump, -int32_t(n + 1)});
    }
    if (!least) {
      TRY(insert(start, 1));
      r.codes[start] = {Code::split, int32_t(n + 1)};
      for (uint32_t i = 1; i < most; ++i) {  // x?x?x?: as strings the same as (x(x(x)?)?)?
        const uint32_t to = size();
        TRY(insert(to, n + 1));
        memcpy(static_cast<void*>(r.codes.data() + to), r.codes.data() + start, (n + 1) * sizeof(Code));
      }
      return Status::ok;
    }
    for (uint32_t i = least; i < most; ++i) {
      TRY(emit({Code::split, int32_t(n + 1)}));
      TRY(copy());
    }
    return Status::ok;
  }

  // (?flags) and (?flags:, (?P<name>, (?<name>: after "(?". group: whether a group begins.
  Status flags_of(bool& group) {
    group = true;
    if (skip("P<") || skip("<")) {
      const char* const name = p;
      while (p < end && ((*p | 0x20) - 'a' + 0u < 26 || (*p >= '0' && *p <= '9') || *p == '_')) ++p;
      return p > name && skip(">") ? Status::ok : bad("a bad name of a group");
    }
    bool off = false, any = false;
    for (; p < end; ++p) {
      const uint8_t flag = *p == 'i' ? fold : *p == 'm' ? multi_line : *p == 's' ? dot_all : 0;
      if (*p == '-' && !off) { off = true, any = false; continue; }
      if (!flag && *p != 'U') break;
      any = true;
      flags = uint8_t(off ? flags & ~flag : flags | flag);
    }
    if (off && !any) return bad("a bad flag");
    if (skip(":")) return Status::ok;
    group = false;
    return skip(")") ? Status::ok : bad("a bad flag");
  }

  Status close(const Group& g) {  // the jumps of its alternatives go to its end
    for (uint32_t at = g.jumps; at;) {
      Regex::Code& jump = r.codes[at - 1];
      const uint32_t before = uint32_t(jump.x);
      jump.x = int32_t(size() - (at - 1));
      at = before;
    }
    return Status::ok;
  }

  Status parse() {
    using Code = Regex::Code;
    if (!groups.push(*c.env.scratch, {0, 0, 0, 0})) return no_memory();
    uint32_t atom = 0;
    bool has_atom = false, repeated = false;
    while (p < end) {
      const char ch = *p;
      Group& g = groups[groups.size - 1];
      if (ch == '*' || ch == '+' || ch == '?' || ch == '{') {
        uint32_t least = ch == '+', most = ch == '?';
        bool endless = ch != '?', is_repeat = true;
        const char* const before = p++;
        if (ch == '{') {
          bool low, high = false;
          TRY(number(least, low));
          most = least;
          endless = false;
          if (low && skip(",")) {
            TRY(number(most, high));
            endless = !high;
          }
          is_repeat = low && skip("}");
        }
        if (is_repeat) {
          if (!has_atom) return bad("nothing to repeat");
          if (repeated) return bad("a repetition of a repetition");
          if (least > max_repeat || (!endless && (most > max_repeat || least > most)))
            return bad("a bad number of repetitions");
          skip("?");
          TRY(repeat(atom, least, most, endless));
          repeated = true;
          continue;
        }
        p = before;  // a brace by itself
      }
      repeated = false;
      has_atom = true;
      atom = size();
      ++p;
      if (ch == '|') {
        TRY(insert(g.branch, 1));
        TRY(emit({Code::jump, int32_t(g.jumps)}));
        r.codes[g.branch] = {Code::split, int32_t(size() - g.branch)};
        g.jumps = size();
        g.branch = size();
        has_atom = false;
      } else if (ch == '(') {
        const uint8_t outside = flags;
        bool group = true;
        if (skip("?")) TRY(flags_of(group));
        has_atom = false;
        if (!group) continue;
        if (groups.size > max_depth) return bad("groups that nest too deep");
        if (!groups.push(*c.env.scratch, {size(), size(), 0, outside})) return no_memory();
      } else if (ch == ')') {
        if (groups.size == 1) return bad("a ) without its (");
        TRY(close(g));
        atom = g.start;
        flags = g.flags;
        --groups.size;
      } else if (ch == '[') {
        TRY(set());
      } else if (ch == '.') {
        const uint32_t first = r.ranges.size;
        if (!(flags & dot_all)) TRY(add_range('\n', '\n'));
        TRY(end_set(first, true));
      } else if (ch == '^') {
        TRY(emit({flags & multi_line ? Code::line_begin : Code::text_begin, 0}));
      } else if (ch == '$') {
        TRY(emit({flags & multi_line ? Code::line_end : Code::text_end, 0}));
      } else if (ch == '\\') {
        const char next = p < end ? *p : 0;
        const Code::Kind place = next == 'A'   ? Code::text_begin
                                 : next == 'z' ? Code::text_end
                                 : next == 'b' ? Code::word
                                 : next == 'B' ? Code::no_word
                                               : Code::set;
        uint32_t value;
        if (place != Code::set) {
          ++p;
          TRY(emit({place, 0}));
        } else if (const char* pairs = perl_class(char(next | 0x20)); pairs && next & 0x40) {
          ++p;
          const uint32_t first = r.ranges.size;
          TRY(add_class(pairs, !(next & 0x20)));
          TRY(end_set(first, false));
        } else if (next == 'Q') {
          for (++p; p < end && !skip("\\E");) {
            atom = size();
            TRY(character(value));
            TRY(literal(value));
          }
        } else {
          TRY(escape(value));
          TRY(literal(value));
        }
      } else {
        uint32_t value;
        --p;
        TRY(character(value));
        TRY(literal(value));
      }
    }
    if (groups.size != 1) return bad("a missing )");
    return close(groups[0]);
  }
};

Status Regex::compile(Call& c, Text pattern) {
  RegexParser parser{c, *this, pattern.data, pattern.data + pattern.size, 0, {}};
  TRY(parser.parse());
  const uint32_t n = codes.size + 1;  // the last state: matched
  mark = c.scratch_of<uint32_t>(n);
  stack = c.scratch_of<uint32_t>(n);
  lists[0] = c.scratch_of<uint32_t>(n);
  lists[1] = c.scratch_of<uint32_t>(n);
  begins[0] = c.scratch_of<size_t>(n);
  begins[1] = c.scratch_of<size_t>(n);
  if (!mark || !stack || !lists[0] || !lists[1] || !begins[0] || !begins[1])
    return c.no_memory(n * sizeof(size_t));
  memset(mark, 0, n * sizeof(uint32_t));
  return Status::ok;
}

bool Regex::in_set(const Set& s, uint32_t c) const {
  if (c == no_character) return false;
  const uint32_t forms[] = {c, s.fold ? to_lower(c) : c, s.fold ? to_upper(c) : c};
  bool found = false;
  for (uint32_t i = s.first; i < s.first + s.n && !found; ++i)
    for (const uint32_t f : forms) found |= f >= ranges[i].low && f <= ranges[i].high;
  return found != s.negated;
}

// Adds the states that `start` leads to without reading; `before` and `after` are the characters around.
void Regex::follow(uint32_t* list, uint32_t& n, uint32_t start, uint32_t before, uint32_t after) {
  constexpr uint32_t edge = 0xfffffffe;  // no character: the end of the text
  const auto is_word = [](uint32_t c) { return c - '0' < 10 || (c | 0x20) - 'a' < 26 || c == '_'; };
  uint32_t depth = 0;
  const auto go = [&](uint32_t to) {
    if (mark[to] == step) return;
    mark[to] = step;
    stack[depth++] = to;
  };
  go(start);
  while (depth) {
    const uint32_t at = stack[--depth];
    if (at == codes.size) {
      list[n++] = at;
      continue;
    }
    const Code& code = codes[at];
    bool on = false;
    switch (code.kind) {
      case Code::set: list[n++] = at; break;
      case Code::split: go(uint32_t(int32_t(at) + code.x)); on = true; break;
      case Code::jump: go(uint32_t(int32_t(at) + code.x)); break;
      case Code::text_begin: on = before == edge; break;
      case Code::text_end: on = after == edge; break;
      case Code::line_begin: on = before == edge || before == '\n'; break;
      case Code::line_end: on = after == edge || after == '\n'; break;
      default: on = (is_word(before) != is_word(after)) == (code.kind == Code::word);
    }
    if (on) go(at + 1);
  }
}

void Regex::new_step() {
  if (++step) return;
  memset(mark, 0, (codes.size + 1) * sizeof(uint32_t));
  step = 1;
}

bool Regex::matches(Text s) {
  constexpr uint32_t edge = 0xfffffffe;
  const char *p = s.data, *const end = s.data + s.size;
  uint32_t n = 0, before = edge, now = p < end ? next_character(p, end) : edge;
  new_step();
  follow(lists[0], n, 0, before, now);
  while (now != edge && n) {
    const uint32_t after = p < end ? next_character(p, end) : edge;
    uint32_t m = 0;
    new_step();
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t at = lists[0][i];
      if (at < codes.size && in_set(sets[uint32_t(codes[at].x)], now))
        follow(lists[1], m, at + 1, now, after);
    }
    swap(lists[0], lists[1]);
    n = m;
    before = now;
    now = after;
  }
  for (uint32_t i = 0; i < n; ++i)
    if (lists[0][i] == codes.size) return true;
  return false;
}

// The states of a list are in the order of where they began: what is reached first keeps a state.
bool Regex::find(Text s, size_t from, size_t& begin, size_t& end) {
  constexpr uint32_t edge = 0xfffffffe;
  const char *p = s.data + from, *const last = s.data + s.size, *back = p;
  if (back > s.data) do --back; while (back > s.data && (*back & 0xc0) == 0x80 && p - back < 4);
  uint32_t n = 0, before = back < p ? next_character(back, last) : edge;
  bool found = false;
  for (;;) {
    const size_t at = size_t(p - s.data);
    const uint32_t now = p < last ? next_character(p, last) : edge;
    // What has been read so far leads to lists[1]; then a match may begin here.
    uint32_t m = 0;
    new_step();
    for (uint32_t i = 0; i < n; ++i) {
      if (found && begins[0][i] > begin) break;
      const uint32_t state = lists[0][i], had = m;
      if (state < codes.size && in_set(sets[uint32_t(codes[state].x)], before))
        follow(lists[1], m, state + 1, before, now);
      for (uint32_t k = had; k < m; ++k) begins[1][k] = begins[0][i];
    }
    if (!found) {
      const uint32_t had = m;
      follow(lists[1], m, 0, before, now);
      for (uint32_t k = had; k < m; ++k) begins[1][k] = at;
    }
    for (uint32_t k = 0; k < m; ++k) {
      if (lists[1][k] != codes.size || (found && begins[1][k] > begin)) continue;
      found = true;
      begin = begins[1][k];
      end = at;
    }
    swap(lists[0], lists[1]);
    swap(begins[0], begins[1]);
    n = m;
    if (now == edge || (found && !n)) return found;
    before = now;
  }
}

}  // namespace mote
