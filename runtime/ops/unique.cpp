// Unique: the different elements of x, or of its slices along `axis`.
//   in   x [d0, ..., dn-1]  any but the small floats and integers
//   out  y: x's type, [how many] or x's shape with how many along the axis; indices i64 [how many]: where y
//        first stands in x;
//        inverse_indices i64 [all]: where each of x stands in y; counts i64 [how many]
//   axis int, optional; sorted int = 1: in ascending order; 0: in the order of their first occurrence
// A NaN stands above every number and is equal to no other NaN; complex numbers are ordered by their real
// parts first, strings by bytes.
// Errors: bad_type, bad_axis, bad_attribute.            Source: ONNX Unique-28.
#include "../element.h"
#include "move.h"
#include "order.h"

namespace mote {
namespace {

struct Attrs { int64_t axis, sorted; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, int64_min), ATTR(Attrs, sorted, 1)};  // no axis: flattened
constexpr Types set = number_types | complex_types | types(Type::boolean, Type::str);

// x as [outer, n, inner]: slice i is row i of all outer blocks.
Status split(const Call& c, size_t& outer, size_t& n, size_t& inner, int& axis) {
  const Value& x = c.in(0);
  axis = -1;
  outer = inner = 1;
  n = count(x);
  if (c.attrs<Attrs>().axis == int64_min) return Status::ok;
  TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  outer = product(x, 0, axis);
  n = size_t(x.dims[axis]);
  inner = product(x, axis + 1, x.rank);
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, set));
  if (a.sorted != 0 && a.sorted != 1) return c.bad_attr("sorted", a.sorted, "0 or 1");
  const Value& x = c.in(0);
  for (unsigned i = 1; i < 4; ++i) c.set(i, Type::i64, 1);
  if (a.axis == int64_min) return c.set(0, x.type, 1), Status::ok;
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  int axis;
  TRY(normalize_axis(c, a.axis, x.rank, axis));
  c.like(0, x);
  if (c.has_out(0)) c.out(0).dims[axis] = c.fresh();
  return Status::ok;
}

struct Slices { const Value* x; size_t outer, n, inner; };

// Of two elements: below 0, 0 or above 0. Two NaNs: 1 from either side, so they are never equal.
int compare(const Value& x, size_t a, size_t b, bool& nan) {
  if (x.type == Type::str) {
    const Text s = x.as<Text>()[a], t = x.as<Text>()[b];
    for (uint32_t i = 0; i < s.size && i < t.size; ++i)
      if (s.data[i] != t.data[i]) return uint8_t(s.data[i]) < uint8_t(t.data[i]) ? -1 : 1;
    return s.size < t.size ? -1 : s.size > t.size;
  }
  const size_t parts = has(complex_types, x.type) ? 2 : 1, size = size_of(x.type);
  const Type t = x.type == Type::c64 ? Type::f32 : x.type == Type::c128 ? Type::f64 : x.type;
  int64_t k[4];
  load_keys(t, x.as<char>() + a * size, 1, parts, false, k);
  load_keys(t, x.as<char>() + b * size, 1, parts, false, k + 2);
  for (size_t i = 0; i < parts; ++i) {
    if (k[i] == int64_max && k[i + 2] == int64_max && has(float_types, t)) nan = true;
    if (k[i] != k[i + 2]) return k[i] < k[i + 2] ? -1 : 1;
  }
  return 0;
}

int compare_slices(const Slices& s, size_t a, size_t b, bool& nan) {
  for (size_t o = 0; o < s.outer; ++o)
    for (size_t i = 0; i < s.inner; ++i)
      if (const int d = compare(*s.x, (o * s.n + a) * s.inner + i, (o * s.n + b) * s.inner + i, nan))
        return d;
  return 0;
}

bool before(const void* context, size_t a, size_t b) {
  bool nan = false;
  const int d = compare_slices(*static_cast<const Slices*>(context), a, b, nan);
  return d ? d < 0 : a < b;
}
bool in_front(const void* context, size_t a, size_t b) {
  const size_t* first = static_cast<const size_t*>(context);
  return first[a] < first[b];
}

}  // namespace

constinit const Op op_unique = {
    .in = {1, 1}, .out = {1, 4}, ATTRS(Attrs, attrs), .shape = shape, .flags = gives};

Status run_unique(Call& c) {
  const Value& x = c.in(0);
  Slices s = {&x, 1, 0, 1};
  int axis;
  TRY(split(c, s.outer, s.n, s.inner, axis));
  const size_t n = s.n, size = size_of(x.type);
  auto* order = c.scratch_of<size_t>(n);
  auto* group = c.scratch_of<size_t>(n);  // of each of x; its number in ascending order
  auto* first = c.scratch_of<size_t>(n);  // of each group
  auto* place = c.scratch_of<size_t>(n);  // the groups in the order of y
  auto* rank = c.scratch_of<size_t>(n);   // where a group stands in y
  if (!order || !group || !first || !place || !rank) return c.no_memory(n * sizeof(size_t) * 5);
  for (size_t i = 0; i < n; ++i) order[i] = i;
  sort(order, n, before, &s);
  size_t groups = 0;
  for (size_t i = 0; i < n; ++i) {
    bool nan = false;
    if (!i || compare_slices(s, order[i - 1], order[i], nan) || nan) first[groups++] = order[i];
    group[order[i]] = groups - 1;
  }
  for (size_t i = 0; i < groups; ++i) place[i] = i;
  if (!c.attrs<Attrs>().sorted) sort(place, groups, in_front, first);
  for (size_t i = 0; i < groups; ++i) rank[place[i]] = i;
  const int64_t found = int64_t(groups), all = int64_t(n);
  int64_t dims[max_rank] = {found};
  for (int i = 0; axis >= 0 && i < x.rank; ++i) dims[i] = i == axis ? found : x.dims[i];
  TRY(c.give(0, dims, axis < 0 ? 1 : x.rank));
  for (unsigned o = 1; o < 4; ++o) TRY(c.give(o, o == 2 ? &all : &found, 1));
  for (size_t i = 0; i < groups; ++i) {
    for (size_t o = 0; o < s.outer && c.has_out(0); ++o)
      memcpy(c.out(0).as<char>() + (o * groups + i) * s.inner * size,
             x.as<char>() + (o * n + first[place[i]]) * s.inner * size, s.inner * size);
    if (c.has_out(1)) c.out(1).as<int64_t>()[i] = int64_t(first[place[i]]);
    if (c.has_out(3)) c.out(3).as<int64_t>()[i] = 0;
  }
  for (size_t i = 0; i < n; ++i) {
    if (c.has_out(2)) c.out(2).as<int64_t>()[i] = int64_t(rank[group[i]]);
    if (c.has_out(3)) ++c.out(3).as<int64_t>()[rank[group[i]]];
  }
  return Status::ok;
}

}  // namespace mote
