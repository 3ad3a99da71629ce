// The Transpose that moves heads back behind the rows: mote.Attention writes them there.
#include "../rewriter.h"

namespace mote::compiler {

bool rewrite_attention_transpose(Rewriter& r, Node& n) {
  const Node* attention =
      n.is("Transpose") && is_perm(n, {0, 2, 1, 3}) ? r.step(n.in[0], "Attention", 1, "mote") : nullptr;
  if (!attention || attention->integer("turned", 0) & 8) return false;
  const auto attrs = attention->attrs;
  r.become(n, "Attention", attention->in, "mote");
  n.attrs = attrs;
  n.set("turned", n.integer("turned", 0) | 8);
  return true;
}

}  // namespace mote::compiler
