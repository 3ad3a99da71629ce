// The runtime's operators at compile time: a node as a Call.
#pragma once
#include <unordered_map>

#include "../runtime/arena.h"
#include "../runtime/op.h"
#include "model.h"

namespace mote::compiler {

class Operators {
 public:
  Operators() { scratch_.pages = &pages_; }
  Operators(const Operators&) = delete;
  ~Operators() {
    scratch_.destroy();
    pages_.destroy();
  }

  // The node's row and attributes, ready for a call; null where the table has no such operator, or the
  // runtime would refuse the node, or it has strings or graphs, which are left to the runtime. Valid until
  // the next call.
  const OpRow* bind(const Node& n);
  // Calls shape() on `in` (null: absent), which fills `out`. `run`: then run() into bytes that are given to
  // the outputs.
  Status shape(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out);
  Status run(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out);

 private:
  Status call(const Node& n, std::vector<mote::Value*>& in, std::vector<mote::Value*>& out,
              Status (*f)(Call&));

  Pages pages_;
  Arena scratch_;
  ErrorRecord error_;                 // of operators that fail: the runtime shall say so
  std::vector<uint64_t> attrs_;
  std::deque<mote::Value> tensors_;   // tensor attributes of the bound node
  const OpRow* row_ = nullptr;
  int64_t symbols_ = 0;
};

// A held constant as the runtime sees it. Strings and types below a byte are held otherwise: not for them.
mote::Value view_of(const Tensor& t);
// Types whose memory is ONNX's raw layout.
bool plain_memory(Type t);

// Types, ranks and dimensions of the values of a graph, as far as they follow from its inputs and constants,
// and elements of small integer tensors: numbers, or dimensions that are symbols, so that a Reshape to what
// Shape told keeps them.
struct Extent {
  int64_t n;  // a number, or the symbol's id
  bool symbol = false;
};
struct Shapes : std::unordered_map<const Value*, mote::Value> {
  std::unordered_map<const Value*, std::vector<Extent>> elements;
};
void infer(Operators& operators, const Graph& g, Shapes& shapes);
void infer(Operators& operators, const Node& n, Shapes& shapes);

}  // namespace mote::compiler
