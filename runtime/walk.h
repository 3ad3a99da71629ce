// Walks an index space row by row, with a stride per operand. Broadcasting, slicing, transposing and padding
// are walks.
#pragma once
#include "value.h"

namespace mote {

// `dims` [rank] is the space; operand k starts at element offset[k] and moves stride[k][axis] elements along
// an axis (0 where it is broadcast). Neighbouring axes that all operands cross as one are merged, axes of one
// element vanish.
//
//   Walk<3> w(out.dims, out.rank);
//   w.operand(0, out_strides); w.operand(1, a_strides); ...
//   w.start();
//   do { row of w.count elements: operand k at w.at[k], step w.step[k] } while (w.next());
template <unsigned K> struct Walk {
  int rank = 0;
  int64_t dims[max_rank];
  int64_t strides[K][max_rank];
  int64_t index[max_rank];
  int64_t at[K] = {};      // element offset of the row's first element
  int64_t step[K] = {};    // stride inside the row, elements
  int64_t count = 0;       // elements of a row
  bool empty = false;      // the space has no element: do not visit

  Walk(const int64_t* d, int r) : rank(r) {
    for (int i = 0; i < r; ++i) {
      dims[i] = d[i];
      if (!d[i]) empty = true;
    }
  }
  void operand(unsigned k, const int64_t* s, int64_t offset = 0) {
    at[k] = offset;
    for (int i = 0; i < rank; ++i) strides[k][i] = s[i];
  }
  // Operand k is a dense row-major tensor that broadcasts to the space.
  void broadcast(unsigned k, const Value& v) {
    int64_t stride = 1;
    for (int i = rank - 1, j = v.rank - 1; i >= 0; --i, --j) {
      strides[k][i] = j >= 0 && v.dims[j] != 1 ? stride : 0;
      if (j >= 0 && !mul(stride, v.dims[j], stride)) stride = 0;  // as in dense_strides
    }
    at[k] = 0;
  }
  void start() {
    if (empty) {  // the other dimensions may be anything
      rank = 0;
      return;
    }
    int n = 0;
    for (int i = 0; i < rank; ++i) {
      if (dims[i] == 1) continue;
      bool joins = n > 0;
      for (unsigned k = 0; k < K && joins; ++k) joins = strides[k][n - 1] == strides[k][i] * dims[i];
      if (joins) {
        dims[n - 1] *= dims[i];
        for (unsigned k = 0; k < K; ++k) strides[k][n - 1] = strides[k][i];
      } else {
        dims[n] = dims[i];
        for (unsigned k = 0; k < K; ++k) strides[k][n] = strides[k][i];
        ++n;
      }
    }
    count = n ? dims[n - 1] : 1;
    for (unsigned k = 0; k < K; ++k) step[k] = n ? strides[k][n - 1] : 0;
    rank = n ? n - 1 : 0;
    for (int i = 0; i < rank; ++i) index[i] = 0;
  }
  void seek(size_t row) {  // from the first one
    for (int i = rank - 1; i >= 0; --i, row /= size_t(dims[i + 1])) {
      index[i] = int64_t(row % size_t(dims[i]));
      for (unsigned k = 0; k < K; ++k) at[k] += strides[k][i] * index[i];
    }
  }
  bool next() {
    for (int i = rank - 1; i >= 0; --i) {
      for (unsigned k = 0; k < K; ++k) at[k] += strides[k][i];
      if (++index[i] < dims[i]) return true;
      for (unsigned k = 0; k < K; ++k) at[k] -= strides[k][i] * dims[i];
      index[i] = 0;
    }
    return false;
  }
};

// Row-major strides of a dense tensor, in elements. They overflow only where there is no element.
inline void dense_strides(const int64_t* dims, int rank, int64_t* out) {
  int64_t s = 1;
  for (int i = rank - 1; i >= 0; --i) {
    out[i] = s;
    if (!mul(s, dims[i], s)) s = 0;
  }
}

// Copies n elements of `bytes` each (1, 2, 4, 8 or 16) from a strided row to a strided row; strides in
// elements.
void copy_row(char* to, int64_t to_step, const char* from, int64_t from_step, int64_t n, size_t bytes);

}  // namespace mote
