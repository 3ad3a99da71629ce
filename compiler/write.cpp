// Writes the graph JSON of docs/graph.md, node by node, so that a graph is never held a second time as a tree
// of JSON values.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <unordered_map>

#include "json.h"
#include "passes.h"

namespace mote::compiler {
namespace {

// A value as [node, output] of the graph that is being written.
struct Entry { int64_t node, output; };

struct Level {
  const Graph* graph;
  const Level* outer;
  std::unordered_map<const Value*, Entry> ids;
};

bool is_utf8(const std::string& s) {
  for (size_t i = 0; i < s.size();) {
    const uint8_t c = uint8_t(s[i]);
    const size_t more = c < 0x80                   ? 0
                        : c >> 5 == 6 && c >= 0xc2 ? 1
                        : c >> 4 == 14             ? 2
                        : c >> 3 == 30 && c < 0xf5 ? 3
                                                   : 4;
    if (more == 4 || i + more >= s.size()) return false;
    for (size_t k = 1; k <= more; ++k)
      if ((uint8_t(s[i + k]) & 0xc0) != 0x80) return false;
    i += more + 1;
  }
  return true;
}

std::string base64(const std::string& bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < n ? uint8_t(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) out += k <= n ? digits[word >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

class Writer {
 public:
  explicit Writer(Model& m) : m_(m) {}
  std::string take() {
    out_ += "{\"mote\":1,\"files\":[";
    for (size_t i = 0; i < m_.files.size(); ++i) {
      if (i) out_ += ',';
      name(m_.files[i]);
    }
    out_ += "],";
    graph(m_.graphs[0], nullptr);
    return std::move(out_);
  }

 private:
  void put(const picojson::value& v) { v.serialize(std::back_inserter(out_)); }
  void integer(int64_t n) { out_ += text_of(n); }
  void name(const std::string& s) {  // what is not UTF-8 in a name is shown as question marks
    if (is_utf8(s)) return put(picojson::value(s));
    std::string shown = s;
    for (char& c : shown)
      if (uint8_t(c) >= 0x80) c = '?';
    put(picojson::value(shown));
  }
  void real(float f) {
    if (f != f) out_ += "\"nan\"";
    else if (std::isinf(f)) out_ += f < 0 ? "\"-inf\"" : "\"inf\"";
    else put(picojson::value(double(f)));
  }
  void bytes_or_text(const std::string& s) {
    if (is_utf8(s)) return put(picojson::value(s));
    out_ += "{\"base64\":\"" + base64(s) + "\"}";
  }
  template <class T, class F> void list(const std::vector<T>& items, F write) {
    out_ += '[';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i) out_ += ',';
      write(items[i]);
    }
    out_ += ']';
  }
  void type_and_shape(const Tensor& t) {
    out_ += "\"type\":\"";
    out_ += type_name(t.type);
    out_ += "\",\"shape\":";
    list(t.dims, [&](int64_t d) { integer(d); });
  }
  void tensor(const Tensor& t);
  void declared(const TypeInfo& t);
  void attribute(const Attribute& a, const Level& level);
  void null_node(const std::string& label, const Value& v, const Entry* outer);
  void node(const Node& n, const Level& level);
  void entry(const Level& level, const Value* v);
  void graph(Graph& g, const Level* outer);
  bool around(const Graph* g, const Graph* inner) const {  // g is inner or a graph around it
    for (; inner; inner = inner->parent)
      if (inner == g) return true;
    return false;
  }

  Model& m_;
  std::string out_;
};

void Writer::tensor(const Tensor& t) {
  out_ += '{';
  type_and_shape(t);
  if (!t.held) {
    out_ += ",\"file\":";
    integer(t.file);
    out_ += ",\"offset\":";
    integer(int64_t(t.offset));
    out_ += ",\"bytes\":";
    integer(int64_t(t.size));
    if (t.varint) out_ += ",\"encoding\":\"varint\"";
  } else if (t.type == Type::str) {
    out_ += ",\"data\":";
    list(t.strings, [&](const std::string& s) { name(s); });
  } else {
    out_ += ",\"data\":\"" + base64(t.bytes) + '"';
  }
  out_ += '}';
}

void Writer::declared(const TypeInfo& t) {
  const bool known = t.element > 0 && t.element < int64_t(type_count);
  const char* separator = "";
  if (known) {
    out_ += "\"type\":\"";
    out_ += type_name(Type(t.element));
    out_ += '"';
    separator = ",";
  }
  if (t.known_shape && t.kind == Kind::tensor && t.shape.size() <= size_t(max_rank)) {
    out_ += separator;
    out_ += "\"shape\":";
    list(t.shape, [&](const TypeInfo::Dim& d) { d.number >= 0 ? integer(d.number) : name(d.symbol); });
    separator = ",";
  }
  const char* kind = t.kind == Kind::sequence ? (t.optional ? "optional_sequence" : "sequence")
                     : t.kind == Kind::map    ? "map"
                     : t.optional             ? "optional"
                                              : nullptr;
  if (kind) out_ += std::string(separator) + "\"kind\":\"" + kind + '"';
}

void Writer::entry(const Level& level, const Value* v) {
  const auto it = v ? level.ids.find(v) : level.ids.end();
  if (it == level.ids.end()) {
    out_ += "null";
    return;
  }
  out_ += '[';
  integer(it->second.node);
  out_ += ',';
  integer(it->second.output);
  out_ += ']';
}

void Writer::attribute(const Attribute& a, const Level& level) {
  name(a.name);
  out_ += ':';
  switch (a.tag) {
    case Attribute::real: real(a.f); break;
    case Attribute::integer: integer(a.i); break;
    case Attribute::text: bytes_or_text(a.s); break;
    case Attribute::reals: list(a.floats, [&](float f) { real(f); }); break;
    case Attribute::integers: list(a.ints, [&](int64_t i) { integer(i); }); break;
    case Attribute::texts: list(a.strings, [&](const std::string& s) { bytes_or_text(s); }); break;
    case Attribute::tensor:
      out_ += "{\"tensor\":";
      tensor(*a.t);
      out_ += '}';
      break;
    case Attribute::graph:
      out_ += "{\"graph\":{";
      graph(*a.g, &level);
      out_ += '}';
      break;
    case Attribute::type:
      // The type of what an empty optional would hold: its element type by name.
      put(picojson::value(a.type_info && a.type_info->element > 0 &&
                                  a.type_info->element < int64_t(type_count)
                              ? type_name(Type(a.type_info->element))
                              : "none"));
      break;
    default: out_ += "null"; break;
  }
}

void Writer::null_node(const std::string& label, const Value& v, const Entry* outer) {
  out_ += "{\"op\":\"null\",\"name\":";
  name(label);
  out_ += ",\"attrs\":";
  if (outer) {
    out_ += "{\"outer\":[";
    integer(outer->node);
    out_ += ',';
    integer(outer->output);
    out_ += "]}";
  } else if (v.constant) {
    tensor(*v.constant);
  } else {
    out_ += '{';
    if (v.type) declared(*v.type);
    out_ += '}';
  }
  out_ += '}';
}

void Writer::node(const Node& n, const Level& level) {
  out_ += "{\"op\":";
  name(n.op);
  if (!n.domain.empty()) {
    out_ += ",\"domain\":";
    name(n.domain);
  }
  out_ += ",\"name\":";
  name(n.name);
  out_ += ",\"inputs\":";
  list(n.in, [&](const Value* v) { entry(level, v); });
  out_ += ",\"outputs\":[";
  for (size_t i = 0; i < n.out.size(); ++i) {
    if (i) out_ += ',';
    name(n.out[i] && (n.out[i]->uses || !i) ? n.out[i]->name : std::string());
  }
  out_ += ']';
  if (!n.attrs.empty()) {
    out_ += ",\"attrs\":{";
    for (size_t i = 0; i < n.attrs.size(); ++i) {
      if (i) out_ += ',';
      attribute(n.attrs[i], level);
    }
    out_ += '}';
  }
  out_ += '}';
}

void Writer::graph(Graph& g, const Level* outer) {
  Level level{&g, outer, {}};
  std::vector<const Value*> held, ranges, captured;  // in order of first use
  const auto see = [&](Value* v) {
    if (level.ids.count(v) || !around(v->graph, &g) || (v->graph == &g && !v->constant)) return;
    level.ids[v] = {-1, 0};
    (v->graph != &g ? captured : v->constant->held ? held : ranges).push_back(v);
  };
  for (const Node* n : g.nodes) each_read(*n, see);
  for (Value* v : g.outputs) see(v);
  // Weights in the order of the file: a stream meets them in one pass.
  std::sort(ranges.begin(), ranges.end(), [](const Value* a, const Value* b) {
    const Tensor &s = *a->constant, &t = *b->constant;
    return std::tie(s.file, s.offset, a->name) < std::tie(t.file, t.offset, b->name);
  });

  int64_t next = 0;
  const auto comma = [&] { if (next) out_ += ','; };
  out_ += "\"nodes\":[";
  for (const Value* v : g.inputs) {
    comma();
    null_node(v->name, *v, nullptr);
    level.ids[v] = {next++, 0};
  }
  // held constants of one type, shape and value are written once
  std::unordered_map<std::string, int64_t> same;
  for (const Value* v : held) {
    const Tensor& t = *v->constant;
    std::string key(1, char(t.type));
    for (const int64_t d : t.dims) key += text_of(d) + ' ';
    key += ':' + t.bytes;
    if (t.type != Type::str) {
      const auto [it, fresh] = same.emplace(std::move(key), next);
      level.ids[v] = {it->second, 0};
      if (!fresh) continue;
    }
    comma();
    null_node(v->name, *v, nullptr);
    level.ids[v] = {next++, 0};
  }
  for (const Value* v : ranges) {
    comma();
    null_node(v->name, *v, nullptr);
    level.ids[v] = {next++, 0};
  }
  for (const Value* v : captured) {
    const auto it = outer->ids.find(v);
    comma();
    null_node(v->name, *v, &it->second);
    level.ids[v] = {next++, 0};
  }
  for (const Node* n : g.nodes) {
    comma();
    node(*n, level);
    for (size_t i = 0; i < n->out.size(); ++i)
      if (n->out[i]) level.ids[n->out[i]] = {next, int64_t(i)};
    ++next;
  }
  out_ += "],\"arg_nodes\":[";
  for (size_t i = 0; i < g.inputs.size(); ++i) {
    if (i) out_ += ',';
    integer(int64_t(i));
  }
  out_ += "],\"heads\":";
  list(g.outputs, [&](const Value* v) { entry(level, v); });
  if (!g.output_names.empty()) {  // of a body, too: what a loop that never runs gives
    out_ += ",\"outputs\":[";
    for (size_t i = 0; i < g.outputs.size(); ++i) {
      out_ += i ? ",{\"name\":" : "{\"name\":";
      name(g.output_names[i]);
      const size_t before = out_.size();
      out_ += ',';
      declared(g.output_types[i]);
      if (out_.size() == before + 1) out_.resize(before);
      out_ += '}';
    }
    out_ += ']';
  }
  out_ += '}';
}

}  // namespace

std::string write(Model& m) { return Writer(m).take(); }

}  // namespace mote::compiler
