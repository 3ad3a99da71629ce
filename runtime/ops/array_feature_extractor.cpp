// ArrayFeatureExtractor: z[..., j] = x[..., y[j]].
//   in   x [..., d] f32 f64 i64 i32 str, y i64 of at least one element        out  [..., count of y]; [1,
//        count of y] of a 1-D x
// Errors: index_range, bad_type, bad_rank, bad_shape.            Source: ai.onnx.ml ArrayFeatureExtractor-1.
#include "ml.h"
#include "move.h"

namespace mote { namespace {

Status shape(Call& c) {
  const Value &x = c.in(0), &y = c.in(1);
  TRY(c.want_type(0, ml_types | types(Type::str)));
  TRY(c.want_type(1, types(Type::i64)));
  TRY(c.want_min_rank(0, 1));
  if (concrete(y) && !count(y)) return c.fail_in(1, Status::bad_shape, Arg::dims(y), "at least one index");
  if (!known_rank(x)) return c.set(0, x.type), Status::ok;
  int64_t dims[max_rank] = {1};
  const int rank = max(int(x.rank), 2);
  for (int i = 0; i + 1 < x.rank; ++i) dims[i] = x.dims[i];
  dims[rank - 1] = concrete(y) ? int64_t(count(y)) : c.fresh();
  return c.set_dims(0, x.type, dims, rank);
}

}  // namespace
constinit const Op op_array_feature_extractor = {.in = {2, 2}, .shape = shape};

Status run_array_feature_extractor(Call& c) {
  const Value& x = c.in(0);
  const size_t bytes = size_of(x.type), d = size_t(x.dims[x.rank - 1]), outer = product(x, 0, x.rank - 1),
               n = count(c.in(1));
  char* to = c.out(0).as<char>();
  for (size_t j = 0; j < n; ++j)
    if (const int64_t k = c.in(1).as<int64_t>()[j]; k < 0 || size_t(k) >= d)
      return c.fail(Status::index_range, k, 0, d);
  for (size_t o = 0; o < outer; ++o)
    for (size_t j = 0; j < n; ++j, to += bytes)
      copy_block(to, x.as<char>() + (o * d + size_t(c.in(1).as<int64_t>()[j])) * bytes, bytes);
  return Status::ok;
}

}  // namespace mote
