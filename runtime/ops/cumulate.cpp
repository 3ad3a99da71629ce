// Floats in double, each result rounded once; integers wrap. A block is read before it is written.
#include "cumulate.h"
#include "../element.h"

namespace mote {
namespace {

struct Line {
  Type type;
  char* y;
  const char* x;
  size_t n;
  int64_t step;  // elements; negative from the end
  bool exclusive, by_product;
};

template <class T>
void cumulate(const Line& l, void (*load)(Type, const void*, int64_t, size_t, T*),
              void (*store)(Type, void*, int64_t, size_t, const T*)) {
  T all = l.by_product, t[block];
  const int64_t bytes = l.step * int64_t(size_of(l.type));
  for (size_t i = 0; i < l.n; i += block) {
    const size_t m = min(l.n - i, block);
    load(l.type, l.x + int64_t(i) * bytes, l.step, m, t);
    for (size_t k = 0; k < m; ++k) {
      const T next = l.by_product ? all * t[k] : all + t[k];
      t[k] = l.exclusive ? all : next;
      all = next;
    }
    store(l.type, l.y + int64_t(i) * bytes, l.step, m, t);
  }
}

void load_bits(Type type, const void* from, int64_t step, size_t n, uint64_t* to) {
  load_ints(type, from, step, n, reinterpret_cast<int64_t*>(to));
}
void store_bits(Type type, void* to, int64_t step, size_t n, const uint64_t* from) {
  store_ints(type, to, step, n, reinterpret_cast<const int64_t*>(from));
}

}  // namespace

constinit const Attr cumulate_attrs[2] = {ATTR(CumulateAttrs, exclusive, 0), ATTR(CumulateAttrs, reverse, 0)};

Status cumulate_shape(Call& c) {
  const CumulateAttrs& a = c.attrs<CumulateAttrs>();
  TRY(c.want_type(0, float_types | types(Type::i32, Type::i64, Type::u32, Type::u64)));
  TRY(c.want_type(1, types(Type::i32, Type::i64)));
  if (known_rank(c.in(1)) && c.in(1).rank) {
    TRY(c.want_rank(1, 1));
    TRY(c.want_dim(1, 0, 1));
  }
  TRY(c.want_min_rank(0, 1));
  if (a.exclusive != 0 && a.exclusive != 1) return c.bad_attr("exclusive", a.exclusive, "0 or 1");
  if (a.reverse != 0 && a.reverse != 1) return c.bad_attr("reverse", a.reverse, "0 or 1");
  c.like(0, c.in(0));
  return Status::ok;
}

Status cumulate_run(Call& c, bool by_product) {
  const CumulateAttrs& a = c.attrs<CumulateAttrs>();
  const Value& x = c.in(0);
  Value& y = c.out(0);
  int axis;
  TRY(normalize_axis(c, load_int(c.in(1).type, c.in(1).data, 0), x.rank, axis));
  const size_t n = size_t(x.dims[axis]), inner = product(x, axis + 1, x.rank), lines = n ? count(x) / n : 0,
               size = size_of(x.type);
  for (size_t i = 0; i < lines; ++i) {
    size_t at = i / inner * n * inner + i % inner;
    if (a.reverse) at += (n - 1) * inner;
    const Line l = {x.type,
                    y.as<char>() + at * size,
                    x.as<char>() + at * size,
                    n,
                    a.reverse ? -int64_t(inner) : int64_t(inner),
                    a.exclusive != 0,
                    by_product};
    if (has(float_types, x.type)) cumulate<double>(l, load_reals, store_reals);
    else cumulate<uint64_t>(l, load_bits, store_bits);
  }
  return Status::ok;
}

}  // namespace mote
