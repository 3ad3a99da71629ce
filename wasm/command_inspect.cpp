// What a model is, from its structure alone: no weight is read.
#include <map>

#include "../compiler/reader.h"
#include "command.h"

namespace mote::command {
namespace {

using namespace compiler;

struct Counts {
  std::map<std::string, size_t> operators;  // "Conv", "com.microsoft.Gelu"
  size_t nodes = 0, weights = 0;
  uint64_t bytes = 0;
};

onnx::Model read(const Source& source) {
  onnx::Model model;
  ErrorRecord error;
  std::vector<std::string> files(1);
  Reader reader(model, files, error);
  Window want;
  uint64_t got = 0;
  for (bool more = false;;) {
    if (reader.next(got, more, want) != Status::ok) quit("'" + source.path() + "': " + error.sentence);
    if (!more) return model;
    got = source.read(want.offset, want.data, size_t(want.bytes));
  }
}

void count(Counts& c, const Tensor& t) {
  ++c.weights;
  if (t.type == Type::str) {
    for (const std::string& s : t.strings) c.bytes += s.size();
    if (!t.held) c.bytes += t.size;
  } else {
    const int64_t n = element_count(t.dims);
    c.bytes += n < 0 ? t.size : (uint64_t(n) * type_info[unsigned(t.type)].bits + 7) / 8;
  }
}

void count(Counts& c, const onnx::Model& model) {
  std::vector<const onnx::Graph*> graphs{&model.graph};
  const auto count_nodes = [&](const std::vector<onnx::Node>& nodes) {
    c.nodes += nodes.size();
    for (const onnx::Node& n : nodes) {
      ++c.operators[n.domain.empty() || n.domain == "ai.onnx" ? n.op : n.domain + "." + n.op];
      for (const Attribute& a : n.attrs) {
        if (a.body) graphs.push_back(a.body.get());
        if (a.t) count(c, *a.t);
      }
    }
  };
  for (const onnx::Function& f : model.functions) count_nodes(f.nodes);
  for (size_t i = 0; i < graphs.size(); ++i) {
    const onnx::Graph& g = *graphs[i];
    count_nodes(g.nodes);
    for (const Tensor& t : g.initializers) count(c, t);
    for (const onnx::Sparse& s : g.sparse) {
      count(c, s.values);
      count(c, s.indices);
    }
  }
}

std::string kind_text(unsigned kind, bool optional) {
  const char* name = kind == MOTE_SEQUENCE ? "sequence of "
                     : kind == MOTE_MAP    ? "map to "
                     : kind == MOTE_ABSENT ? "optional "
                                           : "";
  return (optional && kind != MOTE_ABSENT ? "optional " : "") + std::string(name);
}

// As the runtime knows them after shape inference.
void print_ports(Sink& out, const char* title, mote_model* model, int output) {
  out.put(title);
  out.put("\n");
  mote_port p;
  for (mote_uint32 i = 0; mote_port_at(model, output, i, &p) == MOTE_OK; ++i) {
    const auto& v = *reinterpret_cast<const mote_value*>(uintptr_t(p.value));
    const auto* symbols = reinterpret_cast<const Text*>(uintptr_t(p.symbols));
    std::string shape = v.rank < 0 ? "" : "[";
    for (int d = 0; d < v.rank; ++d) {
      const auto symbol = mote_uint64(-1 - v.dims[d]);  // of a number: none
      shape += (d ? "," : "") + (v.dims[d] >= 0                                    ? number(v.dims[d])
                                 : symbol < p.symbol_count && symbols[symbol].size ? symbols[symbol].data
                                                                                   : "?");
    }
    out.put("  " + std::string(reinterpret_cast<const char*>(uintptr_t(p.name))) + "  " +
            kind_text(v.kind, p.optional) + type_name(v.type) +
            (v.rank < 0 ? " of unknown rank" : " " + shape + "]") + "\n");
  }
}

// As the file declares them: where operators are missing the runtime knows nothing.
void print_ports(Sink& out, const char* title, const std::vector<onnx::Port>& ports) {
  out.put(title);
  out.put("\n");
  for (const onnx::Port& p : ports) {
    std::string shape;
    for (const compiler::TypeInfo::Dim& d : p.type.shape)
      shape += (shape.empty() ? "" : ",") + (d.number >= 0      ? number(d.number)
                                             : d.symbol.empty() ? "?"
                                                                : d.symbol);
    out.put("  " + p.name + "  " + kind_text(unsigned(p.type.kind), p.type.optional) +
            type_name(unsigned(p.type.element)) +
            (p.type.known_shape ? " [" + shape + "]" : " of unknown rank") + "\n");
  }
}

}  // namespace

void inspect(const std::string& path) {
  const Source source(path);
  mote_model* model = mote_model_new();
  if (!model) quit("memory ran out");
  std::vector<std::string> files;
  const bool complete = compile(source, model, files);
  const onnx::Model read_model = read(source);
  Counts c;
  count(c, read_model);

  Sink out;
  out.put("opsets");
  for (size_t i = 0; i < read_model.opsets.size(); ++i) {
    const onnx::Opset& o = read_model.opsets[i];
    out.put((i ? ", " : "  ") + (o.domain.empty() ? "ai.onnx" : o.domain) + " " + number(o.version));
  }
  out.put("\n");
  if (complete) {
    print_ports(out, "inputs", model, 0);
    print_ports(out, "outputs", model, 1);
  } else {
    print_ports(out, "inputs", read_model.graph.inputs);
    print_ports(out, "outputs", read_model.graph.outputs);
  }
  out.put("weights  " + number(mote_int64(c.weights)) + ", " + number(mote_int64(c.bytes)) + " bytes\n");
  for (size_t i = 1; i < files.size(); ++i) out.put("  in " + files[i] + "\n");
  out.put("operators  " + number(mote_int64(c.nodes)) + " nodes\n");
  for (const auto& [name, n] : c.operators) out.put("  " + name + "  " + number(mote_int64(n)) + "\n");
  std::string missing = "nothing";
  if (!complete) {  // "operators that are not available: A, B (2 nodes)"
    missing = reinterpret_cast<const char*>(uintptr_t(mote_error(model)->sentence));
    missing.erase(0, missing.find(": ") + 2);
  }
  out.put("missing  " + missing + "\n");
  out.close();
  mote_model_free(model);
}

}  // namespace mote::command
