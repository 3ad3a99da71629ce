// Conv, Gemm or MatMul, then an activation: an attribute of theirs (domain mote), applied while the result is
// in the cache.
#include <cmath>

#include "../rewriter.h"

namespace mote::compiler {

bool activation_of(const Rewriter& r, const Node& n, const char*& name, std::vector<float>& params) {
  static constexpr struct {
    const char *op, *name;
  } plain[] = {{"Relu", "Relu"},
               {"Sigmoid", "Sigmoid"},
               {"Tanh", "Tanh"},
               {"HardSwish", "HardSwish"},
               {"Gelu", "Gelu"},
               {"Swish", "Swish"},
               {"Mish", "Mish"},
               {"LeakyRelu", "LeakyRelu"},
               {"HardSigmoid", "HardSigmoid"},
               {"Clip", "Clip"},
               {"Elu", "Elu"},
               {"Softplus", "Softplus"}};
  if (!n.domain.empty()) return false;
  name = nullptr;
  for (const auto& row : plain)
    if (n.op == row.op) name = row.name;
  if (!name) return false;
  params.clear();
  if (n.op == "Clip")
    for (size_t i = 1; i <= 2; ++i) {
      double bound = i == 1 ? -INFINITY : INFINITY;
      if (n.input(i) && !r.number(n.in[i], n.in[0], bound)) return false;
      params.push_back(float(bound));
    }
  else if (n.op == "HardSigmoid") params = {n.real("alpha", 0.2f), n.real("beta", 0.5f)};
  else if (n.op == "LeakyRelu") params = {n.real("alpha", 0.01f)};
  else if (n.op == "Elu" || n.op == "Swish") params = {n.real("alpha", 1.0f)};
  else if (const Attribute* a = n.op == "Gelu" ? n.find("approximate") : nullptr; a && a->s == "tanh")
    name = "GeluTanh";
  return true;
}

bool rewrite_activation(Rewriter& r, Node& n) {
  const char* name;
  std::vector<float> params;
  if (n.in.empty() || !r.is_f32(n.out[0]) || !activation_of(r, n, name, params)) return false;
  for (const char* op : {"Conv", "Gemm", "MatMul"})
    for (const char* domain : {"", "mote"}) {
      const Node* from = r.step(n.in[0], op, 1, domain);
      if (!from || from->find("activation") || !find_op(op, "mote")) continue;
      if (!from->in[1] || !r.is_weight(from->in[1])) continue;
      const auto attrs = from->attrs;
      r.become(n, op, from->in, "mote");
      n.attrs = attrs;
      n.set("activation", name);
      if (!params.empty()) n.set("activation_params", std::move(params));
      return true;
    }
  return false;
}

}  // namespace mote::compiler
