// The two tables that make the rest: element types (types.def) and operators (ops.def).
// MOTE_OPS names another list of operators (a module with fewer). MOTE_FOLD_TABLE makes the compiler's table: every operator's
// description, but run_NAME only of the rows marked `fold`, so that the linker drops all others with their kernels.
#include "op.h"
#ifndef MOTE_OPS
#define MOTE_OPS "ops.def"
#endif

namespace mote {

constinit const TypeInfo type_info[type_count] = {
  {"none", 0, 0},
#define TYPE(name, text, code, bits, bytes) {text, bits, bytes},
#include "types.def"
#undef TYPE
};

#define DOMAIN_onnx ""
#define DOMAIN_ml "ai.onnx.ml"
#define DOMAIN_ms "com.microsoft"
#define DOMAIN_mote "mote"
#ifdef MOTE_FOLD_TABLE
#define RUN_kernel(name) nullptr
#else
#define RUN_kernel(name) run_##name
#endif
#define RUN_fold(name) run_##name
#define RUN_view(name) nullptr
#define RUN_control(name) nullptr

constinit const OpRow op_table[] = {
#define OP(name, text, domain, where) {&op_##name, RUN_##where(name), text, DOMAIN_##domain},
#include MOTE_OPS
#undef OP
  {nullptr, nullptr, "", ""},  // an array has at least one element
};
constinit const unsigned op_count = sizeof op_table / sizeof op_table[0] - 1;

const OpRow* find_op(Text name, Text domain) {
  for (const OpRow* row = op_table; row->op; ++row)
    if (name == row->name && domain == row->domain) return row;
  return nullptr;
}

}  // namespace mote
