// StringNormalizer: without stop words, and in one case.
//   in   str [C] or [1, C]        out  str [kept] or [1, kept]; one empty string where nothing is kept
//   stopwords strings; is_case_sensitive int = 0: how they are compared; case_change_action string = "NONE",
//     "LOWER" or "UPPER"
//   (which letters: text.h); locale is not heeded
// Errors: bad_attribute, bad_type, bad_rank, bad_shape.            Source: ONNX StringNormalizer-10.
#include "ml.h"
#include "text.h"

namespace mote { namespace {

struct Attrs {
  Span<const Text> stopwords;
  Text case_change_action, locale;
  int64_t is_case_sensitive;
};
constexpr Attr attrs[] = {ATTR(Attrs, stopwords), ATTR(Attrs, case_change_action, "NONE"),
                          ATTR(Attrs, locale, ""), ATTR(Attrs, is_case_sensitive, 0)};

// Which of x are kept: their number, and their indices where `index` is given.
Status kept(Call& c, size_t& n, size_t* index) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  Value stop = list_of(a.stopwords), one;
  n = 0;
  if (a.stopwords && !a.is_case_sensitive) {
    auto* texts = c.scratch_of<Text>(a.stopwords.size);
    if (!texts) return c.no_memory(a.stopwords.size * sizeof(Text));
    for (uint32_t i = 0; i < a.stopwords.size; ++i)
      if (!change_case(*c.env.scratch, a.stopwords[i], false, texts[i]))
        return c.no_memory(a.stopwords[i].size);
    stop.data = texts;
  }
  Lookup lookup;
  if (a.stopwords) TRY(lookup.build(c, stop));
  for (size_t i = 0; i < count(x); ++i) {
    Text s = x.as<Text>()[i];
    if (a.stopwords && !a.is_case_sensitive && !change_case(*c.env.scratch, s, false, s))
      return c.no_memory(s.size);
    one.type = Type::str;
    one.data = &s;
    if (a.stopwords && lookup.find(one, 0) >= 0) continue;
    if (index) index[n] = i;
    ++n;
  }
  return Status::ok;
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  const Text action = c.attrs<Attrs>().case_change_action;
  if (!(action == "NONE" || action == "LOWER" || action == "UPPER"))
    return c.bad_attr("case_change_action", action, "NONE, LOWER or UPPER");
  TRY(c.want_type(0, types(Type::str)));
  TRY(c.want_min_rank(0, 1));
  if (x.rank > 2) return c.fail_in(0, Status::bad_rank, x.rank, "1 or 2");
  if (x.rank == 2) TRY(c.want_dim(0, 0, 1));
  if (!known_rank(x)) return c.set(0, Type::str), Status::ok;
  int64_t dims[] = {1, 1};
  dims[x.rank - 1] = c.fresh();
  if (c.known(0)) {
    size_t n;
    TRY(kept(c, n, nullptr));
    dims[x.rank - 1] = int64_t(max(n, size_t(1)));
  }
  return c.set_dims(0, Type::str, dims, x.rank);
}

}  // namespace
constinit const Op op_string_normalizer = {ATTRS(Attrs, attrs), .shape = shape, .reads = 1};

Status run_string_normalizer(Call& c) {
  const Text action = c.attrs<Attrs>().case_change_action;
  auto* index = c.scratch_of<size_t>(count(c.in(0)));
  if (!index) return c.no_memory(count(c.in(0)) * sizeof(size_t));
  size_t n;
  TRY(kept(c, n, index));
  auto* y = c.out(0).as<Text>();
  if (!n) y[0] = "";
  for (size_t i = 0; i < n; ++i) {
    y[i] = c.in(0).as<Text>()[index[i]];
    if (!(action == "NONE") && !change_case(*c.env.strings, y[i], action == "UPPER", y[i]))
      return c.no_memory(y[i].size);
  }
  return Status::ok;
}

}  // namespace mote
