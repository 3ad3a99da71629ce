#include "order.h"

#include "../element.h"

namespace mote {

void load_keys(Type type, const void* from, int64_t step, size_t n, bool turned, int64_t* to) {
  const bool real = has(float_types, type);
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    const char* at = static_cast<const char*>(from) + i * size_t(step) * size_of(type);
    double reals[block];
    if (real) load_reals(type, at, step, m, reals);
    else load_ints(type, at, step, m, to + i);
    for (size_t k = 0; k < m; ++k) {
      int64_t& key = to[i + k];
      if (real) {
        const int64_t bits = bits_as<int64_t>(reals[k] + 0.0);  // the sum turns -0 into 0
        key = reals[k] != reals[k] ? int64_max : bits ^ (bits < 0 ? int64_max : 0);
      } else if (type == Type::u64) {
        key ^= int64_min;
      }
      if (turned) key = ~key;
    }
  }
}

void sift_down(size_t* order, size_t i, size_t n, Before before, const void* context) {
  for (size_t child; (child = 2 * i + 1) < n; i = child) {
    if (child + 1 < n && before(context, order[child], order[child + 1])) ++child;
    if (!before(context, order[i], order[child])) return;
    swap(order[i], order[child]);
  }
}

void sort(size_t* order, size_t n, Before before, const void* context) {
  for (size_t i = n / 2; i--;) sift_down(order, i, n, before, context);
  for (size_t i = n; i > 1;) {
    swap(order[0], order[--i]);
    sift_down(order, 0, i, before, context);
  }
}

Status arg_shape(Call& c) {
  const ArgAttrs& a = c.attrs<ArgAttrs>();
  TRY(c.want_type(0, number_types));
  const Value& x = c.in(0);
  if (!known_rank(x)) return c.set(0, Type::i64), Status::ok;
  int axis = 0, rank = 0;
  if (x.rank) TRY(normalize_axis(c, a.axis, x.rank, axis));
  if (x.rank && !x.dims[axis])
    return c.fail_in(0, Status::bad_shape, Arg::dims(x), "something along the axis");
  int64_t dims[max_rank];
  for (int i = 0; i < x.rank; ++i)
    if (i != axis) dims[rank++] = x.dims[i];
    else if (a.keepdims) dims[rank++] = 1;
  return c.set_dims(0, Type::i64, dims, rank);
}

Status arg_run(Call& c, bool turned) {
  const ArgAttrs& a = c.attrs<ArgAttrs>();
  const Value& x = c.in(0);
  int axis = 0;
  if (x.rank) TRY(normalize_axis(c, a.axis, x.rank, axis));
  const size_t outer = product(x, 0, axis), n = x.rank ? size_t(x.dims[axis]) : 1, size = size_of(x.type);
  const size_t inner = product(x, axis + 1, x.rank);
  const bool last = a.select_last_index != 0, nan_first = turned && has(float_types, x.type);
  int64_t* y = c.out(0).as<int64_t>();
  int64_t keys[block], best[block];
  // Columns of neighbouring elements; where there is one column only, the axis itself in blocks.
  for (size_t o = 0; o < outer; ++o)
    for (size_t j = 0; j < inner; j += block) {
      const size_t columns = min(inner - j, block), rows = inner == 1 ? block : 1;
      for (size_t i = 0; i < n; i += rows) {
        const size_t m = inner == 1 ? min(n - i, block) : columns;
        load_keys(x.type, x.as<char>() + ((o * n + i) * inner + j) * size, 1, m, turned, keys);
        for (size_t k = 0; k < m; ++k) {
          const size_t column = inner == 1 ? 0 : k, row = inner == 1 ? i + k : i;
          int64_t key = keys[k];
          if (nan_first && key == ~int64_max) key = int64_max;
          if (row && (last ? key < best[column] : key <= best[column])) continue;
          best[column] = key;
          y[column] = int64_t(row);
        }
      }
      y += columns;
    }
  return Status::ok;
}

}  // namespace mote
