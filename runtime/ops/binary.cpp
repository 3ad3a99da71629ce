// The walk and the generic path of the operators of two operands (binary.h).
#include "binary.h"
#include "../element.h"
#include "../parallel.h"
#include "../walk.h"

namespace mote {
namespace {

using Load = void (*)(Type, const void*, int64_t, size_t, void*);
void load_double(Type t, const void* from, int64_t step, size_t n, void* to) {
  load_reals(t, from, step, n, static_cast<double*>(to));
}
void load_int64(Type t, const void* from, int64_t step, size_t n, void* to) {
  load_ints(t, from, step, n, static_cast<int64_t*>(to));
}

// One row through doubles or 64-bit integers.
bool generic_row(const Binary& op, Type to, Type ta, Type tb, char* y, const char* a, int64_t a_step,
                 const char* b, int64_t b_step, size_t n) {
  alignas(16) char left[block * 8], right[block * 8];
  const bool real = has(float_types, ta) || has(float_types, tb);
  const Load load = real ? load_double : load_int64;
  const bool is_unsigned = op.unsigned64 && (ta == Type::u64 || tb == Type::u64);
  const Loop loop = real ? op.reals : is_unsigned ? op.unsigned64 : op.ints;
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load(ta, a + i * size_t(a_step) * size_of(ta), a_step, m, left);
    load(tb, b + i * size_t(b_step) * size_of(tb), b_step, m, right);
    if (!loop(left, left, right, m)) return false;
    char* at = y + i * size_of(to);
    if (real) store_reals(to, at, 1, m, reinterpret_cast<const double*>(left));
    else store_ints(to, at, 1, m, reinterpret_cast<const int64_t*>(left));
  }
  return true;
}

// One row of f16 or bf16 by the loop of f32: a sum, product or quotient that is rounded twice is the same as
// rounded once, since f32 has more than twice their bits and two.
void half_row(const Binary& op, Type type, char* y, const char* a, size_t a_step, const char* b,
              size_t b_step, size_t n) {
  float left[block], right[block];
  for (size_t i = 0; i < n; i += block) {
    const size_t m = min(n - i, block);
    load_floats(type, a + i * a_step * 2, 1, a_step ? m : 1, left);
    load_floats(type, b + i * b_step * 2, 1, b_step ? m : 1, right);
    float sums[block];
    op.f32(sums, left, a_step, right, b_step, m);
    store_floats(type, y + i * 2, m, sums);
  }
}

void f32_rows(const Binary& op, const Walk<3>& walk, float* y, const float* a, const float* b) {
  const size_t n = size_t(walk.count), chunks = (n + row_chunk - 1) / row_chunk,
               a_step = size_t(walk.step[1]), b_step = size_t(walk.step[2]);
  size_t rows = 1;
  for (int i = 0; i < walk.rank; ++i) rows *= size_t(walk.dims[i]);
  parallel_for(rows * chunks, rows * n / 2, [&](size_t from, size_t to, unsigned) {
    Walk<3> w = walk;
    w.seek(from / chunks);
    for (size_t i = from; i < to; ++i) {
      const size_t at = i % chunks * row_chunk;
      op.f32(y + w.at[0] + at, a + size_t(w.at[1]) + at * a_step, a_step, b + size_t(w.at[2]) + at * b_step,
             b_step, min(n - at, row_chunk));
      if (at + row_chunk >= n) w.next();
    }
  });
}

}  // namespace

Status binary_shape(Call& c, Types set, Type out) {
  TRY(c.want_type(0, set));
  TRY(c.want_same_type(1, 0));
  return c.broadcast(0, out == Type::none ? c.in(0).type : out, 0, 2);
}

static Status copy(Call& c, Value& v) {
  const size_t bytes = count(v) * size_of(v.type);
  void* to = c.scratch(bytes);
  if (!to) return c.no_memory(bytes);
  memcpy(to, v.data, bytes);
  v.data = to;
  return Status::ok;
}

Status unshare(Call& c, const Value& y, Value& v) {
  if (v.data != y.data || (size_of(v.type) == size_of(y.type) && count(v) == count(y))) return Status::ok;
  return copy(c, v);
}

Status binary_apply(Call& c, const Binary& op, Value& y, const Value& left, const Value& right) {
  Walk<3> w(y.dims, y.rank);
  if (w.empty) return Status::ok;
  Value a = left, b = right;
  TRY(unshare(c, y, a));
  TRY(unshare(c, y, b));
  w.broadcast(0, y);
  w.broadcast(1, a);
  w.broadcast(2, b);
  w.start();
  if (op.f32 && y.type == Type::f32)
    return f32_rows(op, w, y.as<float>(), a.as<float>(), b.as<float>()), Status::ok;
  const size_t y_size = size_of(y.type), a_size = size_of(a.type), b_size = size_of(b.type);
  const size_t a_step = size_t(w.step[1]), b_step = size_t(w.step[2]);
  const bool compare = op.compare && a.type == Type::f32;
  const bool half = op.f32 && has(half_float_types, y.type) && a.type == y.type && b.type == y.type;
  do {
    for (size_t i = 0; i < size_t(w.count); i += row_chunk) {
      const size_t n = min(size_t(w.count) - i, row_chunk);
      char* to = y.as<char>() + (size_t(w.at[0]) + i) * y_size;
      const char* from_a = a.as<char>() + (size_t(w.at[1]) + i * a_step) * a_size;
      const char* from_b = b.as<char>() + (size_t(w.at[2]) + i * b_step) * b_size;
      if (compare) {
        op.compare(reinterpret_cast<uint8_t*>(to), reinterpret_cast<const float*>(from_a), a_step,
                   reinterpret_cast<const float*>(from_b), b_step, n);
      } else if (half) {
        half_row(op, y.type, to, from_a, a_step, from_b, b_step, n);
      } else if (!generic_row(op, y.type, a.type, b.type, to, from_a, w.step[1], from_b, w.step[2], n)) {
        return c.fail(Status::division_by_zero);
      }
    }
  } while (w.next());
  return Status::ok;
}

Status variadic_shape(Call& c, Types set) {
  TRY(c.want_type(0, set));
  for (unsigned i = 1; i < c.n_in; ++i) TRY(c.want_same_type(i, 0));
  return c.broadcast(0, c.in(0).type, 0, c.n_in);
}

// An input whose memory the output takes is the one to start from; one that comes twice is copied first.
Status variadic_run(Call& c, const Binary& op) {
  Value& y = c.out(0);
  unsigned first = 0, shared = 0;
  for (unsigned i = 0; i < c.n_in; ++i)
    if (c.in(i).data == y.data) first = i, ++shared;
  Value twin = c.in(first);
  if (shared > 1) TRY(copy(c, twin));
  if (c.n_in == 1 && !shared) memcpy(y.data, twin.data, count(y) * size_of(y.type));
  const Value* sum = &c.in(first);  // so far; then y
  for (unsigned i = 0; i < c.n_in; ++i) {
    if (i == first) continue;
    TRY(binary_apply(c, op, y, *sum, shared && c.in(i).data == c.in(first).data ? twin : c.in(i)));
    sum = &y;
  }
  return Status::ok;
}

}  // namespace mote
