// Operators as other operators. Those of com.microsoft as onnxruntime computes them: quantised ones take
// their inputs as reals and quantise what comes out; Attention is a product and a MultiHeadAttention; fused
// ones come apart, and fuse.cpp joins what it can.
#include <cmath>

#include "rewrite.h"

namespace mote::compiler {
namespace {

constexpr const char *microsoft = "com.microsoft", *preview = "ai.onnx.preview";

void trim(Node& n) {
  while (!n.in.empty() && !n.in.back()) n.in.pop_back();
}

Node* node(Rewrite& r, const char* op, std::vector<Value*> in, const char* domain = "") {
  Node* n = r.b.node(op, std::move(in), domain);
  trim(*n);
  return n;
}

// The node computes its outputs by another operator, without attributes.
void become(Rewrite& r, const char* op, std::vector<Value*> in, const char* domain = "") {
  r.n.op = op;
  r.n.domain = domain;
  r.n.in = std::move(in);
  r.n.attrs.clear();
  trim(r.n);
}

Value* dequantized(Rewrite& r, Value* x, Value* scale, Value* zero) {
  return x ? node(r, "DequantizeLinear", {x, scale, zero})->out[0] : nullptr;
}

// The node quantises y. Without a zero point it is 0 of x's type.
Status quantize(Rewrite& r, Value* y, Value* scale, Value* zero, Value* x) {
  if (!zero) zero = r.b.make("CastLike", {r.b.real(Type::f32, 0), x});
  become(r, "QuantizeLinear", {y, scale, zero});
  return Status::ok;
}

// Puts `pick` along axis 0 of v.
Value* part(Rewrite& r, Value* v, int64_t pick) {
  Node* n = node(r, "Gather", {v, r.b.scalar(pick)});
  n->set("axis", int64_t(0));
  return n->out[0];
}

std::vector<int64_t> channels_first(size_t rank) {
  std::vector<int64_t> order = {0, int64_t(rank) - 1};
  for (size_t i = 1; i + 1 < rank; ++i) order.push_back(int64_t(i));
  return order;
}
std::vector<int64_t> channels_last(size_t rank) {
  std::vector<int64_t> order = {0};
  for (size_t i = 2; i < rank; ++i) order.push_back(int64_t(i));
  order.push_back(1);
  return order;
}
Value* transposed(Rewrite& r, Value* x, std::vector<int64_t> order) {
  Node* n = node(r, "Transpose", {x});
  n->set("perm", std::move(order));
  return n->out[0];
}

// Axes of x, from the windows of the node; 0: not known.
size_t window_rank(const Rewrite& r, const Value* weight) {
  if (const Attribute* kernel = r.n.find("kernel_shape")) return kernel->ints.size() + 2;
  if (weight && weight->constant) return weight->constant->dims.size();
  return 0;
}

// The node works on x with its channels at the end.
Status turn_channels(Rewrite& r, const Value* weight) {
  const size_t rank = window_rank(r, weight);
  if (rank < 3) return r.refuse("how many axes it has is not known: kernel_shape is missing");
  r.n.in[0] = transposed(r, r.in(0), channels_first(rank));
  r.then("Transpose", {})->set("perm", channels_last(rank));
  return Status::ok;
}

Status rename(Rewrite& r) {
  r.n.domain.clear();
  return Status::ok;
}

Status transpose_mat_mul(Rewrite& r) {
  r.n.op = "FusedMatMul";
  return Status::ok;
}

Status bias_add(Rewrite& r) {  // x + bias + skip
  become(r, "Add", {r.b.make("Add", {r.in(0), r.in(1)}), r.in(2)});
  return Status::ok;
}

Status grid_sample(Rewrite& r) {
  r.n.domain.clear();
  const Attribute* mode = r.n.find("mode");
  if (!mode || mode->s == "bilinear") r.n.set("mode", "linear");
  else if (mode->s == "bicubic") r.n.set("mode", "cubic");
  return Status::ok;
}

Status pad(Rewrite& r) {  // pads may be [1, n]
  r.n.domain.clear();
  if (r.in(1)) r.n.in[1] = r.b.make("Reshape", {r.in(1), r.b.ints({-1})});
  return Status::ok;
}

Status range(Rewrite& r) {
  r.n.domain.clear();
  if (!r.in(2) && r.in(0)) r.input(2, r.b.make("CastLike", {r.b.real(Type::f32, 1), r.in(0)}));
  return Status::ok;
}

Status unique(Rewrite& r) {  // y, where each element went, how many there were
  r.n.domain.clear();
  r.n.set("sorted", int64_t(0));
  r.n.out.insert(r.n.out.begin() + 1, nullptr);
  return Status::ok;
}

// An activation behind the node, from attributes of it.
Status activate(Rewrite& r, const std::vector<float>& params) {
  const Attribute* given = r.n.find("activation");
  const std::string name = given ? given->s : "";
  for (const char* a :
       {"activation", "activation_params", "activation_alpha", "activation_beta", "activation_gamma"})
    r.n.drop(a);
  if (name.empty()) return Status::ok;
  static constexpr struct { const char* name; size_t params; } rows[] = {
    {"Relu", 0}, {"Sigmoid", 0}, {"Tanh", 0}, {"Softsign", 0}, {"Softplus", 0}, {"LeakyRelu", 1}, {"Elu", 1}, {"ThresholdedRelu", 1},
    {"HardSigmoid", 2}, {"Clip", 2}, {"HardSwish", 0}};
  for (const auto& row : rows) {
    if (name != row.name) continue;
    std::vector<Value*> bounds;
    if (name == "Clip" && params.size() == 2)
      bounds = {r.b.real(type_of(r.in(0)), params[0]), r.b.real(type_of(r.in(0)), params[1])};
    Node* last = r.then(row.name, std::move(bounds));
    if (name == "Clip") return Status::ok;
    if (row.params > 0 && params.size() > 0) last->set("alpha", params[0]);
    if (row.params > 1 && params.size() > 1) last->set("beta", params[1]);
    return Status::ok;
  }
  return r.refuse("its activation is not known");
}

Status fused_gemm(Rewrite& r) {
  r.n.op = "Gemm";
  r.n.domain.clear();
  std::vector<float> params;
  if (r.n.find("activation_alpha")) params = {r.n.real("activation_alpha", 0)};
  if (r.n.find("activation_beta")) params.resize(1), params.push_back(r.n.real("activation_beta", 0));
  return activate(r, params);
}

Status fused_conv(Rewrite& r) {  // activation(conv(x, w, b) + z)
  const bool last = r.n.op == "NhwcFusedConv";
  Value* z = r.in(3);
  if (r.n.in.size() > 3) r.n.in.resize(3);
  r.n.op = "Conv";
  r.n.domain.clear();
  trim(r.n);
  const Attribute* params = r.n.find("activation_params");
  TRY(activate(r, params ? params->floats : std::vector<float>{}));
  if (z) r.then("Add", {z});
  return last ? turn_channels(r, r.in(1)) : Status::ok;
}

Status nhwc_max_pool(Rewrite& r) {
  r.n.op = "MaxPool";
  r.n.domain.clear();
  return turn_channels(r, nullptr);
}

Status q_linear_conv(Rewrite& r) {
  r.n.domain.clear();
  const bool last = r.n.integer("channels_last", 0) != 0;
  r.n.drop("channels_last");
  return last ? turn_channels(r, r.in(3)) : Status::ok;
}

Status q_linear_average_pool(Rewrite& r) {
  const bool last = r.n.integer("channels_last", 0) != 0;
  const size_t rank = window_rank(r, nullptr);
  if (last && rank < 3) return r.refuse("kernel_shape is missing");
  r.n.drop("channels_last");
  Value* x = dequantized(r, r.in(0), r.in(1), r.in(2));
  Node* pool = node(r, "AveragePool", {last ? transposed(r, x, channels_first(rank)) : x});
  pool->attrs = std::move(r.n.attrs);
  return quantize(r, last ? transposed(r, pool->out[0], channels_last(rank)) : pool->out[0], r.in(3), r.in(4),
                  r.in(0));
}

Status q_linear_unary(Rewrite& r) {
  Node* f = node(r, r.n.op.c_str() + 7, {dequantized(r, r.in(0), r.in(1), r.in(2))});  // without QLinear
  f->attrs = std::move(r.n.attrs);
  return quantize(r, f->out[0], r.in(3), r.in(4), r.in(0));
}

Status q_linear_softmax(Rewrite& r) {
  Value* x = dequantized(r, r.in(0), r.in(1), r.in(2));
  const int64_t opset = r.n.integer("opset", 13), axis = r.n.integer("axis", opset < 13 ? 1 : -1);
  const bool flat = opset < 13 && axis != -1;  // softmax of x as a matrix, from `axis` on
  Value* rows = x;
  if (flat) {
    Node* flatten = node(r, "Flatten", {x});
    flatten->set("axis", axis);
    rows = flatten->out[0];
  }
  Node* f = node(r, "Softmax", {rows});
  f->set("axis", flat ? int64_t(-1) : axis);
  Value* y = f->out[0];
  if (flat) y = r.b.make("Reshape", {y, r.b.make("Shape", {x})});
  return quantize(r, y, r.in(3), r.in(4), r.in(0));
}

Status q_linear_concat(Rewrite& r) {
  Node* all = node(r, "Concat", {});
  r.b.list.pop_back();  // its inputs stand before it
  for (size_t i = 2; i + 1 < r.n.in.size(); i += 3)
    all->in.push_back(dequantized(r, r.in(i), r.in(i + 1), r.in(i + 2)));
  r.b.list.push_back(all);
  all->set("axis", r.n.integer("axis", 0));
  return quantize(r, all->out[0], r.in(0), r.in(1), r.in(2));
}

Status q_linear_where(Rewrite& r) {
  Value* a = dequantized(r, r.in(1), r.in(2), r.in(3));
  Value* b = dequantized(r, r.in(4), r.in(5), r.in(6));
  return quantize(r, r.b.make("Where", {r.in(0), a, b}), r.in(7), r.in(8), r.in(1));
}

Status q_linear_reduce_mean(Rewrite& r) {
  const Attribute* axes = r.n.find("axes");
  Value* x = dequantized(r, r.in(0), r.in(1), r.in(2));
  Node* mean = node(r, "ReduceMean", {x, axes ? r.b.ints(axes->ints) : nullptr});
  mean->set("keepdims", r.n.integer("keepdims", 1));
  return quantize(r, mean->out[0], r.in(3), r.in(4), r.in(0));
}

Status q_embed_layer_normalization(Rewrite& r) {
  const auto table = [&](size_t x, size_t scale, size_t zero) {
    return dequantized(r, r.in(x), r.in(scale), r.in(zero));
  };
  Value* words = table(2, 8, 13);
  Value* positions = table(3, 9, 14);
  Value* segments = table(4, 10, 15);
  Value* gamma = table(5, 11, 16);
  Value* beta = table(6, 12, 17);
  const float epsilon = r.n.real("epsilon", 1e-12f);
  become(r, "EmbedLayerNormalization", {r.in(0), r.in(1), words, positions, segments, gamma, beta, r.in(7)},
         microsoft);
  r.n.set("epsilon", epsilon);
  return Status::ok;
}

// Weights [dirs, k, 4 h] as reals, turned: scales and zero points are one a direction, or one a column.
Value* lstm_weight(Rewrite& r, size_t w, size_t scale) {
  const auto along = [&](Value* v) { return r.b.make("Reshape", {v, r.b.ints({0, 1, -1})}); };
  const auto real = [&](Value* v) {
    Node* cast = node(r, "Cast", {v});
    cast->set("to", int64_t(Type::f32));
    return cast->out[0];
  };
  Value* v = r.b.make("Sub", {real(r.in(w)), along(real(r.in(scale + 1)))});
  return transposed(r, r.b.make("Mul", {v, along(r.in(scale))}), {0, 2, 1});
}

// x is rounded to 8 bits as a whole, the state at each step.
Status dynamic_quantize_lstm(Rewrite& r) {
  for (const size_t i : {0, 1, 2, 8, 9, 10, 11})
    if (!r.in(i)) return r.refuse("inputs are missing");
  Value* w = lstm_weight(r, 1, 8);
  Value* s = lstm_weight(r, 2, 10);
  Node* codes = node(r, "DynamicQuantizeLinear", {r.in(0)});
  for (const char* name : {"/scale", "/zero"}) {
    Value* v = r.b.model.value(r.b.graph, codes->name + name);
    v->producer = codes;
    codes->out.push_back(v);
  }
  r.n.op = "LSTM";
  r.n.domain = "mote";
  r.n.set("quantized_state", int64_t(1));
  r.n.in = {dequantized(r, codes->out[0], codes->out[1], codes->out[2]),
            w,
            s,
            r.in(3),
            r.in(4),
            r.in(5),
            r.in(6),
            r.in(7)};
  trim(r.n);
  return Status::ok;
}

// Queries and keys turned by their positions, behind those of the past: halves of a head, of base 10000.
// `weight` or qkv_hidden_sizes tell how long a head is.
Status rotate(Rewrite& r, const Value* weight, Value* packed, Value* past, Value* length, Value*& query,
              Value*& key) {
  const Attribute* sizes = r.n.find("qkv_hidden_sizes");
  int64_t hidden = sizes && !sizes->ints.empty() ? sizes->ints[0] : 0;
  if (!hidden && weight && weight->constant && weight->constant->dims.size() == 2)
    hidden = weight->constant->dims[1] / 3;
  const int64_t heads = r.n.integer("num_heads", 0), given = r.n.integer("rotary_embedding_dim", 0);
  const int64_t n = given > 0 ? given : heads > 0 ? hidden / heads : 0;
  if (n < 2 || n > 1 << 16 || heads < 1)
    return r.refuse("how many elements of a head are to be turned is not known");
  std::vector<float> speeds(size_t(n / 2));
  for (size_t i = 0; i < speeds.size(); ++i)
    speeds[i] = float(std::pow(10000.0, -2.0 * double(i) / double(n)));
  const auto dim = [&](Value* v, int64_t axis) {
    Node* shape = node(r, "Shape", {v});
    shape->set("start", axis);
    shape->set("end", axis + 1);
    return r.b.make("Reshape", {shape->out[0], r.b.ints({})});
  };
  const auto cast = [&](Value* v, Type to) {
    Node* c = node(r, "Cast", {v});
    c->set("to", int64_t(to));
    return c->out[0];
  };
  Value* first = length ? r.b.make("Reshape", {cast(length, Type::i64), r.b.ints({})})
                 : past ? dim(past, 3)
                        : r.b.scalar(0);
  Value* positions = r.b.make("Range", {first, r.b.make("Add", {first, dim(packed, 1)}), r.b.scalar(1)});
  Value* angles = r.b.make(
      "Mul", {r.b.make("Unsqueeze", {cast(positions, Type::f32), r.b.ints({1})}), r.b.reals(speeds)});
  Value* cosines = r.b.make("CastLike", {r.b.make("Cos", {angles}), packed});
  Value* sines = r.b.make("CastLike", {r.b.make("Sin", {angles}), packed});
  for (Value** v : {&query, &key}) {
    Node* turned = node(r, "RotaryEmbedding", {*v, r.b.ints({0}), cosines, sines}, microsoft);
    turned->set("num_heads", heads);
    if (given > 0) turned->set("rotary_embedding_dim", n);
    *v = turned->out[0];
  }
  return Status::ok;
}

// MultiHeadAttention of what lies side by side in `packed` [batch, rows, q + k + v], with the caches of
// Attention, which are one. With past_present_share_buffer they have room for more than the `length` rows
// that count.
Status attend(Rewrite& r, Value* packed, Value* weight, Value* mask, Value* past, Value* bias,
              Value* length = nullptr) {
  const bool shared = r.n.integer("past_present_share_buffer", 0);
  if (shared && (!past || !length))
    return r.refuse("past_present_share_buffer wants past and past_sequence_length");
  if (!shared) length = nullptr;
  const Attribute* sizes = r.n.find("qkv_hidden_sizes");
  Node* split = node(r, "Split", {packed, sizes ? r.b.ints(sizes->ints) : nullptr});
  split->set("axis", int64_t(2));
  if (!sizes) split->set("num_outputs", int64_t(3));
  for (int i = 1; i < 3; ++i) {
    Value* v = r.b.model.value(r.b.graph, split->name + "/" + std::to_string(i));
    v->producer = split;
    split->out.push_back(v);
  }
  Value *query = split->out[0], *key = split->out[1];
  if (r.n.integer("do_rotary", 0)) TRY(rotate(r, weight, packed, past, length, query, key));
  for (const char* a : {"qkv_hidden_sizes", "do_rotary", "past_present_share_buffer", "rotary_embedding_dim"})
    r.n.drop(a);
  std::vector<Attribute> attrs = std::move(r.n.attrs);
  Value* keys = past ? part(r, past, 0) : nullptr;
  Value* values = past ? part(r, past, 1) : nullptr;
  become(r, "MultiHeadAttention", {query, key, split->out[2], nullptr, mask, bias, keys, values, length},
         microsoft);
  r.n.attrs = std::move(attrs);
  if (r.n.out.size() < 2 || !r.n.out[1]) return Status::ok;
  Value* present = r.n.out[1];
  r.n.out.resize(1);
  Value* caches[2];
  for (int i = 0; i < 2; ++i) {
    Value* v = r.b.model.value(r.b.graph, present->name + "/" + std::to_string(i));
    v->producer = &r.n;
    r.n.out.push_back(v);
    caches[i] = r.b.make("Unsqueeze", {v, r.b.ints({0})});
  }
  Node* both = node(r, "Concat", {caches[0], caches[1]});
  both->set("axis", int64_t(0));
  both->out[0] = present;
  present->producer = both;
  return Status::ok;
}

Status attention(Rewrite& r) {
  Value* packed = r.b.make("MatMul", {r.in(0), r.in(1)});
  if (r.in(2)) packed = r.b.make("Add", {packed, r.in(2)});
  return attend(r, packed, r.in(1), r.in(3), r.in(4), r.in(5), r.in(6));
}

Status q_attention(Rewrite& r) {
  Node* packed = node(r, "MatMulIntegerToFloat",
                      {r.in(0), r.in(1), r.in(3), r.in(4), r.in(6), r.in(7), r.in(2)}, microsoft);
  return attend(r, packed->out[0], r.in(1), r.in(5), r.in(8), nullptr);
}

// Puts the nodes of a graph with one input and one output where the node is; gives what it makes of x.
Value* inlined(Rewrite& r, Graph& g, Value* x) {
  Value* in = g.inputs[0];
  Value* y = g.outputs[0] == in ? x : g.outputs[0];
  for (Value& v : r.b.model.values)
    if (v.graph == &g) v.graph = r.b.graph;
  const auto use = [&](Value*& v) {
    if (v == in) v = x;
  };
  for (Graph& inner : r.b.model.graphs) {
    if (inner.parent == &g) inner.parent = r.b.graph;
    for (Node* n : inner.nodes)
      for (Value*& v : n->in) use(v);
    for (Value*& v : inner.outputs) use(v);
  }
  for (Node* n : g.nodes) {
    n->graph = r.b.graph;
    r.b.list.push_back(n);
  }
  g.nodes.clear();
  g.inputs.clear();
  g.outputs.clear();
  g.output_names.clear();
  g.output_types.clear();
  return y;
}

// softmax(score_mod(q k^T scale)) with prob_mod, v: of [batch, heads, rows, n], keys and values [batch,
// groups, ...]. Without graphs it is Attention; else heads of a group are rows of one product: [batch,
// groups, heads / groups, ...].
Status flex_attention(Rewrite& r) {
  Value *q = r.in(0), *k = r.in(1), *v = r.in(2);
  if (!q || !k || !v) return r.refuse("inputs are missing");
  Graph* mods[2] = {};
  for (int i = 0; i < 2; ++i) {
    const Attribute* a = r.n.find(i ? "prob_mod" : "score_mod");
    if (!a) continue;
    if (!a->g || a->g->inputs.size() != 1 || a->g->outputs.size() != 1)
      return r.refuse("a graph of it has not one input and one output");
    mods[i] = a->g;
  }
  const Type type = type_of(q);
  const int64_t precision =
      r.n.integer("softmax_precision", int64_t(type == Type::f64 ? Type::f64 : Type::f32));
  if (!mods[0] && !mods[1]) {
    r.n.op = "Attention";
    r.n.domain.clear();
    r.n.set("softmax_precision", precision);
    return Status::ok;
  }
  const auto cast = [&](Value* x) {
    Node* n = node(r, "Cast", {x});
    n->set("to", precision);
    return n->out[0];
  };
  const auto dims = [&](Value* x, int64_t from, int64_t to) {
    Node* n = node(r, "Shape", {x});
    n->set("start", from);
    n->set("end", to);
    return n->out[0];
  };
  const auto reshaped = [&](Value* x, std::vector<Value*> shape) {
    Node* n = node(r, "Concat", std::move(shape));
    n->set("axis", int64_t(0));
    return r.b.make("Reshape", {x, n->out[0]});
  };
  const auto grouped = [&](Value* x, Value* last) {
    return reshaped(x, {dims(k, 0, 2), r.b.ints({-1}), dims(q, 2, 3), last});
  };
  Value* keys = r.b.make("Unsqueeze", {transposed(r, cast(k), {0, 1, 3, 2}), r.b.ints({2})});
  Value* products = r.b.make("MatMul", {grouped(cast(q), dims(q, 3, 4)), keys});
  Value* scores = reshaped(products, {dims(q, 0, 3), dims(k, 2, 3)});
  if (const Attribute* scale = r.n.find("scale"))
    scores = r.b.make("Mul", {scores, r.b.real(Type(precision), double(scale->f))});
  else scores = r.b.make("Div", {scores, r.b.make("Sqrt", {cast(dims(q, 3, 4))})});
  if (mods[0]) scores = inlined(r, *mods[0], scores);
  Node* softmax = node(r, "Softmax", {scores});
  softmax->set("axis", int64_t(-1));
  Value* weights = softmax->out[0];
  if (mods[1]) weights = inlined(r, *mods[1], weights);
  weights = grouped(r.b.make("CastLike", {weights, v}), dims(k, 2, 3));
  Value* y = r.b.make("MatMul", {weights, r.b.make("Unsqueeze", {v, r.b.ints({2})})});
  Node* shape = node(r, "Concat", {dims(q, 0, 3), dims(v, 3, 4)});
  shape->set("axis", int64_t(0));
  become(r, "Reshape", {y, shape->out[0]});
  return Status::ok;
}

constexpr struct {
  const char *op, *domain;
  Status (*rewrite)(Rewrite&);
} rows[] = {
#define REWRITE(function, op, domain) {op, domain, function},
#include "rewrites.def"
#undef REWRITE
};

}  // namespace

Status rewrite_foreign(Rewrite& r) {
  for (const auto& row : rows)
    if (r.n.is(row.op, row.domain)) return row.rewrite(r);
  return Status::ok;
}

}  // namespace mote::compiler
