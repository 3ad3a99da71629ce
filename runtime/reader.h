// Reads graph JSON into graphs. What an operator's attributes hold is read by attributes.cpp, where the
// operator has any.
#pragma once
#include "graph.h"
#include "json.h"

namespace mote {

struct GraphReader : JsonReader {
  Model& model;
  Graph* g = nullptr;       // being read
  Text op, name;            // of the node being read: errors begin with them
  struct Missing { Text name, domain; uint32_t count; };
  Grow<Missing> missing;
  alignas(16) char spare[192];  // taken where memory ran out

  explicit GraphReader(Model& m) : JsonReader(*m.env.error, m.scratch, m.json, m.json_bytes), model(m) {}

  // An error about the current node, or about the graph where there is none.
  void refuse(Status s, Text tensor, Arg a, Arg b, Arg c) {
    if (status == Status::ok) stop(report(*model.env.error, s, op, name, tensor, a, b, c));
  }
  void refuse(Status s, Arg a, Arg b = {}) { refuse(s, {}, a, b, {}); }
  void bad_arity(uint32_t got, const char* of, uint32_t expected) {
    refuse(Status::bad_arity, {}, got, of, expected);
  }
  void too_large(const Text& of, const Value& v) { refuse(Status::too_large, of, v.type, Arg::dims(v), {}); }
  void no_memory(size_t bytes) {
    if (status == Status::ok) stop(model.no_memory(bytes));
  }
  // Zeroed; `spare` where memory ran out.
  void* add(List& list, size_t each) {
    void* p = list.add(model.arena, each);
    if (!p) no_memory(page_bytes), p = spare;
    return memset(p, 0, each);
  }
  template <class T> T& add(Grow<T>& list) {
    static_assert(sizeof(T) <= sizeof spare);
    return *static_cast<T*>(add(list, sizeof(T)));
  }
  void* take(size_t bytes) {  // zeroed; null where memory ran out
    void* p = model.arena.take(bytes);
    return p ? memset(p, 0, bytes) : (no_memory(bytes), p);
  }
  void keep(Text& to, const Text& s) {
    to = {model.arena.copy(s), s.size};
    if (!to.data) to = {"", 0}, no_memory(s.size);
  }
  void keep(Text& to, const Json* j) { keep(to, text(j)); }

  // Null where memory ran out, as in every list of pointers from then on.
  Def* define(Text of, Def::Source source);
  void shape(const Json* list, Value& v);
  bool declare(Value& v);                       // by the members of DECLARATION; true where it is optional
  bool sized(Value& v, const Text& of);         // sets the size of what lies in the model
  void encode(Def& d, const Json* encoding);
  void data(const Json* j, Def& d);
  void nested(const Json* attrs, bool known);
  void null_node(const Json* attrs);
  void operator_node(Text domain, const Json* inputs, const Json* outputs, const Json* attrs);
  void node(const Json* j);
  Def* entry(const Json* j, const Graph& of);
  void ports(const Json* outputs);
  Graph* graph(const Json* j);
};

// The keys that declare a value stand first in a list of keys.
#define DECLARATION "type\0shape\0kind\0"

}  // namespace mote
