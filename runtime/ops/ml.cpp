#include "ml.h"

#include "../math.h"

namespace mote {
namespace {

template <class T> Value list(Type type, Span<const T> items) {
  Value v;
  if (!items) return v;
  v.type = type;
  v.rank = 1;
  v.dims[0] = items.size;
  v.data = const_cast<T*>(items.data);
  v.bytes = items.size * sizeof(T);
  return v;
}

// The bits of a number by which it is compared: of integers the value, of floats a double with one zero and
// one NaN.
uint64_t bits_of(const Value& v, size_t i, bool real) {
  if (!real) return uint64_t(load_int(v.type, v.data, i));
  const double x = load_real(v.type, v.data, i) + 0.0;  // -0 + 0 is 0
  return x == x ? bits_as<uint64_t>(x) : ~uint64_t(0);
}

uint32_t hash(Text s) {  // FNV-1a
  uint32_t h = 2166136261u;
  for (uint32_t i = 0; i < s.size; ++i) h = (h ^ uint8_t(s.data[i])) * 16777619u;
  return h ^ h >> 15;
}
uint32_t hash(uint64_t n) {
  n *= 0x9e3779b97f4a7c15u;
  return uint32_t(n >> 32 ^ n >> 20);
}

// The x with erf(x) = y: a formula of Winitzki, then Newton's steps.
double erf_inverse(double y) {
  const double l = math::log((1 - y) * (1 + y)), v = 4.330746750799873 + 0.5 * l;
  double x = __builtin_sqrt(__builtin_sqrt(v * v - l / 0.147) - v);
  if (y < 0) x = -x;
  if (x - x != 0) return x;
  for (int i = 0; i < 3; ++i) x -= (math::erf(x) - y) * 0.886226925452758 * math::exp(x * x);
  return x;
}

double probit(double p) { return 1.4142135623730951 * erf_inverse(2 * p - 1); }

}  // namespace

Value list_of(Span<const int64_t> items) { return list(Type::i64, items); }
Value list_of(Span<const float> items) { return list(Type::f32, items); }
Value list_of(Span<const Text> items) { return list(Type::str, items); }

Status Lookup::build(Call& c, const Value& k) {
  keys = k;
  const size_t n = count(k);
  size_t room = 2;
  while (room < n * 2) room *= 2;
  slots = c.scratch_of<uint32_t>(room);
  if (!slots || n >= 1u << 30) return c.no_memory(room * 4);
  memset(slots, 0, room * 4);
  mask = uint32_t(room - 1);
  const bool real = has(float_types, k.type);
  for (size_t i = 0; i < n; ++i) {
    uint32_t at;
    if (k.type == Type::str) {
      const Text* s = k.as<Text>();
      for (at = hash(s[i]) & mask; slots[at] && !(s[slots[at] - 1] == s[i]); at = (at + 1) & mask) {}
    } else {
      const uint64_t bits = bits_of(k, i, real);
      for (at = hash(bits) & mask; slots[at] && bits_of(k, slots[at] - 1, real) != bits;
           at = (at + 1) & mask) {}
    }
    slots[at] = uint32_t(i) + 1;
  }
  return Status::ok;
}

int64_t Lookup::find(const Value& from, size_t i) const {
  uint32_t at;
  if (keys.type == Type::str) {
    const Text s = from.as<Text>()[i];
    for (at = hash(s) & mask; slots[at] && !(keys.as<Text>()[slots[at] - 1] == s); at = (at + 1) & mask) {}
  } else {
    const bool real = has(float_types, keys.type);
    uint64_t bits;
    if (real || !has(float_types, from.type)) {
      bits = bits_of(from, i, real);
    } else {  // a float among integers: without its fraction
      int64_t n;
      const double x = load_real(from.type, from.data, i);
      store_reals(Type::i64, &n, 1, 1, &x);
      bits = uint64_t(n);
    }
    for (at = hash(bits) & mask; slots[at] && bits_of(keys, slots[at] - 1, real) != bits;
         at = (at + 1) & mask) {}
  }
  return int64_t(slots[at]) - 1;
}

// ---- rows

Status want_rows(const Call& c, Types set) {
  TRY(c.want_type(0, set));
  TRY(c.want_min_rank(0, 1));
  return c.in(0).rank > 2 ? c.fail_in(0, Status::bad_rank, c.in(0).rank, "1 or 2") : Status::ok;
}

Rows rows_of(const Value& x) { return {x.rank == 1 ? 1 : size_t(x.dims[0]), size_t(x.dims[x.rank - 1])}; }

int64_t row_dim(Call& c) { return c.in(0).rank == 1 ? 1 : c.in(0).rank == 2 ? c.in(0).dims[0] : c.fresh(); }
int64_t feature_dim(Call& c) { return known_rank(c.in(0)) ? c.in(0).dims[c.in(0).rank - 1] : c.fresh(); }

// ---- labels

void Labels::put(Value& y, size_t row, size_t label) const {
  if (texts) y.as<Text>()[row] = texts[label];
  else y.as<int64_t>()[row] = ints[label];
}

void Labels::put_sign(Value& y, size_t row, bool positive) const {
  if (size() == 2) return put(y, row, positive);
  if (texts) y.as<Text>()[row] = positive ? "1" : "0";
  else y.as<int64_t>()[row] = positive;
}

Status want_labels(const Call& c, const Labels& l) {
  if (bool(l.texts) != bool(l.ints) && l.size()) return Status::ok;
  return c.bad_attr(l.texts ? "classlabels_strings" : "classlabels_ints", l.size(), "labels of one type");
}

Status classifier_shape(Call& c, const Labels& labels, int64_t scores) {
  const int64_t dims[] = {row_dim(c), scores};
  TRY(c.set_dims(0, labels.type(), dims, 1));
  return c.set_dims(1, Type::f32, dims, 2);
}

// ---- scores

Status read_transform(const Call& c, Text name, Transform& t) {
  static const char* const names[] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"};
  for (unsigned i = 0; i < 5; ++i)
    if (name == names[i]) return t = Transform(i), Status::ok;
  return c.bad_attr("post_transform", name, "NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT");
}

void transform(Transform t, double* s, size_t n) {
  double top = n ? s[0] : 0, sum = 0;
  for (size_t i = 1; i < n; ++i) top = s[i] > top ? s[i] : top;
  for (size_t i = 0; i < n; ++i) {
    if (t == Transform::logistic) s[i] = math::sigmoid(s[i]);
    else if (t == Transform::probit) s[i] = probit(s[i]);
    // zeros stay
    else if (t == Transform::softmax_zero && !(s[i] > 1e-7 || s[i] < -1e-7)) s[i] *= math::exp(-top);
    else if (t != Transform::none) sum += s[i] = math::exp(s[i] - top);
  }
  if (sum > 0)
    for (size_t i = 0; i < n; ++i) s[i] /= sum;
}

void two_scores(Transform t, bool mixed, double* s) {
  const double x = s[0];
  if (t == Transform::logistic) s[0] = math::sigmoid(-x), s[1] = math::sigmoid(x);
  else if (t == Transform::probit) s[1] = probit(x), s[0] = -s[1];
  else s[0] = mixed ? -x : 1 - x, s[1] = x;
}

size_t largest(const double* s, size_t n) {
  size_t at = 0;
  for (size_t i = 1; i < n; ++i)
    if (s[i] > s[at]) at = i;
  return at;
}

}  // namespace mote
