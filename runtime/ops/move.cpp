#include "move.h"

namespace mote {

Status want_vector(const Call& c, unsigned i, Types set, int& length) {
  length = -1;
  TRY(c.want_type(i, set));
  TRY(c.want_rank(i, 1));
  if (!c.has_in(i) || !known_rank(c.in(i)) || c.in(i).dims[0] < 0) return Status::ok;
  length = int(min<int64_t>(c.in(i).dims[0], 0x7fffffff));
  return Status::ok;
}

Status read_dims(const Call& c, unsigned i, int64_t least, int64_t* out, int& n) {
  if (concrete(c.in(i)) && count(c.in(i)) > max_rank)
    return c.fail(Status::rank_limit, uint64_t(count(c.in(i))), max_rank);
  TRY(read_ints(c, i, out, max_rank, n));
  for (int k = 0; k < n; ++k)
    if (out[k] < least) return c.fail_in(i, Status::bad_value, out[k], "a dimension");
  return Status::ok;
}

Status read_axes(const Call& c, unsigned i, int rank, int* out, int& n) {
  int64_t axes[max_rank];
  TRY(read_ints(c, i, axes, max_rank, n));
  unsigned seen = 0;
  for (int k = 0; k < n; ++k) {
    TRY(normalize_axis(c, axes[k], rank, out[k]));
    if (seen >> out[k] & 1) return c.fail_in(i, Status::bad_value, axes[k], "each axis once");
    seen |= 1u << out[k];
  }
  return Status::ok;
}

void copy_walk(Walk<2>& w, Value& y, const Value& x) {
  const size_t bytes = size_of(x.type);
  w.start();
  do {
    char* to = y.as<char>() + size_t(w.at[0]) * bytes;
    copy_row(to, w.step[0], x.as<char>() + size_t(w.at[1]) * bytes, w.step[1], w.count, bytes);
  } while (w.next());
}

void copy_blocks(char* to, const char* from, const size_t* index, size_t n, size_t bytes) {
  if (bytes == 4)  // most often, and in loops that are all overhead otherwise
    for (size_t i = 0; i < n; ++i) __builtin_memcpy(to + i * 4, from + index[i] * 4, 4);
  else
    for (size_t i = 0; i < n; ++i) copy_block(to + i * bytes, from + index[i] * bytes, bytes);
}

Status tuple_at(const Call& c, const int64_t* dims, int k, const int64_t* tuple, size_t& at) {
  at = 0;
  for (int d = 0; d < k; ++d) {
    const int64_t s = dims[d], index = tuple[d];
    if (index < -s || index >= s) return c.fail(Status::index_range, index, -s, s);
    at = at * size_t(s) + size_t(index < 0 ? index + s : index);
  }
  return Status::ok;
}

void fill(char* to, const char* from, size_t n, size_t bytes) {
  bool same = true;
  for (size_t i = 1; i < bytes; ++i) same &= from[i] == from[0];
  if (same) memset(to, from[0], n * bytes);
  else copy_row(to, 1, from, 0, int64_t(n), bytes);
}

}  // namespace mote
