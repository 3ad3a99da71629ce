// FeatureVectorizer: its inputs side by side as floats.
//   in   one or more of one type, f32 f64 i64 i32, [N, Ck] or [Ck] (one row)        out  f32 [N, sum of
//        inputdimensions]
//   inputdimensions ints: columns of each input; of a narrower one the rest is 0, of a wider one the first
// Errors: bad_attribute, bad_type, bad_rank, bad_shape.            Source: ai.onnx.ml FeatureVectorizer-1.
#include "ml.h"

namespace mote { namespace {

struct Attrs { Span<const int64_t> inputdimensions; };
constexpr Attr attrs[] = {ATTR(Attrs, inputdimensions)};

Status shape(Call& c) {
  const auto given = c.attrs<Attrs>().inputdimensions;
  if (given && given.size != c.n_in) return c.bad_attr("inputdimensions", given.size, int64_t(c.n_in));
  int64_t dims[2] = {-1, 0};
  for (unsigned i = 0; i < c.n_in; ++i) {
    if (!c.has_in(i)) return c.fail(Status::missing_input, i);
    const Value& v = c.in(i);
    TRY(c.want_type(i, ml_types));
    TRY(c.want_same_type(i, 0));
    TRY(c.want_min_rank(i, 1));
    if (v.rank > 2) return c.fail_in(i, Status::bad_rank, v.rank, "1 or 2");
    const int64_t rows = v.rank == 2   ? v.dims[0]
                         : v.rank == 1 ? 1
                                       : -1,
                  columns = v.rank > 0 ? v.dims[v.rank - 1] : c.fresh();
    if (rows >= 0 && dims[0] >= 0 && rows != dims[0])
      return c.fail_in(i, Status::bad_shape, Arg::dims(v), dims[0]);
    if (rows >= 0) dims[0] = rows;
    if (given && given[i] < 0)
      return c.bad_attr("inputdimensions", given[i], "numbers that are not negative");
    TRY(dim_add(c, dims[1], given ? given[i] : columns, dims[1]));
  }
  if (dims[0] < 0) dims[0] = c.fresh();
  return c.set_dims(0, Type::f32, dims, 2);
}

}  // namespace
constinit const Op op_feature_vectorizer = {.in = {1, many}, ATTRS(Attrs, attrs), .shape = shape};

Status run_feature_vectorizer(Call& c) {
  const auto given = c.attrs<Attrs>().inputdimensions;
  Value& y = c.out(0);
  const size_t width = size_t(y.dims[1]);
  memset(y.data, 0, size_t(y.bytes));
  size_t at = 0;
  for (unsigned i = 0; i < c.n_in; ++i) {
    const Value& x = c.in(i);
    const size_t columns = size_t(x.dims[x.rank - 1]), room = given ? size_t(given[i]) : columns;
    for (size_t r = 0; r < size_t(y.dims[0]); ++r)
      for (size_t k = 0; k < min(columns, room); ++k)
        y.as<float>()[r * width + at + k] = float(load_real(x.type, x.data, r * columns + k));
    at += room;
  }
  return Status::ok;
}

}  // namespace mote
