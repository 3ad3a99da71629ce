// ZipMap: every row as a map from the labels to its numbers.
//   in   f32 [N, C] or [C]        out  sequence of N maps
//   classlabels_strings or classlabels_int64s: C labels
// Errors: bad_attribute, bad_type, bad_rank, bad_shape.            Source: ai.onnx.ml ZipMap-1.
#include "ml.h"
#include "sequence.h"

namespace mote { namespace {

struct Attrs {
  Span<const int64_t> classlabels_int64s;
  Span<const Text> classlabels_strings;
};
constexpr Attr attrs[] = {ATTR(Attrs, classlabels_int64s), ATTR(Attrs, classlabels_strings)};

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Labels labels{a.classlabels_int64s, a.classlabels_strings};
  TRY(want_rows(c, types(Type::f32)));
  TRY(want_labels(c, labels));
  if (known_rank(c.in(0))) TRY(c.want_dim(0, c.in(0).rank - 1, labels.size()));
  return set_sequence(c, 0, Type::f32), Status::ok;
}

Status begin(Call& c, Frame& f) {
  const Attrs& a = c.attrs<Attrs>();
  const Value keys = a.classlabels_strings ? list_of(a.classlabels_strings) : list_of(a.classlabels_int64s);
  const Rows rows = rows_of(c.in(0));
  TRY(make_sequence(c, f, 0, Type::f32, rows.n));
  for (size_t r = 0; r < rows.n; ++r) {
    Value parts[2] = {keys, keys}, map;
    parts[1].type = Type::f32;
    parts[1].data = c.ins[0]->as<float>() + r * rows.features;
    parts[1].bytes = rows.features * 4;
    map.type = Type::f32;
    map.kind = Kind::map;
    map.data = parts;
    map.bytes = sizeof parts;
    TRY(keep(f, map, c.out(0).as<Value>()[r]));
  }
  return Status::ok;
}

constexpr Control control = {.begin = begin};

}  // namespace
constinit const Op op_zip_map = {ATTRS(Attrs, attrs), .shape = shape, .flags = holds, .control = &control};
}  // namespace mote
