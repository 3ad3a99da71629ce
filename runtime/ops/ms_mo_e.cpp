// MoE and QMoE: for each token the sum over its k best experts of weight fc2(activation(fc1 x)).
//   in   MoE:  x [tokens, hidden] or [batch, rows, hidden], router_probs [tokens, experts], fc1 [experts, f
//              inter, hidden], fc1_bias [experts, f inter], fc2 [experts, hidden, inter], fc2_bias [experts,
//                hidden], fc3 [experts, inter, hidden],
//              fc3_bias [experts, inter]; f32 f16 bf16, of one type; the biases and fc3 optional; f: 2 where
//                swiglu is fused
//        QMoE: x, router_probs, then weight, scales, bias of fc1, fc2, fc3; zero points of the three;
//          router_weights [tokens, experts].
//              fc1_global_scale, fc2_global_scale f32 [experts].
//              Weights u8, numbers of expert_weight_bits bits, low bits first, along the last axis; scales
//                [experts, rows] or, with
//              block_size, [experts, rows, blocks]; zero points u8, packed likewise to whole bytes: absent:
//                2^(bits - 1).
//              quant_type fp4 and nvfp4: weights u8, pairs of float4e2m1, times scales [experts, rows, blocks
//                of 32 or 16] times the
//              global scale; fp8: weights f8e4m3fn times the global scale; there is no fc3 then
//   out  y, like x
//   k int = 1; normalize_routing_weights int: 1: the weights of the chosen are divided by their sum;
//     activation_type string = "relu",
//   gelu (of tanh), silu, identity, swiglu: g sigmoid(alpha g) (l + beta) with g cut to at most swiglu_limit
//   and l to [-limit, limit]; swiglu_fusion int: 0: g of fc1, l of fc3; 1: of fc1 in turn; 2: of fc1, first
//   all g;
//     activation_alpha = 1,
//   activation_beta = 0, swiglu_limit = infinity; with fc3 and another activation: activation(fc1 x) fc3 x
// Weights of experts are the softmax of router_probs, in QMoE of the chosen ones alone, or router_weights as
//   they are; an expert whose
// weight is not above 0 is left out. use_sparse_mixer (k = 2): the best two, each with its weight in the
//   softmax over what is not
// further below it than 1 / 50 of the greater of the two, the first left out for the second. Weights packed
//   for a device and rounded
// activations (wfp4afp8) are not supported. Computed in f32, rounded once.
// Errors: bad_attribute, missing_input, bad_type, bad_rank, bad_shape, unsupported.            Source:
//   onnxruntime, com.microsoft 1.
#include "../element.h"
#include "../math.h"
#include "product.h"

namespace mote {
namespace {

struct Attrs {
  int64_t k, normalize_routing_weights, use_sparse_mixer, swiglu_fusion, swiglu_limit_after_activation;
  float activation_alpha, activation_beta, swiglu_limit;
  Text activation_type, quant_type;
  int64_t expert_weight_bits, fc1_expert_weight_bits, fc2_expert_weight_bits, fc3_expert_weight_bits,
      block_size, accuracy_level, weights_prepacked;
};
#define MOE_ATTRS                                                                           \
  ATTR(Attrs, k, 1), ATTR(Attrs, normalize_routing_weights), ATTR(Attrs, use_sparse_mixer), \
      ATTR(Attrs, swiglu_fusion), ATTR(Attrs, swiglu_limit_after_activation),               \
      ATTR(Attrs, activation_alpha, 1.0f), ATTR(Attrs, activation_beta),                    \
      ATTR(Attrs, swiglu_limit, __builtin_inff()), ATTR(Attrs, activation_type, "relu")
constexpr Attr attrs[] = {MOE_ATTRS};
constexpr Attr q_attrs[] = {MOE_ATTRS,
                            ATTR(Attrs, quant_type, "int"),
                            ATTR(Attrs, expert_weight_bits, 4),
                            ATTR(Attrs, fc1_expert_weight_bits),
                            ATTR(Attrs, fc2_expert_weight_bits),
                            ATTR(Attrs, fc3_expert_weight_bits),
                            ATTR(Attrs, block_size),
                            ATTR(Attrs, accuracy_level),
                            ATTR(Attrs, weights_prepacked)};

// One of the three products: numbers of its inputs; 99: none.
struct Layer {
  unsigned weight, bias, scales = 99, zeros = 99;
  unsigned bits = 0;    // of quantised numbers
  unsigned global = 99;
};
Layer layer_of(const Call& c, bool quantized, unsigned i) {
  if (!quantized) return {2 + 2 * i, 3 + 2 * i};
  const Attrs& a = c.attrs<Attrs>();
  if (!(a.quant_type == "int"))
    return {
        2 + 3 * i, 4 + 3 * i, a.quant_type == "fp8" ? 99u : 3 + 3 * i, 99, a.quant_type == "fp8" ? 8u : 4u,
        15 + i};
  const int64_t own[3] = {a.fc1_expert_weight_bits, a.fc2_expert_weight_bits, a.fc3_expert_weight_bits};
  return {2 + 3 * i, 4 + 3 * i, 3 + 3 * i, 11 + i, unsigned(own[i] ? own[i] : a.expert_weight_bits)};
}

// Columns that share a scale; 0: all.
int64_t block_of(const Attrs& a) {
  if (a.quant_type == "fp4") return 32;
  return a.quant_type == "nvfp4" ? 16 : a.block_size;
}

bool is_swiglu(const Attrs& a) { return a.activation_type == "swiglu"; }
bool fused(const Attrs& a) { return is_swiglu(a) && a.swiglu_fusion; }

// Checks a layer of `rows` outputs and `columns` inputs, numbers or symbols.
Status check_layer(Call& c, const Layer& l, int64_t experts, int64_t rows, int64_t columns) {
  const int64_t size = block_of(c.attrs<Attrs>());
  const bool floats = l.global != 99, bytes = l.bits == 8 && floats;
  TRY(c.want_rank(l.weight, 3));
  TRY(c.want_dim(l.weight, 0, experts));
  TRY(c.want_dim(l.weight, 1, rows));
  TRY(c.want_same_type(l.bias, 0));
  TRY(c.want_rank(l.bias, 2));
  TRY(c.want_dim(l.bias, 0, experts));
  TRY(c.want_dim(l.bias, 1, rows));
  if (!l.bits) {
    TRY(c.want_same_type(l.weight, 0));
    return c.want_dim(l.weight, 2, columns);
  }
  if (columns >= 0 && columns * l.bits % 8)
    return c.fail_in(l.weight, Status::bad_shape, Arg::dims(c.in(l.weight)), "rows of whole bytes");
  TRY(c.want_type(l.weight, types(bytes ? Type::f8e4m3fn : Type::u8)));
  if (floats) {
    if (!c.has_in(l.global)) return c.fail(Status::missing_input, l.global);
    TRY(c.want_type(l.global, types(Type::f32)));
    TRY(c.want_rank(l.global, 1));
    TRY(c.want_dim(l.global, 0, experts));
  }
  if (columns >= 0) TRY(c.want_dim(l.weight, 2, columns * l.bits / 8));
  if (bytes) return Status::ok;
  if (!c.has_in(l.scales)) return c.fail(Status::missing_input, l.scales);
  const int rank = size ? 3 : 2;
  const int64_t blocks = size && columns >= 0 ? ceil_div(columns, size) : c.fresh();
  for (unsigned i = l.scales; i; i = i == l.scales ? l.zeros : 0) {
    if (i == l.zeros) TRY(c.want_type(i, types(Type::u8)));
    else if (floats) TRY(c.want_type(i, types(size == 32 ? Type::f8e8m0 : Type::f8e4m3fn)));
    else TRY(c.want_type(i, types(Type::f32, Type::f16, Type::bf16)));
    TRY(c.want_rank(i, rank));
    TRY(c.want_dim(i, 0, experts));
    const int64_t last = rank == 3 ? blocks : rows;
    if (rank == 3) TRY(c.want_dim(i, 1, rows));
    TRY(c.want_dim(i, rank - 1, i == l.zeros && last >= 0 ? ceil_div(last * l.bits, 8) : last));
  }
  return Status::ok;
}

Status check(Call& c, bool quantized) {
  const Attrs& a = c.attrs<Attrs>();
  const Value &x = c.in(0), &router = c.in(1);
  static const char* const names[] = {"relu", "gelu", "silu", "identity", "swiglu"};
  bool known = false;
  for (const char* name : names) known |= a.activation_type == name;
  if (!known) return c.bad_attr("activation_type", a.activation_type, "relu, gelu, silu, swiglu or identity");
  if (a.k < 1) return c.bad_attr("k", a.k, "at least 1");
  if (a.swiglu_fusion < 0 || a.swiglu_fusion > 2)
    return c.bad_attr("swiglu_fusion", a.swiglu_fusion, "0, 1 or 2");
  if (a.use_sparse_mixer && a.k != 2) return c.bad_attr("k", a.k, "2 with a sparse mixer");
  if (a.swiglu_limit_after_activation) return c.fail(Status::unsupported, "swiglu_limit_after_activation");
  TRY(c.want_type(0, types(Type::f32, Type::f16, Type::bf16)));
  TRY(c.want_same_type(1, 0));
  TRY(c.want_rank(1, 2));
  if (known_rank(x) && x.rank != 2) TRY(c.want_rank(0, 3));
  if (quantized) {
    if (a.quant_type == "wfp4afp8") return c.fail(Status::unsupported, "quant_type wfp4afp8");
    const bool floats = a.quant_type == "fp4" || a.quant_type == "nvfp4" || a.quant_type == "fp8";
    if (!floats && !(a.quant_type == "int"))
      return c.bad_attr("quant_type", a.quant_type, "int, fp4, nvfp4 or fp8");
    if (floats && c.has_in(8)) return c.fail(Status::unsupported, "fc3 of floats");
    if (a.weights_prepacked > 0) return c.fail(Status::unsupported, "a prepacked weight");
    if (a.block_size < 0 || (a.block_size && (a.block_size < 16 || (a.block_size & (a.block_size - 1)))))
      return c.bad_attr("block_size", a.block_size, "a power of 2 from 16 on");
    for (unsigned i = 0; i < 3; ++i)
      if (const unsigned bits = layer_of(c, true, i).bits; bits != 2 && bits != 4 && bits != 8)
        return c.bad_attr("expert_weight_bits", bits, "2, 4 or 8");
    TRY(c.want_same_type(14, 0));
    TRY(c.want_rank(14, 2));
    for (unsigned i = floats ? 17 : 15; i < c.n_in; ++i)
      if (c.has_in(i)) return c.fail(Status::unsupported, "a scale of activations");
  }
  const Layer first = layer_of(c, quantized, 0), second = layer_of(c, quantized, 1),
              third = layer_of(c, quantized, 2);
  if (!c.has_in(first.weight)) return c.fail(Status::missing_input, first.weight);
  if (!c.has_in(second.weight)) return c.fail(Status::missing_input, second.weight);
  if (is_swiglu(a) && !a.swiglu_fusion && !c.has_in(third.weight))
    return c.fail(Status::missing_input, third.weight);
  if (fused(a) && c.has_in(third.weight)) return c.bad_attr("swiglu_fusion", a.swiglu_fusion, "0 beside fc3");
  const int64_t hidden = known_rank(x) ? x.dims[x.rank - 1] : c.fresh(),
                experts = known_rank(router) ? router.dims[1] : c.fresh();
  if (experts >= 0 && a.k > experts) return c.bad_attr("k", a.k, experts);
  if (c.has_in(14) && quantized) TRY(c.want_dim(14, 1, experts));
  if (known_rank(x) && concrete(x)) {
    const int64_t tokens = int64_t(product(x, 0, x.rank - 1));
    TRY(c.want_dim(1, 0, tokens));
    if (quantized) TRY(c.want_dim(14, 0, tokens));
  }
  const Value& w = c.in(second.weight);
  int64_t inter = known_rank(w) && w.rank == 3 ? w.dims[2] : c.fresh();
  if (inter >= 0 && second.bits) inter = inter * 8 / second.bits;
  TRY(check_layer(c, first, experts, fused(a) && inter >= 0 ? 2 * inter : inter, hidden));
  TRY(check_layer(c, second, experts, hidden, inter));
  if (c.has_in(third.weight)) TRY(check_layer(c, third, experts, inter, hidden));
  c.like(0, x);
  return Status::ok;
}

Status shape(Call& c) { return check(c, false); }
Status q_shape(Call& c) { return check(c, true); }

void load(const Value& v, size_t first, size_t n, float* to) {
  for (size_t i = 0; i < n; i += block) {
    double part[block];
    const size_t m = min(block, n - i);
    load_reals(v.type, v.as<char>() + (first + i) * size_of(v.type), 1, m, part);
    for (size_t k = 0; k < m; ++k) to[i + k] = float(part[k]);
  }
}

unsigned number_at(const uint8_t* row, size_t i, unsigned bits) {
  return row[i * bits / 8] >> (i * bits % 8) & ((1u << bits) - 1);
}

// to [rows, columns]: the weight of an expert.
void expert_weight(const Call& c, const Layer& l, size_t expert, size_t rows, size_t columns, float* to) {
  const Value& w = c.in(l.weight);
  if (!l.bits) return load(w, expert * rows * columns, rows * columns, to);
  const bool floats = l.global != 99;
  const float global = floats ? c.in(l.global).as<float>()[expert] : 1;
  if (floats && l.bits == 8) {
    load(w, expert * rows * columns, rows * columns, to);
    for (size_t i = 0; i < rows * columns; ++i) to[i] *= global;
    return;
  }
  const int64_t given = block_of(c.attrs<Attrs>());
  const size_t size = given ? size_t(given) : columns;
  const size_t blocks = (columns + size - 1) / size, bytes = columns * l.bits / 8;
  const Value& scales = c.in(l.scales);
  const Value* zeros = c.has_in(l.zeros) ? &c.in(l.zeros) : nullptr;
  for (size_t r = expert * rows; r < (expert + 1) * rows; ++r)
    for (size_t i = 0; i < columns; ++i) {
      const size_t b = i / size;
      if (floats) {
        const auto bits = uint8_t(number_at(w.as<uint8_t>() + r * bytes, i, 4));
        *to++ = float(load_real(Type::f4e2m1, &bits, 0)) * float(element_at(scales, r * blocks + b)) * global;
        continue;
      }
      float zero = float(1u << (l.bits - 1));
      if (zeros && zeros->rank == 3)
        zero = float(number_at(zeros->as<uint8_t>() + r * size_t(zeros->dims[2]), b, l.bits));
      else if (zeros)
        zero = float(
            number_at(zeros->as<uint8_t>() + expert * size_t(zeros->dims[1]), r - expert * rows, l.bits));
      *to++ = (float(number_at(w.as<uint8_t>() + r * bytes, i, l.bits)) - zero) *
              float(element_at(scales, r * blocks + b));
    }
}

float sigmoid(float x) { return 1 / (1 + float(math::exp(double(-x)))); }

float activated(const Attrs& a, float x) {
  switch (a.activation_type.data[0]) {
    case 'r': return x > 0 ? x : x != x ? x : 0;
    case 'g': return 0.5f * x * (1 + float(math::tanh(double(0.7978845608f * (x + 0.044715f * x * x * x)))));
    case 'i': return x;
    default: return x * sigmoid(x);
  }
}
float gated(const Attrs& a, float g, float l) {
  const float limit = a.swiglu_limit;
  if (g > limit) g = limit;
  l = l > limit ? limit : l < -limit ? -limit : l;
  return g * sigmoid(a.activation_alpha * g) * (l + a.activation_beta);
}

// The k best experts of a token, and their weights.
void choose(const Call& c, const Value* weights, size_t token, size_t experts, bool normalized, float* probs,
            size_t* chosen, float* share) {
  const size_t k = size_t(c.attrs<Attrs>().k);
  load(c.in(1), token * experts, experts, probs);
  const bool sparse = c.attrs<Attrs>().use_sparse_mixer;
  if (!sparse) row_softmax_f32(probs, probs, experts);
  float sum = 0;
  for (size_t j = 0; j < k; ++j) {
    size_t best = experts;
    for (size_t e = 0; e < experts; ++e) {
      bool taken = false;
      for (size_t i = 0; i < j; ++i) taken |= chosen[i] == e;
      if (!taken && (best == experts || probs[e] >= probs[best])) best = e;  // of equals the last
    }
    chosen[j] = best;
    if (sparse) {
      float near = 0;
      for (size_t e = 0; e < experts; ++e) {
        const float gap = probs[best] - probs[e], most = max(probs[best], __builtin_fabsf(probs[e]));
        if ((!j || e != chosen[0]) && !(gap > 0.02f * most)) near += float(math::exp(double(-gap)));
      }
      share[j] = 1 / near;
      sum += share[j];
      continue;
    }
    share[j] = weights ? float(element_at(*weights, token * experts + best)) : probs[best];
    sum += share[j];
  }
  for (size_t j = 0; j < k && normalized; ++j) share[j] /= sum;
}

Status run(Call& c, bool quantized) {
  const Attrs& a = c.attrs<Attrs>();
  const Value& x = c.in(0);
  Value& y = c.out(0);
  const Layer layers[3] = {layer_of(c, quantized, 0), layer_of(c, quantized, 1), layer_of(c, quantized, 2)};
  const size_t hidden = size_t(x.dims[x.rank - 1]), experts = size_t(c.in(1).dims[1]), k = size_t(a.k);
  const size_t tokens = size_t(c.in(1).dims[0]),
               inter = size_t(c.in(layers[1].weight).dims[2]) * (quantized ? 8 / layers[1].bits : 1);
  const size_t wide = inter * (fused(a) ? 2 : 1);
  if (!count(x)) return Status::ok;
  const Value* weights = quantized && c.has_in(14) ? &c.in(14) : nullptr;
  size_t n_chosen, floats;
  if (!mul(tokens, k, n_chosen) || !mul(wide, hidden, floats)) return c.no_memory(~size_t(0));
  auto* chosen = c.scratch_of<size_t>(n_chosen);
  auto* share = c.scratch_of<float>(n_chosen);
  auto* mine = c.scratch_of<size_t>(tokens);  // tokens of an expert, as numbers of choices
  auto* probs = c.scratch_of<float>(experts);
  float* w = c.scratch_of<float>(max(floats, size_t(1)));
  float* in = c.scratch_of<float>(tokens * hidden);
  float* gate = c.scratch_of<float>(tokens * wide);
  float* more = c.scratch_of<float>(tokens * inter);
  float* sums = c.scratch_of<float>(tokens * hidden);
  if (!chosen || !share || !mine || !probs || !w || !in || !gate || !more || !sums)
    return c.no_memory(floats * sizeof(float));
  memset(sums, 0, tokens * hidden * sizeof(float));
  const bool normalized = a.normalize_routing_weights || (quantized && !weights);
  for (size_t t = 0; t < tokens; ++t)
    choose(c, weights, t, experts, normalized, probs, chosen + t * k, share + t * k);
  Room room;
  // to [n, rows] = from [n, columns] of layer i of an expert, with its bias.
  const auto apply = [&](unsigned i, size_t expert, const float* from, size_t n, size_t rows, size_t columns,
                         float* to) {
    const Layer& l = layers[i];
    expert_weight(c, l, expert, rows, columns, w);
    TRY(product_f32(c, {.a = from, .b = w, .c = to, .m = n, .k = columns, .n = rows, .transposed = true},
                    room));
    if (c.has_in(l.bias))
      for (size_t r = 0; r < rows; ++r) {
        const float bias = float(element_at(c.in(l.bias), expert * rows + r));
        for (size_t t = 0; t < n; ++t) to[t * rows + r] += bias;
      }
    return Status::ok;
  };
  for (size_t e = 0; e < experts; ++e) {
    size_t n = 0;
    for (size_t i = 0; i < n_chosen; ++i)
      if (chosen[i] == e && share[i] > 0) mine[n++] = i;
    if (!n) continue;
    for (size_t i = 0; i < n; ++i) load(x, mine[i] / k * hidden, hidden, in + i * hidden);
    TRY(apply(0, e, in, n, wide, hidden, gate));
    const bool third = c.has_in(layers[2].weight);
    if (third) TRY(apply(2, e, in, n, inter, hidden, more));
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < inter; ++j) {
        const float* row = gate + i * wide;
        float& to = more[i * inter + j];
        if (a.swiglu_fusion == 1 && is_swiglu(a)) to = gated(a, row[2 * j], row[2 * j + 1]);
        else if (a.swiglu_fusion == 2 && is_swiglu(a)) to = gated(a, row[j], row[inter + j]);
        else if (is_swiglu(a)) to = gated(a, row[j], to);
        else to = activated(a, row[j]) * (third ? to : 1);
      }
    TRY(apply(1, e, more, n, hidden, inter, in));
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < hidden; ++j)
        sums[mine[i] / k * hidden + j] += share[mine[i]] * in[i * hidden + j];
  }
  for (size_t i = 0; i < tokens * hidden; ++i) put_element(y, i, double(sums[i]));
  return Status::ok;
}

}  // namespace

constinit const Op op_ms_mo_e = {.in = {2, 8}, ATTRS(Attrs, attrs), .shape = shape};
Status run_ms_mo_e(Call& c) { return run(c, false); }

constinit const Op op_ms_q_mo_e = {.in = {2, 21}, ATTRS(Attrs, q_attrs), .shape = q_shape};
Status run_ms_q_mo_e(Call& c) { return run(c, true); }

}  // namespace mote
