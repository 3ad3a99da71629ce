// From older opsets to opset 28. One table: a row says before which opset an operator meant something else,
// and how to say the same today. Rows of one operator stand in the order of opsets and are applied one after
// the other. Where a rank is not known, the rewriting emits Shape and Reshape nodes. Operators without a row
// have only ever been extended.
#include <cstring>

#include "rewrite.h"

namespace mote::compiler {
namespace {

Value* rank_of(Rewrite& r, Value* v) { return r.b.make("Shape", {r.b.make("Shape", {v})}); }  // int64 [1]

// Before 7, input 1 was laid along input 0 from `axis` on: give it the ones that today's broadcasting wants
// behind it.
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
  if (r.n.integer("broadcast", 0) && axis && r.in(0) && r.in(1))
    r.n.in[1] = align(r, r.in(0), r.in(1), axis->i);
  r.n.drop("axis");
  r.n.drop("broadcast");
  return Status::ok;
}

Status drop_broadcast(Rewrite& r) {
  r.n.drop("broadcast");
  return Status::ok;
}

Status selu(Rewrite& r) {  // other defaults
  if (!r.n.find("alpha")) r.n.set("alpha", 1.6732f);
  if (!r.n.find("gamma")) r.n.set("gamma", 1.0507f);
  return Status::ok;
}

Status channel_slope(Rewrite& r) {  // PRelu: one slope a channel
  if (!r.in(0) || !r.in(1)) return Status::ok;
  if (!(r.in(1)->constant && element_count(r.in(1)->constant->dims) == 1))
    r.n.in[1] = align(r, r.in(0), r.in(1), 1);
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
  else if (r.version < 2) {  // sizes of the type of x
    Node* sizes = r.b.node("Cast", {r.in(1)});
    sizes->set("to", int64_t(Type::i64));
    r.n.in[1] = sizes->out[0];
  }
  r.n.drop("split");
  return Status::ok;
}

Status split_count(Rewrite& r) {
  if (!r.in(1)) r.n.set("num_outputs", int64_t(r.n.out.size()));
  return Status::ok;
}

// From 7 to 11 it was for inference alone, before 7 where is_test said so; before 10 the mask had the type of
// x.
Status dropout(Rewrite& r) {
  if (r.version < 10 && r.n.out.size() > 1 && r.n.out[1]) r.then("CastLike", {r.in(0)}, 1);
  const Attribute* ratio = r.n.find("ratio");
  if (ratio) r.input(1, r.b.real(Type::f32, ratio->f));
  if (r.version < 7 && !r.n.integer("is_test", 0)) {
    if (!ratio) r.input(1, r.b.real(Type::f32, 0.5));
    r.input(2,
            constant(r.b.model, r.b.graph, r.b.name + "/training", Type::boolean, {}, std::string(1, '\1')));
  }
  r.n.drop("ratio");
  r.n.drop("is_test");
  return Status::ok;
}

// Where it had more outputs than one it was in training: mean and variance that run, and those of x itself.
Status train_normalization(Rewrite& r) {
  if (!r.n.integer("spatial", 1))
    return r.refuse("BatchNormalization in training is supported only with spatial = 1");
  r.n.drop("spatial");
  r.n.set("training_mode", int64_t(1));
  if (r.n.out.size() > 3) {
    Node* own = r.b.node("BatchNormalization", r.n.in);
    own->attrs = r.n.attrs;
    own->set("momentum", 0.0f);
    own->out.insert(own->out.end(), r.n.out.begin() + 3, r.n.out.end());
    for (size_t i = 1; i < own->out.size(); ++i)
      if (own->out[i]) own->out[i]->producer = own;
    r.n.out.resize(3);
  }
  while (!r.n.out.back()) r.n.out.pop_back();
  return Status::ok;
}

Status batch_normalization(Rewrite& r) {
  const bool training = r.n.out.size() > 1 && !r.n.integer("is_test", 0);
  r.n.drop("is_test");
  r.n.drop("consumed_inputs");
  if (training) return train_normalization(r);
  const bool spatial = r.n.integer("spatial", 1) != 0;
  r.n.drop("spatial");
  while (r.n.out.size() > 1) r.n.out.pop_back();
  if (spatial) return Status::ok;
  if (r.n.in.size() < 5) return r.refuse("inputs are missing");
  // One mean and variance for every feature: scale, bias, mean and variance have the shape of x without the
  // batch.
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

// Upsample, and Resize of opset 10: y[i] = x[i / scale]; for nearest rounded down, or up where it makes
// smaller.
Status resize_10(Rewrite& r) {
  r.n.op = "Resize";
  const Attribute* mode = r.n.find("mode");
  if (mode && (mode->s == "bilinear" || mode->s == "trilinear")) r.n.set("mode", "linear");
  r.n.set("coordinate_transformation_mode", "asymmetric");
  r.n.set("nearest_mode", "ceil_where_smaller");
  r.n.in = {r.in(0), nullptr, r.in(1)};
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
  static constexpr const char* names[] = {
      "UNDEFINED", "FLOAT", "UINT8",   "INT8",   "UINT16", "INT16",  "INT32",     "INT64",
      "STRING",    "BOOL",  "FLOAT16", "DOUBLE", "UINT32", "UINT64", "COMPLEX64", "COMPLEX128"};
  for (size_t i = 1; i < sizeof names / sizeof *names; ++i) {
    if (to->s != names[i]) continue;
    r.n.set("to", int64_t(i));
    return Status::ok;
  }
  return r.refuse("the type to cast to is not known");
}

// Before 24 a float that does not fit 4 bits became the nearest number that does, where it wraps now; NaN
// became the greatest float4e2m1, and is -0 now.
Status cast_4_bits(Rewrite& r) {
  const Type to = r.n.op == "Cast" ? Type(r.n.integer("to", 0)) : type_of(r.in(1));
  const bool real = to == Type::f4e2m1;
  if (!r.in(0) || !(real || to == Type::i4 || to == Type::u4) ||
      has(int_types | subbyte_int_types, type_of(r.in(0))))
    return Status::ok;
  Node* wide = r.b.node("Cast", {r.in(0)});
  wide->set("to", int64_t(Type::f32));
  Value* x = wide->out[0];
  const auto number = [&](double v) { return r.b.real(Type::f32, v); };
  if (real) x = r.b.make("Where", {r.b.make("IsNaN", {x}), number(6), x});
  else x = r.b.make("Clip", {x, number(to == Type::i4 ? -8 : 0), number(to == Type::i4 ? 7 : 15)});
  r.n.in[0] = x;
  return Status::ok;
}

Status concat(Rewrite& r) {
  if (!r.n.find("axis")) r.n.set("axis", int64_t(1));
  return Status::ok;
}

Status recurrent(Rewrite& r) {  // both outputs are optional today
  r.n.drop("output_sequence");
  return Status::ok;
}

// Opset 8 had a batch axis in front of everything: an outer Scan walks it, and its body is today's Scan. With
// sequence_lens the inner one gets only so many slices, and zeros follow what it stacks.
Status scan_8(Rewrite& r) {
  const int64_t scanned = r.n.integer("num_scan_inputs", 0);
  Value* const lengths = r.in(0);
  if (!r.n.in.empty()) r.n.in.erase(r.n.in.begin());
  const size_t given = r.n.in.size(), states = given - size_t(scanned);
  if (scanned < 1 || size_t(scanned) > given || states > r.n.out.size())
    return r.refuse("its inputs are not what num_scan_inputs says");
  r.rename("directions", "scan_input_directions");
  Model& m = r.b.model;
  Graph& batch = m.graphs.emplace_back();
  batch.parent = r.n.graph;
  Builder in{m, &batch, batch.nodes, r.n.name};
  const auto outer = [&](const char* what, size_t i) {
    batch.inputs.push_back(m.value(&batch, r.n.name + what + std::to_string(i)));
    return batch.inputs.back();
  };
  std::vector<Value*> inputs;
  for (size_t i = 0; i < given; ++i) inputs.push_back(outer("/in", i));
  Value *length = nullptr, *rest = nullptr;  // int64 [1]: slices, and how many there might be more
  if (lengths) {
    r.n.in.push_back(lengths);
    length = in.make("Reshape", {outer("/length", 0), in.ints({1})});
    Node* all = in.node("Shape", {inputs[states]});
    all->set("end", int64_t(1));
    rest = in.make("Sub", {all->out[0], length});
    for (size_t i = states; i < given; ++i)
      inputs[i] = in.make("Slice", {inputs[i], in.ints({0}), length, in.ints({0})});
  }
  Node* inner = m.node(&batch, "Scan");
  inner->name = r.n.name;
  inner->attrs = std::move(r.n.attrs);
  inner->in = inputs;
  batch.nodes.push_back(inner);
  for (Attribute& a : inner->attrs)
    if (a.g) a.g->parent = &batch;
  for (size_t i = 0; i < r.n.out.size(); ++i) {
    Value* y = m.value(&batch, r.n.name + "/out" + std::to_string(i));
    y->producer = inner;
    inner->out.push_back(y);
    if (lengths && i >= states) {
      Node* pads = in.node("Concat", {in.ints({0}), rest});
      pads->set("axis", int64_t(0));
      y = in.make("Pad", {y, pads->out[0], nullptr, in.ints({0})});
    }
    y->is_output = true;
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

// ---- operators that ONNX tried out before opset 10 and took back, but that files hold

// alpha or scale times what the node computes without it.
void scaled(Rewrite& r, const char* attribute, float otherwise) {
  const double factor = double(r.n.real(attribute, otherwise));
  r.n.drop(attribute);
  if (factor != 1) r.then("Mul", {r.b.real(type_of(r.in(0)), factor)});
}

Status scaled_function(Rewrite& r) {  // ScaledTanh, ParametricSoftplus: alpha f(beta x)
  const char* op = r.n.op == "ScaledTanh" ? "Tanh" : "Softplus";
  scaled(r, "alpha", 1);
  r.input(0, r.b.make("Mul", {r.in(0), r.b.real(type_of(r.in(0)), double(r.n.real("beta", 1)))}));
  r.n.drop("beta");
  r.n.op = op;
  return Status::ok;
}

Status affine(Rewrite& r) {  // Affine, Scale: alpha x + beta
  const Type type = type_of(r.in(0));
  const double factor = double(r.n.real(r.n.op == "Scale" ? "scale" : "alpha", 1)),
               beta = double(r.n.real("beta", 0));
  r.n.in = {r.b.make("Mul", {r.in(0), r.b.real(type, factor)}), r.b.real(type, beta)};
  r.n.op = "Add";
  r.n.attrs.clear();
  return Status::ok;
}

Status image_scaler(Rewrite& r) {  // scale x + bias of the channel
  const Attribute* given = r.n.find("bias");
  const std::vector<float> bias = given ? given->floats : std::vector<float>{};
  r.n.op = "Mul";
  r.input(1, r.b.real(type_of(r.in(0)), double(r.n.real("scale", 1))));
  r.n.attrs.clear();
  bool zero = true;
  for (const float b : bias) zero = zero && b == 0;
  if (!zero)
    r.then("Add",
           {r.b.make("CastLike", {r.b.make("Reshape", {r.b.reals(bias), r.b.ints({-1, 1, 1})}), r.in(0)})});
  return Status::ok;
}

// border: left, top, right, bottom; scale: height and width in place of the last two
Status crop(Rewrite& r) {
  const Attribute* border = r.n.find("border");
  const Attribute* size = r.n.find("scale");
  if (!border || border->ints.size() != 4 || (size && size->ints.size() != 2))
    return r.refuse("border or scale has a wrong length");
  const std::vector<int64_t>& at = border->ints;
  const auto end = [&](int64_t start, size_t margin, size_t length) {
    return size ? start + size->ints[length] : at[margin] ? -at[margin] : int64_max;
  };
  r.n.in = {r.in(0), r.b.ints({at[1], at[0]}), r.b.ints({end(at[1], 3, 0), end(at[0], 2, 1)}),
            r.b.ints({2, 3})};
  r.n.op = "Slice";
  r.n.attrs.clear();
  return Status::ok;
}

Status mean_variance(Rewrite& r) {  // of images, over the channels too where `across_channels`
  const std::vector<int64_t> axes =
      r.n.integer("across_channels", 0) ? std::vector<int64_t>{0, 1, 2, 3} : std::vector<int64_t>{0, 2, 3};
  const bool variance = r.n.integer("normalize_variance", 1) != 0;
  r.n.attrs.clear();
  if (variance) {
    r.n.set("axes", axes);
  } else {
    r.n.op = "Sub";
    r.input(1, r.b.make("ReduceMean", {r.in(0), r.b.ints(axes)}));
  }
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
  if (!r.n.find("coordinate_transformation_mode"))
    r.n.set("coordinate_transformation_mode", "output_half_pixel");
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
  Node* shape =
      r.b.node("Concat", {r.b.ints({groups}), r.b.make("Div", {channels->out[0], r.b.ints({groups})})});
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

// What onnxruntime calls ONNX's operators once it has put the channels last.
constexpr const char* channels_last = "com.ms.internal.nhwc";

void rename_channels_last(Node& n) {
  const bool conv = n.is("Conv", channels_last);
  if (!conv && !n.is("MaxPool", channels_last)) return;
  n.op = conv ? "NhwcFusedConv" : "NhwcMaxPool";
  n.domain = "com.microsoft";
}

Status batch_normalization_last(Rewrite& r) {  // whatever lies before the channels is a batch
  if (!r.in(0) || !r.in(1)) return r.refuse("inputs are missing");
  Value* x = r.in(0);
  r.n.domain.clear();
  Node* rows = r.b.node("Concat", {r.b.ints({-1}), r.b.make("Shape", {r.in(1)})});
  rows->set("axis", int64_t(0));
  r.n.in[0] = r.b.make("Reshape", {x, rows->out[0]});
  r.then("Reshape", {r.b.make("Shape", {x})});
  return Status::ok;  // the next row knows the rest
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
  {"Affine", 99, affine}, {"Scale", 99, affine},
  {"BatchNormalization", 99, batch_normalization_last, channels_last},
  {"BatchNormalization", 14, batch_normalization},
  {"Cast", 99, cast_text}, {"Cast", 24, cast_4_bits}, {"CastLike", 24, cast_4_bits},
  {"Clip", 11, clip},
  {"Concat", 4, concat},
  {"Crop", 99, crop},
  {"DFT", 20, dft},
  {"Dropout", 12, dropout},
  {"DynamicSlice", 99, dynamic_slice},
  {"GRU", 7, recurrent}, {"LSTM", 7, recurrent}, {"RNN", 7, recurrent},
  {"Gemm", 7, drop_broadcast},
  {"GlobalLpPool", 2, p_norm}, {"LpPool", 2, p_norm},
  {"GridSample", 20, grid_sample},
  {"GroupNormalization", 21, group_normalization},
  {"ImageScaler", 99, image_scaler},
  {"LabelEncoder", 2, label_encoder, "ai.onnx.ml"},
  {"LogSoftmax", 13, flattened}, {"Softmax", 13, flattened}, {"Hardmax", 13, flattened},
  {"MeanVarianceNormalization", 9, mean_variance},
  {"PRelu", 7, channel_slope},
  {"ParametricSoftplus", 99, scaled_function}, {"ScaledTanh", 99, scaled_function},
  {"Pad", 11, pad},
  {"ReduceL1", 18, axes_input}, {"ReduceL2", 18, axes_input}, {"ReduceLogSum", 18, axes_input}, {"ReduceLogSumExp", 18, axes_input},
  {"ReduceMax", 18, axes_input}, {"ReduceMean", 18, axes_input}, {"ReduceMin", 18, axes_input}, {"ReduceProd", 18, axes_input},
  {"ReduceSum", 13, axes_input}, {"ReduceSumSquare", 18, axes_input},
  {"Reshape", 5, reshape},
  {"Resize", 11, resize_10}, {"Resize", 99, resize_13},
  {"RoiAlign", 16, roi_align},
  {"Scan", 9, scan_8},
  {"Scatter", 99, scatter},
  {"Selu", 6, selu},
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
  rename_channels_last(*n);
  Rewrite r{{model, n->graph, list, n->name}, *n, version, {}};
  if (version < 6 && n->domain.empty()) n->drop("consumed_inputs");
  const std::string op = n->op;
  if (!n->domain.empty() && !n->out.empty()) TRY(rewrite_foreign(r));
  if (!n->out.empty() && (n->out[0] || op == "Split"))
    for (const Row& row : rows)
      if (version < row.before && op == row.op && n->domain == row.domain) TRY(row.rewrite(r));
  list.push_back(n);
  for (Node* after : r.after) list.push_back(after);
  return Status::ok;
}

}  // namespace mote::compiler
