// NonMaxSuppression: boxes in the order of their scores, without those that overlap a chosen one too much.
//   in   boxes f32 [batches, n, 4]; scores f32 [batches, classes, n]; max_output_boxes_per_class i64 (0: none
//        at all),
//        iou_threshold f32 = 0, score_threshold f32, scalars or [1], all optional
//   out  i64 [how many, 3]: batch, class, box
//   center_point_box int = 0: a box is two corners [y1, x1, y2, x2] in any order; 1: [x, y, width, height]
//     around its centre
// A box is left out where its area in common with a chosen one is more than iou_threshold of their union. Of
// equal scores the lower index comes first; a box with a NaN for its score is never chosen.
// Errors: bad_type, bad_rank, bad_shape, bad_value.            Source: ONNX NonMaxSuppression-11.
#include "../element.h"
#include "order.h"

namespace mote {
namespace {

struct Attrs { int64_t center_point_box; };
constexpr Attr attrs[] = {ATTR(Attrs, center_point_box)};

Status shape(Call& c) {
  const int64_t form = c.attrs<Attrs>().center_point_box;
  if (form != 0 && form != 1) return c.bad_attr("center_point_box", form, "0 or 1");
  for (unsigned i = 0; i < 5; ++i) TRY(c.want_type(i, types(i == 2 ? Type::i64 : Type::f32)));
  TRY(c.want_rank(0, 3));
  TRY(c.want_rank(1, 3));
  TRY(c.want_dim(0, 2, 4));
  if (known_rank(c.in(0))) {
    TRY(c.want_dim(1, 0, c.in(0).dims[0]));
    TRY(c.want_dim(1, 2, c.in(0).dims[1]));
  }
  for (unsigned i = 2; i < 5; ++i)
    if (c.has_in(i) && concrete(c.in(i)) && count(c.in(i)) != 1)
      return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "one element");
  const int64_t dims[2] = {c.fresh(), 3};
  return c.set_dims(0, Type::i64, dims, 2);
}

struct Box { float low[2], high[2], area; };

Box read_box(const float* b, bool center) {
  Box box;
  for (int d = 0; d < 2; ++d) {
    const float p = center ? b[d] - b[d + 2] / 2 : b[d], q = center ? b[d] + b[d + 2] / 2 : b[d + 2];
    box.low[d] = min(p, q);
    box.high[d] = max(p, q);
  }
  box.area = (box.high[0] - box.low[0]) * (box.high[1] - box.low[1]);
  return box;
}

bool overlap(const Box& a, const Box& b, float threshold) {
  float common = 1;
  for (int d = 0; d < 2; ++d) common *= max(0.0f, min(a.high[d], b.high[d]) - max(a.low[d], b.low[d]));
  return common > 0 && common / (a.area + b.area - common) > threshold;
}

bool before(const void* context, size_t a, size_t b) {
  const float* scores = static_cast<const float*>(context);
  return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
}

struct Limits { size_t most; float overlap, score; };

// The chosen boxes by where they begin along axis 1: strips of equal width, so that a box meets only those
// that may reach it. Boxes of many classes that were moved apart to be suppressed in one go (ssdlite320:
// 6,000 of 20 classes, half of them chosen) meet those of their own class. One strip where a box is not
// finite.
struct Strips {
  static constexpr size_t most = 128;
  float from = 0, per_strip = 0;  // strips a unit of length
  size_t first[most];             // number of its last chosen box + 1; 0: none
  float reach[most];              // the greatest end of its boxes
  void make(const Box* boxes, size_t n) {
    float low = __builtin_inff(), high = -__builtin_inff();
    bool finite = true;
    for (size_t i = 0; i < n; ++i) {
      low = min(low, boxes[i].low[1]);
      high = max(high, boxes[i].high[1]);
      finite = finite && boxes[i].high[1] - boxes[i].low[1] < __builtin_inff();
    }
    const float width = high - low;
    from = low;
    per_strip = finite && width > 0 && width < __builtin_inff() ? float(most - 1) / width : 0;
    if (!(per_strip < __builtin_inff())) per_strip = 0;
  }
  // Of a place within [from, from + width]; not falling in x.
  size_t of(float x) const { return per_strip > 0 ? min(size_t((x - from) * per_strip), most - 1) : 0; }
};

// Boxes of one class, into `chosen`; gives how many. next [n]: of a chosen box, the one before it in its
// strip.
size_t choose(const Box* boxes, const float* scores, size_t n, const Limits& l, Strips& strips, size_t* order,
              size_t* chosen, size_t* next) {
  size_t candidates = 0, found = 0;
  for (size_t i = 0; i < n; ++i)
    if (scores[i] > l.score || (scores[i] == l.score && l.score == -__builtin_inff()))
      order[candidates++] = i;
  sort(order, candidates, before, scores);
  for (size_t s = 0; s < strips.most; ++s) {
    strips.first[s] = 0;
    strips.reach[s] = -__builtin_inff();
  }
  for (size_t i = 0; i < candidates && found < l.most; ++i) {
    const Box& box = boxes[order[i]];
    const size_t strip = strips.of(box.low[1]), last = strips.of(box.high[1]);
    bool free = true;
    for (size_t s = 0; s <= last && free; ++s) {
      if (strips.reach[s] < box.low[1]) continue;
      for (size_t k = strips.first[s]; k && free; k = next[k - 1])
        free = !overlap(box, boxes[chosen[k - 1]], l.overlap);
    }
    if (!free) continue;
    next[found] = strips.first[strip];
    chosen[found++] = order[i];
    strips.first[strip] = found;
    // A NaN, of which there is only one strip, is reached by all.
    if (!(box.high[1] <= strips.reach[strip]))
      strips.reach[strip] = box.high[1] == box.high[1] ? box.high[1] : __builtin_inff();
  }
  return found;
}

}  // namespace

constinit const Op op_non_max_suppression = {
    .in = {2, 5}, ATTRS(Attrs, attrs), .shape = shape, .flags = gives};

Status run_non_max_suppression(Call& c) {
  const Value &boxes = c.in(0), &scores = c.in(1);
  const size_t batches = size_t(boxes.dims[0]), n = size_t(boxes.dims[1]), classes = size_t(scores.dims[1]);
  const int64_t most = c.has_in(2) ? *c.in(2).as<int64_t>() : 0;
  Limits l = {most < 0 ? 0 : uint64_t(most) > n ? n : size_t(most), 0, -__builtin_inff()};
  if (c.has_in(3)) l.overlap = *c.in(3).as<float>();
  if (c.has_in(4)) l.score = *c.in(4).as<float>();
  if (!(l.overlap >= 0 && l.overlap <= 1))
    return c.fail_in(3, Status::bad_value, "a number outside", "an overlap in [0, 1]");
  const size_t rows = batches * classes;
  auto* parsed = c.scratch_of<Box>(n);
  auto* order = c.scratch_of<size_t>(n);
  auto* next = c.scratch_of<size_t>(n);
  auto* strips = c.scratch_of<Strips>(1);
  auto* counts = c.scratch_of<size_t>(rows);
  auto* chosen = l.most <= size_t(-1) / max(rows, size_t(1)) ? c.scratch_of<size_t>(rows * l.most) : nullptr;
  if (!parsed || !order || !next || !strips || !counts || !chosen) return c.no_memory(n * sizeof(Box));
  int64_t total[2] = {0, 3};
  for (size_t b = 0; b < batches; ++b) {
    for (size_t i = 0; i < n; ++i)
      parsed[i] = read_box(boxes.as<float>() + (b * n + i) * 4, c.attrs<Attrs>().center_point_box != 0);
    strips->make(parsed, n);
    for (size_t r = b * classes; r < (b + 1) * classes; ++r) {
      counts[r] = choose(parsed, scores.as<float>() + r * n, n, l, *strips, order, chosen + r * l.most, next);
      total[0] += int64_t(counts[r]);
    }
  }
  TRY(c.give(0, total, 2));
  int64_t* to = c.out(0).as<int64_t>();
  for (size_t r = 0; r < rows; ++r)
    for (size_t i = 0; i < counts[r]; ++i) {
      *to++ = int64_t(r / classes);
      *to++ = int64_t(r % classes);
      *to++ = int64_t(chosen[r * l.most + i]);
    }
  return Status::ok;
}

}  // namespace mote
