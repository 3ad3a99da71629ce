// RoiAlign: y[r, c] = x[batch_indices[r], c] pooled over the box rois[r], from samples between elements.
//   in   x [n, channels, height, width], rois [r, 4] (x1, y1, x2, y2): f32 f64 f16 bf16; batch_indices i64
//        [r]
//   out  y [r, channels, output_height, output_width]
//   mode avg | max: of the samples of a bin, the mean or the greatest weighted corner of any; spatial_scale
//     float = 1
//   sampling_ratio int = 0: samples a bin and axis; 0: as many as elements, rounded up
//   coordinate_transformation_mode half_pixel | output_half_pixel (boxes are not shifted by 1/2, and at least
//     1 wide)
// Computed in double. A sample more than one element outside counts as 0.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, index_range.            Source: ONNX RoiAlign-22.
#include "sample.h"

namespace mote {
namespace {

struct Attrs {
  Text coordinate_transformation_mode, mode;
  int64_t output_height, output_width, sampling_ratio;
  float spatial_scale;
};
constexpr Attr attrs[] = {ATTR(Attrs, coordinate_transformation_mode, "half_pixel"),
                          ATTR(Attrs, mode, "avg"),
                          ATTR(Attrs, output_height, 1),
                          ATTR(Attrs, output_width, 1),
                          ATTR(Attrs, sampling_ratio),
                          ATTR(Attrs, spatial_scale, 1.0f)};
constexpr int64_t most_samples = 4096;  // a bin and axis: keeps a hostile model from running for ever

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  TRY(c.want_type(0, float_types));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_type(2, types(Type::i64)));
  TRY(c.want_rank(0, 4));
  TRY(c.want_rank(1, 2));
  TRY(c.want_dim(1, 1, 4));
  TRY(c.want_rank(2, 1));
  if (!(a.mode == "avg" || a.mode == "max")) return c.bad_attr("mode", a.mode, "avg or max");
  if (!(a.coordinate_transformation_mode == "half_pixel" ||
        a.coordinate_transformation_mode == "output_half_pixel"))
    return c.bad_attr("coordinate_transformation_mode", a.coordinate_transformation_mode,
                      "half_pixel or output_half_pixel");
  if (a.output_height < 1) return c.bad_attr("output_height", a.output_height, "at least 1");
  if (a.output_width < 1) return c.bad_attr("output_width", a.output_width, "at least 1");
  if (a.sampling_ratio < 0 || a.sampling_ratio > most_samples)
    return c.bad_attr("sampling_ratio", a.sampling_ratio, "0 to 4096");
  const Value &x = c.in(0), &rois = c.in(1), &batch = c.in(2);
  const int64_t boxes = known_rank(rois) ? rois.dims[0] : known_rank(batch) ? batch.dims[0] : c.fresh();
  TRY(c.want_dim(2, 0, boxes));
  const int64_t dims[4] = {boxes, known_rank(x) ? x.dims[1] : c.fresh(), a.output_height, a.output_width};
  return c.set_dims(0, x.type, dims, 4);
}

// Samples along one axis of one bin.
struct Line {
  double first, step;
  int64_t begin, samples;  // those before `begin` lie outside
};
Line make_line(double start, double length, int64_t bins, int64_t bin, int64_t ratio) {
  const double size = length / double(bins);
  Line l = {0, 0, 0, ratio};
  if (!ratio) l.samples = size > 0 ? int64_t(min(__builtin_ceil(size), 1e9)) : 0;
  l.step = size / double(max(l.samples, int64_t(1)));
  l.first = start + double(bin) * size + 0.5 * l.step;
  if (!(__builtin_fabs(l.first) < 1e15)) l.begin = l.samples;
  else if (l.first < -1 && l.step > 0)
    l.begin = int64_t(min(double(l.samples), __builtin_floor((-1 - l.first) / l.step)));
  return l;
}

// The two elements around y and the weight of the second; false where it lies outside.
bool between(double y, int64_t n, size_t& low, size_t& high, double& weight) {
  if (!(y >= -1 && y <= double(n)) || !n) return false;
  y = max(y, 0.0);
  low = size_t(y);
  weight = y - double(low);
  if (low >= size_t(n) - 1) {
    low = size_t(n) - 1;
    weight = 0;
  }
  high = min(low + 1, size_t(n) - 1);
  return true;
}

struct Bin { Line rows, columns; size_t image; bool greatest; };

// Sums or maxima of every channel; what is still to come counts as 0 where a sample lies outside.
void pool(const Value& x, const Bin& b, double* values) {
  const size_t channels = size_t(x.dims[1]), width = size_t(x.dims[3]), plane = size_t(x.dims[2]) * width;
  const double height = double(x.dims[2]);
  bool first = true, outside = b.rows.begin || b.columns.begin;
  for (size_t k = 0; k < channels; ++k) values[k] = 0;
  for (int64_t i = b.rows.begin; i < b.rows.samples; ++i) {
    const double row = b.rows.first + double(i) * b.rows.step;
    if (b.rows.step > 0 && row > height) { outside = true; break; }
    for (int64_t j = b.columns.begin; j < b.columns.samples; ++j) {
      const double column = b.columns.first + double(j) * b.columns.step;
      if (b.columns.step > 0 && column > double(width)) { outside = true; break; }
      size_t y0, y1, x0, x1;
      double v, h;
      if (!between(row, x.dims[2], y0, y1, v) || !between(column, x.dims[3], x0, x1, h)) {
        outside = true;
        continue;
      }
      for (size_t k = 0; k < channels; ++k) {
        const size_t at = (b.image * channels + k) * plane;
        const double p[4] = {(1 - v) * (1 - h) * element_at(x, at + y0 * width + x0),
                             (1 - v) * h * element_at(x, at + y0 * width + x1),
                             v * (1 - h) * element_at(x, at + y1 * width + x0),
                             v * h * element_at(x, at + y1 * width + x1)};
        if (!b.greatest) { values[k] += p[0] + p[1] + p[2] + p[3]; continue; }
        const double most = max(max(p[0], p[1]), max(p[2], p[3]));
        if (first || most > values[k]) values[k] = most;
      }
      first = false;
    }
  }
  for (size_t k = 0; k < channels && b.greatest && outside; ++k) values[k] = max(values[k], 0.0);
}

}  // namespace

constinit const Op op_roi_align = {.in = {3, 3}, ATTRS(Attrs, attrs), .shape = shape};

Status run_roi_align(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &rois = c.in(1);
  Value& y = c.out(0);
  const size_t channels = size_t(x.dims[1]), boxes = size_t(rois.dims[0]), pixels = product(y, 2, 4);
  auto* values = c.scratch_of<double>(channels);
  if (!values) return c.no_memory(channels * 8);
  const bool half = a.coordinate_transformation_mode == "half_pixel";
  for (size_t r = 0; r < boxes && channels; ++r) {
    const int64_t image = c.in(2).as<int64_t>()[r];
    if (image < 0 || image >= x.dims[0]) return c.fail(Status::index_range, image, 0, x.dims[0]);
    double start[2], length[2];  // along width, height
    for (size_t d = 0; d < 2; ++d) {
      start[d] = element_at(rois, r * 4 + d) * double(a.spatial_scale) - (half ? 0.5 : 0);
      length[d] = element_at(rois, r * 4 + d + 2) * double(a.spatial_scale) - (half ? 0.5 : 0) - start[d];
      if (!half) length[d] = max(length[d], 1.0);
    }
    for (int64_t i = 0; i < a.output_height; ++i)
      for (int64_t j = 0; j < a.output_width; ++j) {
        const Bin b = {make_line(start[1], length[1], a.output_height, i, a.sampling_ratio),
                       make_line(start[0], length[0], a.output_width, j, a.sampling_ratio), size_t(image),
                       a.mode == "max"};
        pool(x, b, values);
        const double samples = b.greatest ? 1 : max(1.0, double(b.rows.samples) * double(b.columns.samples));
        for (size_t k = 0; k < channels; ++k)
          put_element(y, (r * channels + k) * pixels + size_t(i * a.output_width + j), values[k] / samples);
      }
  }
  return Status::ok;
}

}  // namespace mote
