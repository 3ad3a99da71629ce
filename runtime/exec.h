// Execution: a loop over an explicit stack of frames. Control operators push a frame for their body; nothing recurses.
#pragma once
#include "heap.h"
#include "plan.h"

namespace mote {

struct Frame {
  Context* context = nullptr;
  Frame* parent = nullptr;
  Step* step = nullptr;            // the control node in the parent's plan; null in the outermost frame
  const Graph* body = nullptr;     // chosen by begin()
  Value* inputs = nullptr;         // of the body: its inputs, then its captured values; filled by begin() and next()
  void* state = nullptr;           // the control operator's own
  Plan* plan = nullptr;
  uint32_t cursor = 0;             // next step
  char* block = nullptr;           // of the plan's first segment
  uint64_t block_bytes = 0;
};

// ---- for control operators
const Value& result(const Frame& frame, uint32_t i);            // output i of the body's last run; valid inside next()
Status keep(Frame& frame, const Value& from, Value& to);        // a copy on the values heap
void drop(Frame& frame, Value& value);                          // frees such a copy
void* heap_alloc(Frame& frame, size_t bytes);                   // null when memory ran out
void heap_free(Frame& frame, void* at);

constexpr unsigned plans_kept = 4;  // of each graph

enum class State : uint8_t { feeding, planned, running, waiting, done };

struct Context {
  ErrorRecord error;               // first, as in Model
  uint64_t error_record[4] = {};
  Model* model = nullptr;
  Pages own;
  Pages* pages = nullptr;          // the model's where it is the first context: what loading needed is used again
  Arena arena;                     // this record, feeds, the table of plans
  Arena scratch;                   // of one node
  Arena strings;                   // bytes of string elements, until the next feeding
  Heap heap;
  Env env;
  Value* feeds = nullptr;
  bool* given = nullptr;
  Plan** plans = nullptr;          // [graphs][plans_kept]
  uint64_t stamp = 0;
  Frame root;
  Frame* top = nullptr;
  State state = State::done;

  Status fail(Status code, Text tensor = {}, Arg a = {}, Arg b = {}, Arg c = {}) {
    return report(error, code, {}, {}, tensor, a, b, c);
  }
  Status no_memory(size_t bytes) { return fail(Status::out_of_memory, {}, uint64_t(bytes)); }
};

void start_feeding(Context& context);
Status plan_run(Context& context, bool& needs_values);
enum class Ran : uint8_t { done, paused, host };
Status run(Context& context, uint32_t max_cost, Ran& ran);

}  // namespace mote
