// From older opsets to opset 28. One table: a row says before which opset an operator meant something else, and how to say the
// same today. Rows of one operator stand in the order of opsets and are applied one after the other. Where a rank is not known,
// the rewriting emits Shape and Reshape nodes. Operators without a row have only ever been extended.
#include <cstring>

#include "rewrite.h"

namespace mote::compiler {
namespace {

Value* rank_of(Rewrite& r, Value* v) { return r.b.make("Shape", {r.b.make("Shape", {v})}); }  // int64 [1]

// Before 7, input 1 was laid along input 0 from `axis` on: give it the ones that today's broadcasting wants behind it.
Value* align(Rewrite& r, Value* a, Value* b, int64_t axis) {
  Value* ones_count;  // rank a - axis - rank b, [1]
  Value* minus = axis < 0 ? r.b.ints({-axis}) : r.b.make("Sub", {rank_of(r, a), r.b.ints({axis})});
  ones_count = r.b.make("Sub", {minus, rank_of(r, b)});
  Node* ones = r.b.node("ConstantOfShape", {ones_count});
  Attribute& one = ones->attrs.emplace_back();
  one.name = "value";
  one.tag = Attribute::tensor;
  one.t = r.b.ints({1})->constant;
  Node* shape = r.b.node("Concat", {r.b.make("Shape", {b}), ones->out[0]});
  shape->set("axis", int64_t(0));
  return r.b.make("Reshape", {b, shape->out[0]});
}

Status legacy_broadcast(Rewrite& r) {
  const Attribute* axis = r.n.find("axis");
  if (r.n.integer("broadcast", 0) && axis && r.in(0) && r.in(1)) r.n.in[1] = align(r, r.in(0), r.in(1), axis->i);
  r.n.drop("axis");
  r.n.drop("broadcast");
  return Status::ok;
}

Status drop_broadcast(Rewrite& r) {
  r.n.drop("broadcast");
  return Status::ok;
}

Status channel_slope(Rewrite& r) {  // PRelu: one slope a channel
  if (!r.in(0) || !r.in(1)) return Status::ok;
  if (!(r.in(1)->constant && element_count(r.in(1)->constant->dims) == 1)) r.n.in[1] = align(r, r.in(0), r.in(1), 1);
  return Status::ok;
}

// Softmax and its like worked on the input flattened to two dimensions at `axis`.
Status flattened(Rewrite& r) {
  int64_t axis = r.n.integer("axis", 1);
  r.n.set("axis", int64_t(-1));
  if (axis == -1 || !r.in(0)) return Status::ok;
  Value* x = r.in(0);
  Node* flat = r.b.node("Flatten", {x});
  flat->set("axis", axis);
  r.n.in[0] = flat->out[0];
  r.then("Reshape", {r.b.make("Shape", {x})});
  return Status::ok;
}

Status axes_input(Rewrite& r) {
  r.ints_to_input("axes", 1);
  return Status::ok;
}

Status clip(Rewrite& r) {
  constexpr float largest = 3.4028234663852886e38f;
  const Type type = type_of(r.in(0));
  const Attribute* low = r.n.find("min");
  const Attribute* high = r.n.find("max");
  if (low && low->f > -largest) r.input(1, r.b.real(type, low->f));
  if (high && high->f < largest) r.input(2, r.b.real(type, high->f));
  r.n.drop("min");
  r.n.drop("max");
  return Status::ok;
}

Status pad(Rewrite& r) {
  r.rename("paddings", "pads");
  const float value = r.n.real("value", 0);
  r.ints_to_input("pads", 1);
  if (!r.in(1)) return r.refuse("pads are missing");
  if (value != 0) r.input(2, r.b.real(type_of(r.in(0)), value));
  r.n.drop("value");
  return Status::ok;
}

Status slice(Rewrite& r) {
  r.ints_to_input("starts", 1);
  r.ints_to_input("ends", 2);
  r.ints_to_input("axes", 3);
  if (!r.in(1) || !r.in(2)) return r.refuse("starts or ends are missing");
  return Status::ok;
}

Status top_k(Rewrite& r) {
  r.input(1, r.b.ints({r.n.integer("k", 1)}));
  r.n.drop("k");
  return Status::ok;
}

Status split_sizes(Rewrite& r) {
  if (!r.in(1)) r.ints_to_input("split", 1);
  r.n.drop("split");
  return Status::ok;
}

Status split_count(Rewrite& r) {
  if (!r.in(1)) r.n.set("num_outputs", int64_t(r.n.out.size()));
  return Status::ok;
}

Status dropout(Rewrite& r) {  // only ever run for inference
  const Attribute* ratio = r.n.find("ratio");
  if (ratio) r.input(1, r.b.real(Type::f32, ratio->f));
  r.n.drop("ratio");
  r.n.drop("is_test");
  return Status::ok;
}

Status batch_normalization(Rewrite& r) {
  r.n.drop("is_test");
  r.n.drop("consumed_inputs");
  const bool spatial = r.n.integer("spatial", 1) != 0;
  r.n.drop("spatial");
  while (r.n.out.size() > 1) r.n.out.pop_back();  // statistics of training
  if (spatial) return Status::ok;
  if (r.n.in.size() < 5) return r.refuse("inputs are missing");
  // One mean and variance for every feature: scale, bias, mean and variance have the shape of x without the batch.
  Value* epsilon = r.b.real(type_of(r.in(4)), r.n.real("epsilon", 1e-5f));
  Value* deviation = r.b.make("Sqrt", {r.b.make("Add", {r.in(4), epsilon})});
  Value* unit = r.b.make("Div", {r.b.make("Sub", {r.in(0), r.in(3)}), deviation});
  Value* scaled = r.b.make("Mul", {unit, r.in(1)});
  r.n.op = "Add";
  r.n.in = {scaled, r.in(2)};
  r.n.attrs.clear();
  return Status::ok;
}

Status reshape(Rewrite& r) {
  const Attribute* shape = r.n.find("shape");
  r.input(1, r.b.ints(shape ? shape->ints : std::vector<int64_t>{}));
  r.n.drop("shape");
  return Status::ok;
}

Status upsample_1(Rewrite& r) {
  r.n.set("scales", std::vector<float>{1, 1, r.n.real("height_scale", 1), r.n.real("width_scale", 1)});
  r.n.drop("height_scale");
  r.n.drop("width_scale");
  return Status::ok;
}

Status upsample_7(Rewrite& r) {
  const Attribute* scales = r.n.find("scales");
  if (!scales) return r.refuse("scales are missing");
  r.input(1, r.b.reals(scales->floats));
  r.n.drop("scales");
  return Status::ok;
}

// Upsample, and Resize of opset 10: y[i] = x[i / scale]; for nearest rounded down, or up where it makes smaller.
Status resize_10(Rewrite& r) {
  r.n.op = "Resize";
  const Attribute* mode = r.n.find("mode");
  if (mode && (mode->s == "bilinear" || mode->s == "trilinear")) r.n.set("mode", "linear");
  r.n.set("coordinate_transformation_mode", "asymmetric");
  std::vector<double> scales;
  bool smaller = false;
  if (held_reals(r.in(1), scales))
    for (const double s : scales) smaller = smaller || s < 1;
  r.n.set("nearest_mode", smaller ? "ceil" : "floor");
  r.n.in = {r.in(0), nullptr, r.in(1)};
  return Status::ok;
}

// tf_half_pixel_for_nn has gone: (i + 0.5) / scale, which is half_pixel plus a half. Rounding v = h + 0.5 down, or to the nearest
// with halves down, is rounding h to the nearest with halves up, or up.
Status resize_11(Rewrite& r) {
  const Attribute* mode = r.n.find("coordinate_transformation_mode");
  if (!mode || mode->s != "tf_half_pixel_for_nn") return Status::ok;
  const Attribute* kind = r.n.find("mode");
  const Attribute* nearest = r.n.find("nearest_mode");
  const bool halves_down = !nearest || nearest->s == "round_prefer_floor";
  if ((kind && kind->s != "nearest") || !(halves_down || nearest->s == "floor"))
    return r.refuse("tf_half_pixel_for_nn is supported only where it rounds to the nearest with halves down, or down");
  r.n.set("coordinate_transformation_mode", "half_pixel");
  r.n.set("nearest_mode", halves_down ? "ceil" : "round_prefer_ceil");
  return Status::ok;
}

// Empty roi and scales used to stand for absent ones.
Status resize_13(Rewrite& r) {
  for (size_t i = 1; i <= 2; ++i)
    if (Value* v = r.in(i); v && v->constant && element_count(v->constant->dims) == 0) r.n.in[i] = nullptr;
  while (!r.n.in.empty() && !r.n.in.back()) r.n.in.pop_back();
  return Status::ok;
}

Status cast_text(Rewrite& r) {
  const Attribute* to = r.n.find("to");
  if (!to || to->tag != Attribute::text) return Status::ok;
  static constexpr const char* names[] = {"UNDEFINED", "FLOAT", "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL",
                                          "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128"};
  for (size_t i = 1; i < sizeof names / sizeof *names; ++i) {
    if (to->s != names[i]) continue;
    r.n.set("to", int64_t(i));
    return Status::ok;
  }
  return r.refuse("the type to cast to is not known");
}

Status concat(Rewrite& r) {
  if (!r.n.find("axis")) r.n.set("axis", int64_t(1));
  return Status::ok;
}

Status recurrent(Rewrite& r) {  // both outputs are optional today
  r.n.drop("output_sequence");
  return Status::ok;
}

// Opset 8 had a batch axis in front of everything: an outer Scan walks it, and its body is today's Scan.
Status scan_8(Rewrite& r) {
  if (r.in(0)) return r.refuse("Scan of opset 8 with sequence_lens is not supported: convert the model to opset 9 or later");
  if (!r.n.in.empty()) r.n.in.erase(r.n.in.begin());
  r.rename("directions", "scan_input_directions");
  Model& m = r.b.model;
  Graph& batch = m.graphs.emplace_back();
  batch.parent = r.n.graph;
  Node* inner = m.node(&batch, "Scan");
  inner->name = r.n.name;
  inner->attrs = std::move(r.n.attrs);
  batch.nodes.push_back(inner);
  for (Attribute& a : inner->attrs)
    if (a.g) a.g->parent = &batch;
  for (size_t i = 0; i < r.n.in.size(); ++i) {
    batch.inputs.push_back(m.value(&batch, r.n.name + "/in" + std::to_string(i)));
    inner->in.push_back(batch.inputs.back());
  }
  for (size_t i = 0; i < r.n.out.size(); ++i) {
    Value* y = m.value(&batch, r.n.name + "/out" + std::to_string(i));
    y->producer = inner;
    y->is_output = true;
    inner->out.push_back(y);
    batch.outputs.push_back(y);
  }
  r.n.attrs.clear();
  r.n.set("num_scan_inputs", int64_t(r.n.in.size()));
  Attribute& body = r.n.attrs.emplace_back();
  body.name = "body";
  body.tag = Attribute::graph;
  body.g = &batch;
  return Status::ok;
}

Status p_norm(Rewrite& r) {
  const Attribute* p = r.n.find("p");
  if (p && p->tag == Attribute::real) r.n.set("p", int64_t(p->f));
  return Status::ok;
}

Status scatter(Rewrite& r) {
  r.n.op = "ScatterElements";
  return Status::ok;
}

Status dynamic_slice(Rewrite& r) {
  r.n.op = "Slice";
  return Status::ok;
}

Status tile_1(Rewrite& r) {  // (x, tiles, axis), one of each
  if (!r.in(0) || !r.in(1) || !r.in(2)) return r.refuse("inputs are missing");
  Value* ones = r.b.make("Expand", {r.b.scalar(1), rank_of(r, r.in(0))});
  const auto one = [&](Value* v) {
    Node* cast = r.b.node("Cast", {v});
    cast->set("to", int64_t(Type::i64));
    return r.b.make("Reshape", {cast->out[0], r.b.ints({1})});
  };
  Node* repeats = r.b.node("ScatterElements", {ones, one(r.in(2)), one(r.in(1))});
  repeats->set("axis", int64_t(0));
  r.n.in = {r.in(0), repeats->out[0]};
  return Status::ok;
}

Status roi_align(Rewrite& r) {
  if (!r.n.find("coordinate_transformation_mode")) r.n.set("coordinate_transformation_mode", "output_half_pixel");
  return Status::ok;
}

Status grid_sample(Rewrite& r) {
  const Attribute* mode = r.n.find("mode");
  if (mode && mode->s == "bilinear") r.n.set("mode", "linear");
  if (mode && mode->s == "bicubic") r.n.set("mode", "cubic");
  return Status::ok;
}

// Scale and bias had one number a group, now one a channel.
Status group_normalization(Rewrite& r) {
  const int64_t groups = r.n.integer("num_groups", 1);
  if (groups < 1 || !r.in(0)) return Status::ok;
  Node* channels = r.b.node("Shape", {r.in(0)});
  channels->set("start", int64_t(1));
  channels->set("end", int64_t(2));
  Node* shape = r.b.node("Concat", {r.b.ints({groups}), r.b.make("Div", {channels->out[0], r.b.ints({groups})})});
  shape->set("axis", int64_t(0));
  for (size_t i = 1; i <= 2; ++i) {
    if (!r.in(i)) continue;
    Value* column = r.b.make("Unsqueeze", {r.in(i), r.b.ints({1})});
    r.n.in[i] = r.b.make("Reshape", {r.b.make("Expand", {column, shape->out[0]}), r.b.ints({-1})});
  }
  return Status::ok;
}

Status dft(Rewrite& r) {
  r.input(2, r.b.scalar(r.n.integer("axis", 1)));
  r.n.drop("axis");
  return Status::ok;
}

Status label_encoder(Rewrite& r) {
  const Attribute* given = r.n.find("classes_strings");
  if (!given) return Status::ok;
  const Attribute classes = *given;
  std::vector<int64_t> numbers(classes.strings.size());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = int64_t(i);
  const bool from_text = type_of(r.in(0)) == Type::str;
  r.n.drop("classes_strings");
  Attribute& texts = r.n.attrs.emplace_back(classes);
  texts.name = from_text ? "keys_strings" : "values_strings";
  r.n.set(from_text ? "values_int64s" : "keys_int64s", std::move(numbers));
  return Status::ok;
}

struct Row {
  const char* op;
  int64_t before;  // the opset from which on nothing has to be done
  Status (*rewrite)(Rewrite&);
  const char* domain = "";
};

constexpr Row rows[] = {
  {"Add", 7, legacy_broadcast}, {"Sub", 7, legacy_broadcast}, {"Mul", 7, legacy_broadcast}, {"Div", 7, legacy_broadcast},
  {"Pow", 7, legacy_broadcast}, {"And", 7, legacy_broadcast}, {"Or", 7, legacy_broadcast}, {"Xor", 7, legacy_broadcast},
  {"Equal", 7, legacy_broadcast}, {"Greater", 7, legacy_broadcast}, {"Less", 7, legacy_broadcast},
  {"BatchNormalization", 14, batch_normalization},
  {"Cast", 99, cast_text},
  {"Clip", 11, clip},
  {"Concat", 4, concat},
  {"DFT", 20, dft},
  {"Dropout", 12, dropout},
  {"DynamicSlice", 99, dynamic_slice},
  {"GRU", 7, recurrent}, {"LSTM", 7, recurrent}, {"RNN", 7, recurrent},
  {"Gemm", 7, drop_broadcast},
  {"GlobalLpPool", 2, p_norm}, {"LpPool", 2, p_norm},
  {"GridSample", 20, grid_sample},
  {"GroupNormalization", 21, group_normalization},
  {"LabelEncoder", 2, label_encoder, "ai.onnx.ml"},
  {"LogSoftmax", 13, flattened}, {"Softmax", 13, flattened}, {"Hardmax", 13, flattened},
  {"PRelu", 7, channel_slope},
  {"Pad", 11, pad},
  {"ReduceL1", 18, axes_input}, {"ReduceL2", 18, axes_input}, {"ReduceLogSum", 18, axes_input}, {"ReduceLogSumExp", 18, axes_input},
  {"ReduceMax", 18, axes_input}, {"ReduceMean", 18, axes_input}, {"ReduceMin", 18, axes_input}, {"ReduceProd", 18, axes_input},
  {"ReduceSum", 13, axes_input}, {"ReduceSumSquare", 18, axes_input},
  {"Reshape", 5, reshape},
  {"Resize", 11, resize_10}, {"Resize", 13, resize_11}, {"Resize", 99, resize_13},
  {"RoiAlign", 16, roi_align},
  {"Scan", 9, scan_8},
  {"Scatter", 99, scatter},
  {"Slice", 10, slice},
  {"Split", 13, split_sizes}, {"Split", 18, split_count},
  {"Squeeze", 13, axes_input},
  {"Tile", 6, tile_1},
  {"TopK", 10, top_k},
  {"Unsqueeze", 13, axes_input},
  {"Upsample", 7, upsample_1}, {"Upsample", 9, upsample_7}, {"Upsample", 99, resize_10},
};

}  // namespace

Status upgrade(Model& model, std::vector<Node*>& list, Node* n, int64_t version) {
  Rewrite r{{model, n->graph, list, n->name}, *n, version, {}};
  if (version < 6 && n->domain.empty()) n->drop("consumed_inputs");
  const std::string op = n->op;
  if (n->domain == "com.microsoft" && !n->out.empty()) TRY(rewrite_microsoft(r));
  if (!n->out.empty() && (n->out[0] || op == "Split"))
    for (const Row& row : rows)
      if (version < row.before && op == row.op && n->domain == row.domain) TRY(row.rewrite(r));
  list.push_back(n);
  for (Node* after : r.after) list.push_back(after);
  return Status::ok;
}

}  // namespace mote::compiler
