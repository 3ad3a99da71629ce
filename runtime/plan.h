// A plan: what is executed for feeds of given shapes, and where every value lies. Plans are kept and found
// again by the shapes of the feeds and the values of those that planning read.
//
// Planning walks the graph with concrete shapes. It runs what is `wanted` and known (shape arithmetic), steps
// into the branch of an If whose condition is known, lets views share their input's memory, and stops at a
// barrier: a node whose output sizes only running can tell. The executor runs up to it, runs it, and has the
// plan extended: each stretch is a segment with a block of its own; the first one's is the activation block.
#pragma once
#include "graph.h"

namespace mote {

struct Context;
struct Frame;

struct PlanValue : Value {
  enum Home : uint8_t {
    fixed,     // weights and what planning computed
    block,     // at offset in the block of its segment
    external,  // bound from outside before each run
    heap,      // output of a barrier, and the block of a later segment
  } home;
  PlanValue* root;               // whose memory it shares; itself if it has its own
  uint32_t id;                   // in plan.values
  // steps (from 1; 0: before the first) between which the memory is in use; of roots
  uint32_t first, last;
  uint32_t remaining;            // reads that are not planned yet; of roots
  uint32_t saved_remaining;      // the same after the first segment
  uint64_t offset;               // bytes; the blocks of all segments count as one behind the other
  uint64_t room, trial;          // while places are chosen: rounded size, and the offset that is being tried
};
inline PlanValue* pv(Value* v) { return static_cast<PlanValue*>(v); }  // every value of a step is one

constexpr uint32_t forever = 0xffffffff;

struct Scope {  // a graph being planned: the whole, or a branch in place of its node
  Scope* parent;
  const Graph* graph;
  PlanValue** map;  // [defs]: the value of each; captured ones and results of branches are another scope's
  uint32_t resume;  // where the parent goes on
};

struct Step {  // the inputs, and right behind them the outputs, follow it in memory
  Call call;
  const Node* node;
  Scope* scope;
  bool sized;    // its outputs are tensors of known size, or views
  bool barrier;

  uint32_t size() const { return call.n_in + call.n_out; }
  // inputs, then outputs; null where absent
  PlanValue* operator[](uint32_t i) const { return pv(call.ins[i]); }
};

struct Progress {  // of planning
  Grow<PlanValue*> values;     // in order of definition; first what is bound
  Grow<Step*> steps;
  Scope* scope;                // where planning goes on
  uint32_t cursor;             // with this node of it
  uint32_t first_value;        // of the last segment
  uint64_t bytes, live_set;    // of all segments
  bool barrier;                // the last segment ends in one
  bool finished;
};

struct Plan : Progress {
  Arena arena;
  Scope* whole;
  uint64_t stamp;              // of the last use; 0: no plan
  Progress saved;              // after the first segment, to return to
  Arena::Mark mark;
};

// Finds or makes the plan for frame.inputs [inputs + captured values of frame.body], ready up to the first
// barrier. Tensors that are fed to the whole graph get a place in the block, those of a body stay where they
// are.
Status find_plan(Frame& frame);
Status extend(Context& context, Plan& plan);                  // plans the next segment and gives it memory
// sets the addresses of the last segment's values
void bind(Plan& plan, uintptr_t base, Value* inputs);
// Begins to plan a graph. `bindings` of the whole; null for a branch, whose captured values are those of the
// scope around.
Status enter(Context& context, Plan& plan, const Graph& graph, const Value* bindings);
void read(const Plan& plan, PlanValue* value);                // the current step reads it
// planning needs the value and it is small enough
bool read_by_planning(const Def& def, const Value& value);

void clear(Value& value);
void clear_outputs(const Call& call);
// types, shapes and sizes of its outputs; sets step.sized
Status shape_outputs(Step& step);
Status execute(Step& step);

// Chooses the offsets of the last segment's values: plan.bytes and plan.live_set grow by what it needs. false
// when memory ran out.
bool place(Arena& scratch, Plan& plan);

}  // namespace mote
