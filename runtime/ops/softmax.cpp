// Softmax: y = exp(x - max x) / sum exp(x - max x), along `axis`.
//   in   x [d0, ..., dn-1]  f32 f64 f16 bf16        out  y  same shape and type
//   axis int = -1, in [-n, n)
// f32: at most 4 + |x - max x| ulp (the difference is rounded); others through double. A NaN or +inf in a
// row makes that row NaN, so does a row of nothing but -inf.
// May run in place: a row is read before it is written.
// Errors: bad_type, bad_axis.            Source: ONNX Softmax-13.
#include "../element.h"
#include "../kernels.h"
#include "../math.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs { int64_t axis; };
constexpr Attr attrs[] = {ATTR(Attrs, axis, -1)};

Status shape(Call& c) {
  TRY(c.want_type(0, float_types));
  const Value& x = c.in(0);
  int axis;
  if (known_rank(x) && x.rank) TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  c.like(0, x);
  return Status::ok;
}

// One row of n elements, `stride` apart, in doubles.
[[gnu::noinline]] void generic_row(Type t, void* y, const void* x, int64_t stride, size_t n, double* row) {
  load_reals(t, x, stride, n, row);
  double greatest = row[0], sum = 0;
  for (size_t i = 1; i < n; ++i)
    if (row[i] > greatest) greatest = row[i];  // a NaN is not seen here; the sum carries it on
  for (size_t i = 0; i < n; ++i) sum += row[i] = math::exp(row[i] - greatest);
  for (size_t i = 0; i < n; ++i) row[i] /= sum;
  store_reals(t, y, stride, n, row);
}

}  // namespace

constinit const Op op_softmax = {ATTRS(Attrs, attrs), .shape = shape, .flags = inplace};

Status run_softmax(Call& c) {
  const Value& x = c.in(0);
  int axis = 0;
  if (x.rank) TRY(normalize_axis(c, c.attrs<Attrs>().axis, x.rank, axis));
  const size_t n = x.rank ? size_t(x.dims[axis]) : 1;
  const size_t outer = product(x, 0, axis), inner = product(x, axis + 1, x.rank);
  if (!n) return Status::ok;
  char *to = c.out(0).as<char>(), *from = const_cast<char*>(x.as<char>());
  const size_t size = size_of(x.type);
  if (x.type == Type::f32) {
    for (size_t i = 0; i < outer; ++i)
      for (size_t j = 0; j < inner; j += inner == 1 ? 1 : 4) {
        const size_t at = i * n * inner + j;
        float* y = reinterpret_cast<float*>(to) + at;
        const float* row = reinterpret_cast<const float*>(from) + at;
        if (inner == 1) row_softmax_f32(y, row, n);
        else columns_softmax_f32(y, row, n, inner, unsigned(min(inner - j, size_t(4))));
      }
    return Status::ok;
  }
  double* row = c.scratch_of<double>(n);
  if (!row) return c.no_memory(n);
  for (size_t i = 0; i < outer; ++i)
    for (size_t j = 0; j < inner; ++j) {
      const size_t at = (i * n * inner + j) * size;
      generic_row(x.type, to + at, from + at, int64_t(inner), n, row);
    }
  return Status::ok;
}

}  // namespace mote
