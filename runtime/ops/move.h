// What operators that only move data share: shapes and axes given as inputs, copies of blocks.
#pragma once
#include "../op.h"
#include "../walk.h"

namespace mote {

// Input i is a 1-D tensor of `set`. `length` gets its number of elements, or -1 where that is not known.
Status want_vector(const Call& c, unsigned i, Types set, int& length);
// Reads a known shape: rank_limit where it has more than max_rank elements, bad_value where one is below
// `least`.
Status read_dims(const Call& c, unsigned i, int64_t least, int64_t* out, int& n);
// Reads known axes of a tensor of `rank`, normalised: bad_axis, and bad_value where one comes twice.
Status read_axes(const Call& c, unsigned i, int rank, int* out, int& n);

// Copies one block. Elements of the usual sizes skip the call of memcpy.
inline void copy_block(char* to, const char* from, size_t bytes) {
  if (bytes == 4) __builtin_memcpy(to, from, 4);
  else if (bytes == 8) __builtin_memcpy(to, from, 8);
  else memcpy(to, from, bytes);
}

// Starts a walk and copies its rows: operand 0 is y, operand 1 is x, of one type.
void copy_walk(Walk<2>& w, Value& y, const Value& x);

// Copies n blocks of `bytes` each from where index [n] says.
void copy_blocks(char* to, const char* from, const size_t* index, size_t n, size_t bytes);

// Where a tuple of k indices points in dims [k], counted in slices: index_range where one is outside [-d, d).
Status tuple_at(const Call& c, const int64_t* dims, int k, const int64_t* tuple, size_t& at);

// n elements of `bytes` each get the value at `from`.
void fill(char* to, const char* from, size_t n, size_t bytes);

}  // namespace mote
