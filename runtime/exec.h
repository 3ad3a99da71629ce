// Execution: a loop over an explicit stack of frames. Control operators push a frame for their body; nothing
// recurses.
#pragma once
#include "heap.h"
#include "plan.h"

namespace mote {

struct Frame {
  Context* context;
  Frame* parent;
  Step* step;                // the control node in the parent's plan; null in the outermost frame
  const Graph* body;         // chosen by begin()
  // of the body: its inputs, then its captured values; filled by begin() and next()
  Value* inputs;
  void* state;               // the control operator's own
  Plan* plan;
  uint32_t cursor;           // next step
  Heap* heap;                // has the block
  char* block;               // of the plan's first segment
  uint64_t block_bytes;
};

// ---- for control operators
// output i of the body's last run; valid inside next()
const Value& result(const Frame& frame, uint32_t i);
Status keep(Frame& frame, const Value& from, Value& to);        // a copy on the values heap
void drop(Frame& frame, Value& value);                          // frees such a copy
void* heap_alloc(Frame& frame, size_t bytes);                   // null when memory ran out
void heap_free(Frame& frame, void* at);

// ---- what the executor and the planner do around bodies (control.cpp)
struct Bodies {
  Status (*push)(Context& context, Step& step);           // begins to run the control node
  Status (*end)(Context& context);                        // the body of the top frame has run
  // what they read; enters the branch
  Status (*plan)(Context& context, Plan& plan, const Step& step, const Graph* branch);
  // marks what its results are wanted for; true if anything is new
  bool (*want)(const Graph& branch);
  void (*leave)(Plan& plan);                              // the branch is planned: goes on behind its node
};
// plans the body for its inputs and gives it memory
Status start(Frame& frame);
// the current step is done: outputs of barriers are freed after their last reader
void advance(Frame& frame);

constexpr unsigned plans_kept = 4;  // of each graph

// 0 to 3: MOTE_OK to MOTE_HOST
enum class State : uint8_t { done = 0, feeding = 1, paused = 2, waiting = 3, planned = 4 };

// Its arena has the bytes of string elements, its heap what runs take, both until the next feeding.
struct Context : Handle {
  Model* model;
  Frame* top;
  State state;
  bool* given;                     // [feeds]
  Plan* plans;                     // [graphs][plans_kept]
  uint32_t n_plans;
  size_t bytes;                    // of this record with its plans and feeds behind it
  uint64_t stamp;
  Frame root;
  Heap lasting;                    // the activation block

  Status allocate(Value& v);       // v.bytes on the heap
};

void start_feeding(Context& context);
// Checks a tensor that a host describes; sets its bytes. `want`: what is declared of it.
Status check_tensor(Context& context, const Text& name, Value& value, const Value& want);
// leaves state planned, or feeding where planning must read feeds first
Status plan_run(Context& context);
// leaves state done, paused or waiting (for the host); max_cost 0: no limit
Status run(Context& context, uint32_t max_cost);

}  // namespace mote
