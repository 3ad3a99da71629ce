// The C interface: reads as long as the reader asks, then runs the passes.
#include "mote_compiler.h"

#include <new>

#include "guard.h"
#include "import.h"
#include "passes.h"
#include "reader.h"
#include "rewriter.h"

using namespace mote;

struct mote_compiler {
  ErrorRecord error;
  compiler::Model model;
  // gone after import
  std::unique_ptr<compiler::onnx::Model> source = std::make_unique<compiler::onnx::Model>();
  compiler::Reader reader;
  std::string graph;
  std::vector<bool> off = std::vector<bool>(compiler::rewrite_count);  // rewrites that are skipped
  bool done = false;
  mote_error_record record = {};
  alignas(8) char records[256] = {};

  mote_compiler() : reader(*source, model.files, error) {
    model.files.push_back("");
    model.error = &error;
  }
};

namespace {

Status compile(mote_compiler& c) {
  TRY(compiler::import(*c.source, c.model));
  c.source.reset();
  compiler::Model& m = c.model;
  compiler::remove_dead(m);
  compiler::remove_identities(m);
  compiler::fold(m);
  compiler::rewrite(m, c.off);
  compiler::anchor_outputs(m);
  c.graph = compiler::write(m);
  return Status::ok;
}

mote_uint64 address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

const mote_error_record* record_of(mote_compiler& c) {
  const ErrorRecord& e = c.error;
  c.record = {address(e.code), address(e.sentence), address(e.node), address(e.tensor)};
  return &c.record;
}

int next(mote_compiler& c, mote_uint64 got, mote_range* range) {
  if (c.done) return MOTE_OK;
  if (c.error.status != Status::ok) return MOTE_ERROR;
  compiler::Window want;
  bool more = false;
  if (c.reader.next(got, more, want) != Status::ok) return MOTE_ERROR;
  if (more) {
    *range = {0, 0, want.offset, want.bytes, address(want.data)};
    return MOTE_MORE;
  }
  if (compile(c) != Status::ok) return MOTE_ERROR;
  c.done = true;
  return MOTE_OK;
}

// A call, for guarded().
struct Next { mote_compiler& c; mote_uint64 got; mote_range* range; int state = MOTE_ERROR; };

}  // namespace

extern "C" {

mote_uint32 mote_compiler_abi_version(void) { return MOTE_COMPILER_ABI; }
mote_compiler* mote_compiler_new(void) {
  mote_compiler* c = nullptr;
  const auto work = [](void* of) { *static_cast<mote_compiler**>(of) = new (std::nothrow) mote_compiler(); };
  return compiler::guarded(&c, work, [](void*) {}) ? c : nullptr;
}
void mote_compiler_free(mote_compiler* c) { delete c; }
void* mote_compiler_records(mote_compiler* c) { return c->records; }

int mote_compiler_next(mote_compiler* c, mote_uint64 got, mote_range* range) {
  Next call{*c, got, range};
  const auto work = [](void* of) {
    auto& n = *static_cast<Next*>(of);
    n.state = next(n.c, n.got, n.range);
    if (n.state == MOTE_ERROR) (void)record_of(n.c);
  };
  const auto exhausted = [](void* of) {
    auto& n = *static_cast<Next*>(of);
    compiler::fail_out_of_memory(n.c.error);
    (void)record_of(n.c);
  };
  return compiler::guarded(&call, work, exhausted) ? call.state : MOTE_ERROR;
}

const char* mote_compiler_rewrite(mote_compiler*, mote_uint32 index) {
  return index < compiler::rewrite_count ? compiler::rewrites[index].name : nullptr;
}
void mote_compiler_skip(mote_compiler* c, mote_uint32 index) {
  if (index < compiler::rewrite_count) c->off[index] = true;
}

const char* mote_compiler_file(mote_compiler* c, mote_uint32 index) {
  return index < c->model.files.size() ? c->model.files[index].c_str() : nullptr;
}

const char* mote_compiler_graph(mote_compiler* c, mote_size* bytes) {
  if (!c->done) return nullptr;
  *bytes = c->graph.size();
  return c->graph.c_str();
}

const mote_error_record* mote_compiler_error(mote_compiler* c) { return record_of(*c); }

}
