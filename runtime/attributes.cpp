// Reads the attributes of an operator into its struct, by its table.
#include "reader.h"

namespace mote {
namespace {

// Digits and exponent as an exact decimal, scaled by powers of ten: far closer than the float32 that
// attributes are.
bool real(const Json& j, float& to) {
  const char *p = j.text.data, *const end = p + j.text.size;
  if (j.kind == '"') {
    const int i = index_of("nan\0inf\0-inf\0", j.text);
    to = i == 0 ? __builtin_nanf("") : i == 1 ? __builtin_inff() : -__builtin_inff();
    return i >= 0;
  }
  const bool minus = p < end && *p == '-';
  p += minus;
  double x = 0;
  int scale = 0;
  bool point = false, digits = false;
  for (; p < end; ++p) {
    const unsigned digit = unsigned(*p) - '0';
    if (digit < 10) {
      digits = true;
      x = x * 10 + digit;
      scale -= point;
    } else if (*p == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (digits && p < end && (*p | 32) == 'e') {
    const char sign = ++p < end ? *p : 0;
    if (sign == '-' || sign == '+') ++p;
    int e = 0;
    digits = false;
    for (; p < end && unsigned(*p) - '0' < 10; ++p) e = min(e * 10 + (*p - '0'), 9999), digits = true;
    scale += sign == '-' ? -e : e;
  }
  for (; scale > 0 && x <= 1e308; --scale) x *= 10;
  for (; scale < 0 && x != 0; ++scale) x /= 10;
  to = float(minus ? -x : x);
  return digits && p == end;
}

const Value* tensor(GraphReader& r, const Json* j) {
  r.members(j, DECLARATION "data\0");
  auto* v = static_cast<Def*>(r.take(sizeof(Def)));
  if (!v) return nullptr;
  v->rank = unknown_rank;
  r.declare(*v);
  if (!r.at[3]) r.fail(j, "a tensor has no data");
  else if (r.sized(*v, {})) r.data(r.at[3], *v);
  return v;
}

// Bytes that are not UTF-8.
Text bytes(GraphReader& r, const Json* j) {
  const Text& s = r.text(j);
  auto* p = static_cast<char*>(r.take(s.size + 1));
  const size_t n = p ? decode_base64(s, reinterpret_cast<uint8_t*>(p), s.size) : 0;
  if (n > s.size) r.fail(j, "not base64");
  return {p, n};
}

// A list, of which an empty one is not an absent one.
template <class T, class F> void elements(GraphReader& r, const Json& j, void* to, const F& element) {
  Grow<T> list;
  list.items = r.take(1);
  for (const Json* e = r.list(&j); e; e = e->next) element(r.add(list), *e);
  new (Place{to}) Span<const T>{list.data(), list.size};
}

// False where it is of another type.
bool read_attribute(GraphReader& r, const Attr& row, const Json& j, void* to) {
  const Json *of_tensor = nullptr, *of_graph = nullptr, *base64 = nullptr;
  if (j.kind == '{') {
    r.members(&j, "tensor\0graph\0base64\0");
    of_tensor = r.at[0], of_graph = r.at[1], base64 = r.at[2];
  }
  switch (row.tag) {
    case Attr::integer:
      for (uint32_t i = j.kind == '-'; i < j.text.size; ++i)
        if (unsigned(j.text.data[i]) - '0' > 9) return false;
      if (j.kind == '"' || !j.text.size) return false;
      *static_cast<int64_t*>(to) = r.integer(&j);
      return true;
    case Attr::real:
      if (j.kind == '{' || j.kind == '[') return false;
      if (!real(j, *static_cast<float*>(to))) r.fail(&j, "expected a number");
      return true;
    case Attr::text:
      if (base64) *static_cast<Text*>(to) = bytes(r, base64);
      else if (j.kind == '"') r.keep(*static_cast<Text*>(to), j.text);
      else return false;
      return true;
    case Attr::tensor:
      if (of_tensor) *static_cast<const Value**>(to) = tensor(r, of_tensor);
      return of_tensor;
    case Attr::graph:
      if (of_graph) *static_cast<const Graph**>(to) = r.graph(of_graph);
      return of_graph;
    default:
      if (j.kind != '[') return false;
  }
  if (row.tag == Attr::integers)
    elements<int64_t>(r, j, to, [&](int64_t& x, const Json& e) { x = r.integer(&e); });
  else if (row.tag == Attr::texts) elements<Text>(r, j, to, [&](Text& x, const Json& e) { r.keep(x, &e); });
  else elements<float>(r, j, to, [&](float& x, const Json& e) {
    if (!real(e, x)) r.fail(&e, "expected a number");
  });
  return true;
}

}  // namespace

// Fills the operator's struct: defaults, then what is given.
void read_attributes(GraphReader& r, Span<const Attr> rows, void* attrs, const Json* given) {
  static const char* const expected[] = {"an integer", "a float", "a string", "a list",
                                         "a list",     "a list",  "a tensor", "a graph"};
  const auto place = [&](const Attr& a) { return static_cast<char*>(attrs) + a.offset; };
  for (const Attr& a : rows) {
    if (a.tag == Attr::integer) memcpy(place(a), &a.integer_default, sizeof a.integer_default);
    if (a.tag == Attr::real) memcpy(place(a), &a.real_default, sizeof a.real_default);
    if (a.tag == Attr::text) new (Place{place(a)}) Text(a.text_default);
  }
  uint64_t found = 0;
  for (const Json* key = r.object(given); key; key = key->next->next) {
    uint32_t i = 0;
    while (i < rows.size && !(key->text == rows[i].name)) ++i;
    if (i == rows.size) return r.refuse(Status::unknown_attribute, key->text);
    found |= uint64_t(1) << i;
    if (!read_attribute(r, rows[i], *key->next, place(rows[i])))
      r.refuse(Status::bad_attribute, {}, rows[i].name, "a value of another type", expected[rows[i].tag]);
  }
  for (uint32_t i = 0; i < rows.size; ++i)
    if (rows[i].required && !(found >> i & 1)) r.refuse(Status::missing_attribute, rows[i].name);
}

}  // namespace mote
