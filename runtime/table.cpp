// The tables that make the rest: element types (types.def), operators (ops.def), codecs of weights
// (codecs.def). MOTE_OPS and MOTE_CODECS name other lists (a module with fewer). MOTE_FOLD_TABLE makes the
// compiler's table: every operator's description but of those that run subgraphs, and run_NAME only of the
// rows marked `fold`: the linker drops all others with their kernels, and the executor.
#include "graph.h"
#ifndef MOTE_OPS
#define MOTE_OPS "ops.def"
#endif
#ifndef MOTE_CODECS
#define MOTE_CODECS "codecs.def"
#endif

namespace mote {

constinit const TypeInfo type_info[type_count] = {
  {0, 0},
#define TYPE(name, text, code, bits, bytes) {bits, bytes},
#include "types.def"
#undef TYPE
};

constinit const char type_names[] = "an element type\0"
#define TYPE(name, text, code, bits, bytes) text "\0"
#include "types.def"
#undef TYPE
  ;

constinit const char kind_names[] = "tensor\0sequence\0map\0absent optional\0optional\0optional_sequence\0";

const char* type_name(Type t) {
  return unsigned(t) < type_count ? nth(type_names, unsigned(t)) : "an unknown code";
}

const char* kind_name(Kind k) { return nth(kind_names, unsigned(k) & 3); }

const char* nth(const char* list, unsigned i) {
  while (i)
    if (!*list++) --i;
  return list;
}

bool operator==(const Text& a, const char* word) {
  const char *p = a.data, *const end = p + a.size;
  while (p != end && *word && *p == *word) ++p, ++word;
  return p == end && !*word;
}

#define DOMAIN_onnx ""
#define DOMAIN_ml "ai.onnx.ml"
#define DOMAIN_ms "com.microsoft"
#define DOMAIN_training "ai.onnx.preview.training"
#define DOMAIN_mote "mote"
#define ROW(name, text, domain, run) {&op_##name, run, text, DOMAIN_##domain},
#define ROW_fold(name, text, domain) ROW(name, text, domain, run_##name)
#define ROW_view(name, text, domain) ROW(name, text, domain, nullptr)
#ifdef MOTE_FOLD_TABLE
#define ROW_kernel(name, text, domain) ROW(name, text, domain, nullptr)
#define ROW_control(name, text, domain)
#else
#define ROW_kernel(name, text, domain) ROW(name, text, domain, run_##name)
#define ROW_control(name, text, domain) ROW(name, text, domain, nullptr)
#endif

constinit const OpRow op_table[] = {
#define OP(name, text, domain, where) ROW_##where(name, text, domain)
#include MOTE_OPS
#undef OP
  {nullptr, nullptr, "", ""},  // an array has at least one element
};
constinit const unsigned op_count = sizeof op_table / sizeof op_table[0] - 1;

constinit RunReady* const run_ready = op_count ? run_ready_nodes : nullptr;

constinit const Codec* const codecs[] = {
#define CODEC(name) &codec_##name,
#include MOTE_CODECS
#undef CODEC
  nullptr,
};

const OpRow* find_op(Text name, Text domain) {
  for (const OpRow* row = op_table; row->op; ++row)
    if (name == row->name && domain == row->domain) return row;
  return nullptr;
}

}  // namespace mote
