// CropAndResize: parts of images, resized to one size, the corners of a part on those of the result.
//   in   x [n, channels, height, width], rois [k, 4]: (y1, x1, y2, x2), 0 and 1 are the outermost elements;
//        f32 f64 f16, of one type;
//        batch_indices i32 [k]; crop_size i32 [2]: height and width, at least 1
//   out  y [k, channels, crop height, crop width]
//   mode string = "bilinear", "nearest" (half up); extrapolation_value float = 0: of what lies outside of x
// A size of 1 takes the middle. Positions are computed in float32, values in double. A position that is no
//   number lies outside.
// Errors: bad_attribute, bad_type, bad_rank, bad_shape, bad_value, index_range.            Source:
//   onnxruntime, com.microsoft 1.
#include "../element.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs {
  Text mode;
  float extrapolation_value;
};
constexpr Attr attrs[] = {ATTR(Attrs, mode, "bilinear"), ATTR(Attrs, extrapolation_value)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &rois = c.in(1);
  TRY(c.want_type(0, types(Type::f32, Type::f64, Type::f16)));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_type(2, types(Type::i32)));
  TRY(c.want_type(3, types(Type::i32)));
  TRY(c.want_rank(0, 4));
  TRY(c.want_rank(1, 2));
  TRY(c.want_dim(1, 1, 4));
  TRY(c.want_rank(2, 1));
  TRY(c.want_rank(3, 1));
  TRY(c.want_dim(3, 0, 2));
  if (!(a.mode == "bilinear") && !(a.mode == "nearest"))
    return c.bad_attr("mode", a.mode, "bilinear or nearest");
  int64_t dims[4] = {c.fresh(), known_rank(x) ? x.dims[1] : c.fresh(), c.fresh(), c.fresh()};
  if (known_rank(rois)) dims[0] = rois.dims[0];
  TRY(c.want_dim(2, 0, dims[0]));
  for (int i = 0; c.known(3) && i < 2; ++i) {
    dims[2 + i] = c.in(3).as<int32_t>()[i];
    if (dims[2 + i] < 1) return c.fail_in(3, Status::bad_value, dims[2 + i], "at least 1");
  }
  return c.set_dims(0, x.type, dims, 4);
}

// Where element i of n lies on an axis of `size` elements, between the ends of a part; outside: false.
bool place(float first, float last, int64_t i, int64_t n, int64_t size, float& at) {
  const float most = float(size - 1);
  if (n == 1) at = 0.5f * (first + last) * most;
  else at = i == n - 1 ? last * most : first * most + float(i) * ((last - first) * most / float(n - 1));
  return at >= 0 && at <= most;
}

}  // namespace

constinit const Op op_ms_crop_and_resize = {
    .in = {4, 4}, ATTRS(Attrs, attrs), .shape = shape, .reads = 1 << 3};

Status run_ms_crop_and_resize(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &rois = c.in(1), &y = c.out(0);
  const int64_t channels = x.dims[1], height = x.dims[2], width = x.dims[3];
  const bool nearest = a.mode == "nearest";
  for (int64_t k = 0; k < y.dims[0]; ++k) {
    const int64_t image = c.in(2).as<int32_t>()[k];
    if (image < 0 || image >= x.dims[0]) return c.fail(Status::index_range, image, 0, x.dims[0]);
    float roi[4];
    for (size_t i = 0; i < 4; ++i) roi[i] = float(element_at(rois, size_t(k) * 4 + i));
    for (int64_t i = 0; i < y.dims[2]; ++i)
      for (int64_t j = 0; j < y.dims[3]; ++j) {
        float v = 0, u = 0;
        bool inside = place(roi[0], roi[2], i, y.dims[2], height, v);
        inside = place(roi[1], roi[3], j, y.dims[3], width, u) && inside;
        if (nearest) v = __builtin_floorf(v + 0.5f), u = __builtin_floorf(u + 0.5f);
        const int64_t top = inside ? int64_t(v) : 0, left = inside ? int64_t(u) : 0;
        const int64_t bottom = min(top + 1, height - 1), right = min(left + 1, width - 1);
        const double down = double(v - float(top)), over = double(u - float(left));
        for (int64_t q = 0; q < channels; ++q) {
          const size_t plane = size_t((image * channels + q) * height);
          const auto at = [&](int64_t row, int64_t column) {
            return element_at(x, (plane + size_t(row)) * size_t(width) + size_t(column));
          };
          double value = double(a.extrapolation_value);
          if (inside && nearest) value = at(top, left);
          else if (inside) {
            const double above = at(top, left) + (at(top, right) - at(top, left)) * over;
            const double below = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * over;
            value = above + (below - above) * down;
          }
          put_element(y, size_t(((k * channels + q) * y.dims[2] + i) * y.dims[3] + j), value);
        }
      }
  }
  return Status::ok;
}

}  // namespace mote
