// Regular expressions in RE2's syntax, matched in time linear in the text by following all states of an
// automaton at once (Thompson 1968, Pike). Compiled into scratch in one pass without recursion.
//
// Taken: literals, . [...] with ranges, negation and [:classes:], \d \D \s \S \w \W, \t \n \r \f \v \a \x7f
// \x{10ffff} \123 \Q...\E, | * + ? {n} {n,} {n,m} and their lazy forms, ( ), (?:...), (?P<name>...),
// (?<name>...), flags i m s U as (?i) and (?i:...), ^ $ \A \z \b \B. Repetition up to 1000. Refused: \p{...}
// and \pN (classes of Unicode), \C (single bytes). (?i) knows the letters of text.h.
#pragma once
#include "../arena.h"
#include "text.h"

namespace mote {

struct Regex {
  struct Range { uint32_t low, high; };
  struct Set { uint32_t first, n; bool negated, fold; };
  struct Code {
    enum Kind : uint8_t { set, split, jump, text_begin, text_end, line_begin, line_end, word, no_word } kind;
    int32_t x;  // set: its number; split, jump: how far; split also goes on
  };
  Status compile(Call& c, Text pattern);
  bool matches(Text s);
  // The leftmost match in s from byte `from` on, the longest of those: bytes [begin, end). Linear in the
  // text, too.
  bool find(Text s, size_t from, size_t& begin, size_t& end);

 private:
  friend struct RegexParser;
  void follow(uint32_t* list, uint32_t& n, uint32_t start, uint32_t before, uint32_t after);
  bool in_set(const Set& s, uint32_t c) const;
  Grow<Code> codes;
  Grow<Set> sets;
  Grow<Range> ranges;
  uint32_t *mark = nullptr, *stack = nullptr, *lists[2] = {};
  size_t* begins[2] = {};  // where the states of `lists` began
  void new_step();
  uint32_t step = 0;  // of the marks
};

}  // namespace mote
