// MaxRoiPool: y[r, c] = the greatest elements of x[batch, c] in the bins of the box rois[r].
//   in   x [n, channels, height, width], rois [r, 5] (batch, x1, y1, x2, y2, both corners inside): f32 f64
//        f16 bf16
//   out  y [r, channels, pooled_shape[0], pooled_shape[1]]
//   pooled_shape ints [2]; spatial_scale float = 1
// Corners are rounded, halves away from zero; bins overlap where they share an element; an empty bin gives 0.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, index_range.            Source: ONNX MaxRoiPool-22.
#include "sample.h"

namespace mote {
namespace {

struct Attrs { Span<const int64_t> pooled_shape; float spatial_scale; };
constexpr Attr attrs[] = {REQUIRED(Attrs, pooled_shape), ATTR(Attrs, spatial_scale, 1.0f)};

Status shape(Call& c) {
  const Span<const int64_t> pooled = c.attrs<Attrs>().pooled_shape;
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_rank(0, 4));
  TRY(c.want_rank(1, 2));
  TRY(c.want_dim(1, 1, 5));
  if (pooled.size != 2) return c.bad_attr("pooled_shape", pooled.size, 2);
  for (int64_t n : pooled)
    if (n < 1) return c.bad_attr("pooled_shape", n, "at least 1");
  const int64_t dims[4] = {known_rank(c.in(1)) ? c.in(1).dims[0] : c.fresh(),
                           known_rank(c.in(0)) ? c.in(0).dims[1] : c.fresh(), pooled[0], pooled[1]};
  return c.set_dims(0, c.in(0).type, dims, 4);
}

struct Range { size_t begin, end; };

// Elements of one bin along an axis of n elements.
Range bin_of(double from, double to, double scale, int64_t bins, int64_t bin, int64_t n) {
  const auto round = [&](double v) {
    return __builtin_copysign(__builtin_floor(__builtin_fabs(v * scale) + 0.5), v * scale);
  };
  const double start = round(from), size = max(round(to) - start + 1, 1.0) / double(bins), limit = double(n);
  const auto clamp = [&](double v) { return size_t(v > 0 ? min(v, limit) : 0.0); };
  return {clamp(__builtin_floor(double(bin) * size) + start),
          clamp(__builtin_ceil(double(bin + 1) * size) + start)};
}

}  // namespace

constinit const Op op_max_roi_pool = {.in = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_max_roi_pool(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &rois = c.in(1);
  Value& y = c.out(0);
  const size_t channels = size_t(x.dims[1]), width = size_t(x.dims[3]), boxes = size_t(rois.dims[0]);
  const double scale = double(a.spatial_scale);
  size_t to = 0;
  for (size_t r = 0; r < boxes; ++r) {
    double box[5];
    load_reals(rois.type, rois.as<char>() + r * 5 * size_of(rois.type), 1, 5, box);
    if (!(box[0] >= 0 && box[0] < double(x.dims[0])))
      return c.fail(Status::index_range, box[0] > -1e9 && box[0] < 1e9 ? int64_t(box[0]) : -1, 0, x.dims[0]);
    for (size_t k = 0; k < channels; ++k)
      for (int64_t i = 0; i < a.pooled_shape[0]; ++i)
        for (int64_t j = 0; j < a.pooled_shape[1]; ++j, ++to) {
          const Range rows = bin_of(box[2], box[4], scale, a.pooled_shape[0], i, x.dims[2]);
          const Range columns = bin_of(box[1], box[3], scale, a.pooled_shape[1], j, x.dims[3]);
          const size_t plane = (size_t(box[0]) * channels + k) * size_t(x.dims[2]) * width;
          bool any = false;
          double best = 0;
          for (size_t h = rows.begin; h < rows.end; ++h)
            for (size_t w = columns.begin; w < columns.end; ++w) {
              const double v = element_at(x, plane + h * width + w);
              if (!any || v > best || v != v) best = v;
              any = true;
            }
          put_element(y, to, best);
        }
  }
  return Status::ok;
}

}  // namespace mote
