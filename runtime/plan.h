// A plan: what is executed for feeds of given shapes, and where every value lies. Plans are kept and found again by the
// shapes of the feeds and the values of those that planning read.
//
// Planning walks the graph with concrete shapes. It runs what is `wanted` and known (shape arithmetic), steps into the branch of
// an If whose condition is known, lets views share their input's memory, and stops at a barrier: a node whose output sizes only
// running can tell. The executor runs up to it, runs it, and has the plan extended: each stretch is a segment with a block of
// its own; the first one's is the activation block.
#pragma once
#include "graph.h"

namespace mote {

struct Context;

struct PlanValue : Value {
  enum Home : uint8_t {
    block,     // at offset in the block of its segment
    fixed,     // weights and what planning computed
    external,  // bound from outside before each run
    heap,      // output of a barrier
  } home = block;
  PlanValue* root = nullptr;  // whose memory it shares; itself if it has its own
  uint32_t id = 0;
  uint32_t segment = 0;
  uint32_t first = 0, last = 0;  // steps (from 1; 0: before the first) between which the memory is in use; of roots
  uint32_t remaining = 0;        // reads that are not planned yet; of roots
  uint64_t offset = 0;
};

constexpr uint32_t forever = 0xffffffff;

struct Scope {  // a graph being planned: the whole, or a branch in place of its node
  Scope* parent;
  const Graph* graph;
  PlanValue** map;  // [defs]
  uint32_t cursor;  // next node
};

struct Step {
  const Node* node;
  Scope* scope;
  Value** ins;   // PlanValues
  Value** outs;
  bool barrier;
};

struct Segment {
  uint32_t first_value = 0, first_step = 0;  // of plan.defined, plan.steps
  uint64_t bytes = 0, live_set = 0;
  char* base = nullptr;
};

struct Plan {
  Arena arena;
  const Graph* graph = nullptr;
  Value* keys = nullptr;       // [inputs + outers]; data: a copy, of those that planning read
  Grow<PlanValue*> values;     // by id
  Grow<PlanValue*> defined;    // those with memory or a share in one, in order of definition
  Grow<Step> steps;
  Grow<Segment> segments;
  Scope* whole = nullptr;
  Scope* scope = nullptr;      // where planning goes on
  bool finished = false;
  uint64_t stamp = 0;          // of the last use
  struct {                     // the state after the first segment, to return to
    Arena::Mark mark;
    Grow<PlanValue*> values, defined;
    Grow<Step> steps;
    Grow<Segment> segments;
    Scope* scope;
    bool finished;
    uint32_t* cursors;         // of scope and those around it
    uint32_t* remaining;       // of values
  } saved = {};
};

// The plan for `bindings` [inputs + outers of graph]: found or made, ready up to the first barrier. Tensor inputs of the whole
// graph get a place in the block (`own_inputs`), those of a body stay where they are.
Status find_plan(Context& context, const Graph& graph, const Value* bindings, bool own_inputs, Plan*& plan);
Status extend(Context& context, Plan& plan);                  // plans the next segment
void bind(Plan& plan, uint32_t segment, char* base);          // sets the addresses of its values
bool read_by_planning(const Def& def, const Value& value);    // planning needs the value and it is small enough

// Chooses offsets for n values of `bytes` (multiples of 64) alive in steps [first, last]; gives the size of the block and the
// largest sum of values alive at once. false when memory ran out.
struct Placed { uint64_t bytes, offset; uint32_t first, last; };
bool place(Arena& scratch, Placed* values, uint32_t n, uint64_t& block, uint64_t& live_set);

}  // namespace mote
