// Slice: y[i] = data[start + i * step] on the given axes, as numpy slices.
//   in   data [any], starts, ends, axes (absent: 0, 1, ...), steps (absent: 1): int32 or int64 [k]
//   out  same type and rank
// Starts and ends count from the end where negative, and are clamped to the axis.
// Errors: bad_axis, bad_shape, bad_value (a step of 0).            Source: ONNX Slice-13.
#include "move.h"

namespace mote { namespace {

struct Cut {
  int64_t start[max_rank], step[max_rank], dims[max_rank];
};

// One axis. Of an axis of unknown length a cut that keeps all of it keeps the symbol.
void cut_axis(Call& c, Cut& cut, int axis, int64_t dim, int64_t start, int64_t end, int64_t step) {
  cut.step[axis] = step;
  if (dim < 0) {
    if (start != 0 || step != 1 || end < 0x7fffffff) cut.dims[axis] = c.fresh();
    return;
  }
  if (start < 0) start += dim;
  if (end < 0) end += dim;
  const int64_t low = step < 0 ? -1 : 0, high = step < 0 ? dim - 1 : dim;
  start = min(max<int64_t>(start, 0), high);
  end = min(max(end, low), high);
  uint64_t n = 0;
  if (step > 0 && start < end) n = 1 + uint64_t(end - start - 1) / uint64_t(step);
  if (step < 0 && start > end) n = 1 + uint64_t(start - end - 1) / (0 - uint64_t(step));
  cut.start[axis] = n ? start : 0;
  cut.dims[axis] = int64_t(n);
  if (n < 2) cut.step[axis] = 1;
}

// Expects a known rank and known inputs.
Status make_cut(Call& c, Cut& cut) {
  const Value& x = c.in(0);
  int64_t starts[max_rank], ends[max_rank], steps[max_rank];
  int axes[max_rank], n, n_ends, n_steps, n_axes;
  for (int i = 0; i < x.rank; ++i) {
    cut.start[i] = 0;
    cut.step[i] = 1;
    cut.dims[i] = x.dims[i];
  }
  TRY(read_ints(c, 1, starts, max_rank, n));
  TRY(read_ints(c, 2, ends, max_rank, n_ends));
  n_axes = n_steps = n;
  for (int i = 0; i < n; ++i) {
    axes[i] = i;
    steps[i] = 1;
  }
  if (c.has_in(3)) TRY(read_axes(c, 3, x.rank, axes, n_axes));
  if (c.has_in(4)) TRY(read_ints(c, 4, steps, max_rank, n_steps));
  const unsigned odd = n_ends != n ? 2 : n_axes != n ? 3 : n_steps != n ? 4 : n > x.rank ? 1 : 0;
  if (odd) return c.fail_in(odd, Status::bad_shape, Arg::dims(c.in(odd)), "one element an axis");
  for (int i = 0; i < n; ++i) {
    if (!steps[i]) return c.fail_in(4, Status::bad_value, 0, "a step other than 0");
    cut_axis(c, cut, axes[i], x.dims[axes[i]], starts[i], ends[i], steps[i]);
  }
  return Status::ok;
}

Status shape(Call& c) {
  const Value& x = c.in(0);
  bool known = true;
  for (unsigned i = 1; i < 5; ++i) {
    int n;
    TRY(want_vector(c, i, types(Type::i32, Type::i64), n));
    TRY(c.want_same_type(i, 1));
    if (c.has_in(i) && !c.known(i)) known = false;
  }
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  if (!known) {
    unsigned touched = ~0u;
    if (c.known(3)) {
      int axes[max_rank], n;
      TRY(read_axes(c, 3, x.rank, axes, n));
      touched = 0;
      for (int i = 0; i < n; ++i) touched |= 1u << axes[i];
    }
    int64_t dims[max_rank];
    for (int i = 0; i < x.rank; ++i) dims[i] = touched >> i & 1 ? c.fresh() : x.dims[i];
    return c.set_dims(0, x.type, dims, x.rank);
  }
  Cut cut;
  TRY(make_cut(c, cut));
  return c.set_dims(0, x.type, cut.dims, x.rank);
}

}  // namespace

constinit const Op op_slice = { .in = {3, 5}, .shape = shape, .reads = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 };

Status run_slice(Call& c) {
  const Value& x = c.in(0);
  Value& y = c.out(0);
  Cut cut;
  TRY(make_cut(c, cut));
  Walk<2> w(y.dims, y.rank);
  if (w.empty) return Status::ok;
  int64_t strides[max_rank], offset = 0;
  dense_strides(y.dims, y.rank, strides);
  w.operand(0, strides);
  dense_strides(x.dims, x.rank, strides);
  for (int i = 0; i < x.rank; ++i) {
    offset += cut.start[i] * strides[i];
    strides[i] *= cut.step[i];
  }
  w.operand(1, strides, offset);
  copy_walk(w, y, x);
  return Status::ok;
}

}  // namespace mote
