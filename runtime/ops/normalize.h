// Normalisations over the last axes or over groups of channels: what LayerNormalization, RMSNormalization and
// their relatives of com.microsoft share, and what InstanceNormalization and GroupNormalization share.
#pragma once
#include "binary.h"

namespace mote {

constexpr unsigned no_output = 99;

// y = (x - mean) / sqrt(variance + epsilon) * scale + bias over the axes from `axis` on; rms: without the
// mean, by the mean of the squares.
struct LayerNorm {
  Value x, y, scale, bias;  // bias: without data where there is none
  int axis;
  double epsilon;
  bool rms = false;
  // outputs that get the mean and 1 / sqrt(variance + epsilon)
  unsigned mean_out = no_output, inverse_out = no_output;
};
Status layer_normalize(Call& c, const LayerNorm& n);
// Input i broadcasts to x, and not x to it.
Status broadcasts(const Call& c, unsigned i, const Value& x);
// An axis in [-rank, rank].
Status norm_axis(const Call& c, int64_t given, int rank, int& axis);
// Outputs o of one element for each row that is normalised.
Status set_statistics(Call& c, unsigned o, Type type, const Value& x, int axis);

// RMSNormalization; the older SimplifiedLayerNormalization has output 1: 1 / the root, f32, or f64 for
// float64.
struct RmsAttrs { int64_t axis; float epsilon; int64_t stash_type; };
inline constexpr Attr rms_attrs[] = {ATTR(RmsAttrs, axis, -1), ATTR(RmsAttrs, epsilon, 1e-5f),
                                     ATTR(RmsAttrs, stash_type, 1)};
Status rms_norm_shape(Call& c);
Status rms_norm_run(Call& c);

// Of com.microsoft: the normalisation of x + skip + bias over the last axis.
//   in   x [b, s, h] or [s, h], skip broadcast to it, gamma [h], beta [h] (optional; not with rms), bias [h]
//        (optional)
//   out  y, mean, inv_std_var [..., 1] f32, the sum; all but y optional
struct SkipAttrs { float epsilon; };
inline constexpr Attr skip_attrs[] = {ATTR(SkipAttrs, epsilon, 1e-12f)};
Status skip_norm_shape(Call& c);
Status skip_norm_run(Call& c, bool rms);

// x [n, channels, d...], scale and bias [channels]: each of `groups` groups of channels by itself.
Status group_norm_shape(Call& c);
Status group_normalize(Call& c, size_t groups, double epsilon);

}  // namespace mote
