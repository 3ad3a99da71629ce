// The resumable protobuf reader of ONNX files (onnx.proto3 of IR version 13). One table says which fields are
// read and what they are; everything else is skipped.
#include "reader.h"

#include <cstring>

#include "formats.h"

namespace mote::compiler {

enum class Reader::Message : uint8_t {
  skip,
  model,
  opset,
  graph,
  node,
  attribute,
  tensor,
  entry,
  sparse,
  port,
  type,
  tensor_type,
  shape,
  dim,
  sequence,
  map,
  optional,
  function
};

using M = Reader::Message;

enum class Form : uint8_t {
  message,
  text,      // a string or bytes
  number,    // one varint or fixed-size number
  numbers,   // varints, packed or not
  reals,     // 32-bit floats, packed or not
  payload,   // data of a tensor: bytes, or packed numbers as written
};

struct Reader::Row {
  Message in;
  uint8_t field;
  Form form;
  Message child = Message::skip;
};

namespace {

constexpr size_t first_window = 4096, last_window = 256 * 1024;
constexpr size_t text_limit = 64u << 20;      // bytes of one string
// messages of a model: bounds what damaged files can make us hold
constexpr size_t message_limit = 4u << 20;
constexpr size_t frame_limit = 4 * max_depth + 16;
constexpr uint64_t endless = ~uint64_t(0);

constexpr unsigned key(M message, unsigned field) { return unsigned(message) * 64 + field; }

float float_of(uint64_t bits) { return bits_as<float>(uint32_t(bits)); }

bool read_varint(const char*& p, const char* end, uint64_t& out) {
  out = 0;
  for (unsigned shift = 0; shift < 64 && p < end; shift += 7) {
    const uint8_t byte = uint8_t(*p++);
    out |= uint64_t(byte & 0x7f) << shift;
    if (!(byte & 0x80)) return true;
  }
  return false;
}

const char* name_of(M m) {
  switch (m) {
    case M::graph: return "a graph";
    case M::node: return "a node";
    case M::attribute: return "an attribute";
    case M::tensor: case M::entry: return "a tensor";
    case M::function: return "a function";
    default: return "its header";
  }
}

constexpr Reader::Row fields[] = {
  {M::model, 1, Form::number}, {M::model, 7, Form::message, M::graph}, {M::model, 8, Form::message, M::opset},
  {M::model, 25, Form::message, M::function},
  {M::opset, 1, Form::text}, {M::opset, 2, Form::number},
  {M::graph, 1, Form::message, M::node}, {M::graph, 2, Form::text}, {M::graph, 5, Form::message, M::tensor},
  {M::graph, 11, Form::message, M::port}, {M::graph, 12, Form::message, M::port}, {M::graph, 15, Form::message, M::sparse},
  {M::node, 1, Form::text}, {M::node, 2, Form::text}, {M::node, 3, Form::text},
  {M::node, 4, Form::text}, {M::node, 5, Form::message, M::attribute}, {M::node, 7, Form::text},
  {M::node, 8, Form::text},
  {M::attribute, 1, Form::text}, {M::attribute, 2, Form::number}, {M::attribute, 3, Form::number},
  {M::attribute, 4, Form::text}, {M::attribute, 5, Form::message, M::tensor}, {M::attribute, 6, Form::message, M::graph},
  {M::attribute, 7, Form::reals}, {M::attribute, 8, Form::numbers}, {M::attribute, 9, Form::text},
  {M::attribute, 14, Form::message, M::type}, {M::attribute, 20, Form::number}, {M::attribute, 21, Form::text},
  {M::attribute, 22, Form::message, M::sparse},
  {M::tensor, 1, Form::numbers}, {M::tensor, 2, Form::number}, {M::tensor, 4, Form::payload},
  {M::tensor, 5, Form::payload}, {M::tensor, 6, Form::text}, {M::tensor, 7, Form::payload},
  {M::tensor, 8, Form::text}, {M::tensor, 9, Form::payload}, {M::tensor, 10, Form::payload},
  {M::tensor, 11, Form::payload}, {M::tensor, 13, Form::message, M::entry}, {M::tensor, 14, Form::number},
  {M::entry, 1, Form::text}, {M::entry, 2, Form::text},
  {M::sparse, 1, Form::message, M::tensor}, {M::sparse, 2, Form::message, M::tensor}, {M::sparse, 3, Form::numbers},
  {M::port, 1, Form::text}, {M::port, 2, Form::message, M::type},
  {M::type, 1, Form::message, M::tensor_type}, {M::type, 4, Form::message, M::sequence}, {M::type, 5, Form::message, M::map},
  {M::type, 8, Form::message, M::tensor_type}, {M::type, 9, Form::message, M::optional},
  {M::tensor_type, 1, Form::number}, {M::tensor_type, 2, Form::message, M::shape},
  {M::shape, 1, Form::message, M::dim},
  {M::dim, 1, Form::number}, {M::dim, 2, Form::text},
  {M::sequence, 1, Form::message, M::type},
  {M::map, 1, Form::number}, {M::map, 2, Form::message, M::type},
  {M::optional, 1, Form::message, M::type},
  {M::function, 1, Form::text}, {M::function, 4, Form::text}, {M::function, 5, Form::text},
  {M::function, 7, Form::message, M::node}, {M::function, 9, Form::message, M::opset}, {M::function, 10, Form::text},
  {M::function, 11, Form::message, M::attribute}, {M::function, 13, Form::text},
};

}  // namespace

Reader::Reader(onnx::Model& model, std::vector<std::string>& files, ErrorRecord& error)
    : model_(model), files_(files), error_(error), window_(first_window) {
  frames_.push_back({M::model, &model, endless, false});
}

// ---- windows

Status Reader::next(uint64_t got, bool& more, Window& want) {
  if (started_) {
    if (got > asked_) got = asked_;
    size_ += size_t(got);
    eof_ = got < asked_;
    if (probe_) {  // the last byte of what was stepped over
      if (!got) return truncated();
      probe_ = false;
      pos_ = 1;
    }
    const char* other = at_ == 0 && pos_ == 0 ? other_format(buffer_.data(), size_) : nullptr;
    if (other) return fail(error_, code::not_onnx, {other});
    bool stuck = false;
    TRY(parse(stuck));
    if (!stuck) {
      more = false;
      if (!model_.has_graph)
        return fail(error_, code::not_onnx, {"this is not an ONNX model: it holds no graph"});
      return Status::ok;
    }
  }
  started_ = true;
  more = true;
  ask(want);
  return Status::ok;
}

void Reader::ask(Window& want) {
  if (!probe_ && pos_) {
    memmove(buffer_.data(), buffer_.data() + pos_, left());
    at_ += pos_;
    size_ -= pos_;
    pos_ = 0;
  }
  if (buffer_.size() < size_ + window_) buffer_.resize(size_ + window_);
  want = {at_ + size_, window_, buffer_.data() + size_};
  asked_ = window_;
  if (window_ < last_window) window_ *= 2;
}

// Goes on behind `bytes` bytes. What lies beyond the window is not read, but for its last byte, which proves
// that it is there.
Status Reader::step_over(uint64_t bytes) {
  if (bytes <= left()) {
    pos_ += size_t(bytes);
    return Status::ok;
  }
  if (eof_) return truncated();
  at_ = here() + bytes - 1;
  pos_ = size_ = 0;
  probe_ = true;
  window_ = first_window;
  return Status::ok;
}

Status Reader::damaged(const char* what) {
  if (!model_.has_graph)
    return fail(error_, code::not_onnx,
                {"this is not an ONNX model: " + std::string(what) + " at byte " + text_of(here())});
  return fail(error_, code::bad_onnx, {text_of(here()), what});
}

Status Reader::truncated() {
  const Message m = frames_.size() > 1 ? frames_.back().message : Message::model;
  return fail(error_, code::truncated, {text_of(probe_ ? at_ + 1 : at_ + size_), name_of(m)});
}

// ---- the wire

bool Reader::varint(uint64_t& out) {
  const char* p = buffer_.data() + pos_;
  const char* end = buffer_.data() + size_;
  const bool ok = read_varint(p, end, out);
  pos_ = size_t(p - buffer_.data());
  return ok;
}

Status Reader::parse(bool& stuck) {
  for (;;) {
    if (text_row_ || text_left_) {
      const size_t n = text_left_ < left() ? size_t(text_left_) : left();
      text_.append(buffer_.data() + pos_, n);
      pos_ += n;
      text_left_ -= n;
      if (text_left_) {
        if (eof_) return truncated();
        stuck = true;
        return Status::ok;
      }
      const Row* row = text_row_;
      text_row_ = nullptr;
      TRY(text(row));
      text_.clear();
      continue;
    }
    while (frames_.size() > 1 && !frames_.back().group && here() >= frames_.back().end) TRY(close());
    if (!left() && eof_) return frames_.size() == 1 ? Status::ok : truncated();
    if (probe_ || (left() < 20 && !eof_)) {  // a field's tag and length or number are at most 20 bytes
      stuck = true;
      return Status::ok;
    }
    TRY(field());
  }
}

// One field: its tag, and its number, or its length. 20 bytes are there, or all that the file has.
Status Reader::field() {
  Frame& frame = frames_.back();
  const uint64_t start = here();
  uint64_t tag, value = 0;
  if (!varint(tag)) return left() ? damaged("a tag is malformed") : truncated();
  const uint64_t number_of_field = tag >> 3;
  const unsigned wire = unsigned(tag & 7);
  if (!number_of_field || number_of_field > 0x1fffffff) {
    pos_ -= size_t(here() - start);
    return damaged("a tag is malformed");
  }
  const Row* row = nullptr;
  for (const auto& f : fields)
    if (f.in == frame.message && f.field == number_of_field) row = &f;
  switch (wire) {
    case 0: case 2:
      if (!varint(value)) return left() ? damaged("a number is malformed") : truncated();
      break;
    case 1: case 5: {
      const size_t n = wire == 1 ? 8 : 4;
      if (left() < n) return truncated();
      memcpy(&value, buffer_.data() + pos_, n);
      pos_ += n;
      break;
    }
    case 3:
      if (frames_.size() >= frame_limit) return fail(error_, code::graph_too_deep, {text_of(max_depth)});
      frames_.push_back({M::skip, nullptr, frame.end, true});
      return Status::ok;
    case 4:
      if (!frame.group) return damaged("a group ends that was not begun");
      frames_.pop_back();
      return Status::ok;
    default: return damaged("a wire type is unknown");
  }
  if (here() > frame.end) return damaged("a field leaves its message");
  if (wire != 2) {
    if (!row || row->form == Form::message || row->form == Form::text) return Status::ok;
    return number(*row, value);
  }
  if (value > frame.end - here() || value > (endless >> 1)) return damaged("a field leaves its message");
  if (!row || row->form == Form::number) return step_over(value);
  if (row->form == Form::message) return open(*row, here() + value);
  if (row->form == Form::payload && value > small_bytes) {
    Tensor& t = *static_cast<Tensor*>(frame.object);
    t.offset = here();
    t.size = value;
    t.varint = row->field == 5 || row->field == 7 || row->field == 11;
    payload_.stepped_over = true;
    ++payload_.pieces;
    return step_over(value);
  }
  if (value > text_limit) return damaged("a text is too long");
  text_row_ = row;
  text_left_ = value;
  return Status::ok;
}

// ---- messages

Status Reader::open(const Row& row, uint64_t end) {
  if (++messages_ > message_limit)
    return fail(error_, code::graph_too_large, {text_of(message_limit), "parts"});
  if (frames_.size() >= frame_limit || (row.child == M::graph && graphs_ > max_depth))
    return fail(error_, code::graph_too_deep, {text_of(max_depth)});
  void* in = frames_.back().object;
  void* object = in;
  switch (key(row.in, row.field)) {
    case key(M::model, 7): object = &model_.graph; model_.has_graph = true; break;
    case key(M::model, 8): object = &model_.opsets.emplace_back(); break;
    case key(M::model, 25): object = &model_.functions.emplace_back(); break;
    case key(M::graph, 1): object = &static_cast<onnx::Graph*>(in)->nodes.emplace_back(); break;
    case key(M::graph, 5): object = &static_cast<onnx::Graph*>(in)->initializers.emplace_back(); break;
    case key(M::graph, 11): object = &static_cast<onnx::Graph*>(in)->inputs.emplace_back(); break;
    case key(M::graph, 12): object = &static_cast<onnx::Graph*>(in)->outputs.emplace_back(); break;
    case key(M::graph, 15): object = &static_cast<onnx::Graph*>(in)->sparse.emplace_back(); break;
    case key(M::node, 5): object = &static_cast<onnx::Node*>(in)->attrs.emplace_back(); break;
    case key(M::attribute, 5): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.t = std::make_shared<Tensor>();
      object = a.t.get();
      if (!a.tag) a.tag = Attribute::tensor;
      break;
    }
    case key(M::attribute, 6): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.body = std::make_shared<onnx::Graph>();
      object = a.body.get();
      if (!a.tag) a.tag = Attribute::graph;
      break;
    }
    case key(M::attribute, 14): {
      // The type of an empty optional: the runtime is told its element type only.
      Attribute& a = *static_cast<Attribute*>(in);
      a.type_info = std::make_shared<TypeInfo>();
      object = a.type_info.get();
      break;
    }
    case key(M::attribute, 22): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.sparse_tensor = std::make_shared<onnx::Sparse>();
      object = a.sparse_tensor.get();
      if (!a.tag) a.tag = Attribute::sparse;
      break;
    }
    case key(M::sparse, 1): object = &static_cast<onnx::Sparse*>(in)->values; break;
    case key(M::sparse, 2): object = &static_cast<onnx::Sparse*>(in)->indices; break;
    case key(M::port, 2): object = &static_cast<onnx::Port*>(in)->type; break;
    case key(M::type, 4): static_cast<TypeInfo*>(in)->kind = Kind::sequence; break;
    case key(M::type, 5):
      if (static_cast<TypeInfo*>(in)->kind == Kind::tensor) static_cast<TypeInfo*>(in)->kind = Kind::map;
      break;
    case key(M::type, 9): static_cast<TypeInfo*>(in)->optional = true; break;
    case key(M::tensor_type, 2): static_cast<TypeInfo*>(in)->known_shape = true; break;
    case key(M::shape, 1): static_cast<TypeInfo*>(in)->shape.emplace_back(); break;
    case key(M::function, 7): object = &static_cast<onnx::Function*>(in)->nodes.emplace_back(); break;
    case key(M::function, 9): object = &static_cast<onnx::Function*>(in)->opsets.emplace_back(); break;
    case key(M::function, 11): object = &static_cast<onnx::Function*>(in)->defaults.emplace_back(); break;
    default: break;
  }
  if (row.child == M::graph) ++graphs_;
  if (row.child == M::tensor) {
    *static_cast<Tensor*>(object) = Tensor();
    payload_ = Payload();
  }
  frames_.push_back({row.child, object, end, false});
  return Status::ok;
}

Status Reader::close() {
  const Frame frame = frames_.back();
  if (here() > frame.end) return damaged("a field leaves its message");
  frames_.pop_back();
  switch (frame.message) {
    case M::graph: --graphs_; return Status::ok;
    case M::tensor: return finish_tensor(*static_cast<Tensor*>(frame.object));
    case M::entry: {
      int64_t n = 0;
      bool digits = !payload_.text.empty();
      for (const char c : payload_.text) {
        digits = digits && c >= '0' && c <= '9' && n < (int64_max - 9) / 10;
        if (digits) n = n * 10 + (c - '0');
      }
      const bool offset = payload_.key == "offset", length = payload_.key == "length";
      if (payload_.key == "location") payload_.location = payload_.text;
      else if ((offset || length) && !digits)
        return fail(error_, code::bad_path,
                    {payload_.location, payload_.key + " '" + payload_.text + "' is no number"});
      if (offset) payload_.offset = uint64_t(n);
      if (length) { payload_.length = uint64_t(n); payload_.has_length = true; }
      payload_.key.clear();
      payload_.text.clear();
      return Status::ok;
    }
    default: return Status::ok;
  }
}

// ---- fields

Status Reader::number(const Row& row, uint64_t v) {
  void* in = frames_.back().object;
  switch (key(row.in, row.field)) {
    case key(M::model, 1): model_.ir_version = int64_t(v); break;
    case key(M::opset, 2): static_cast<onnx::Opset*>(in)->version = int64_t(v); break;
    case key(M::attribute, 2): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.f = float_of(v);
      if (!a.tag) a.tag = Attribute::real;
      break;
    }
    case key(M::attribute, 3): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.i = int64_t(v);
      if (!a.tag) a.tag = Attribute::integer;
      break;
    }
    case key(M::attribute, 7): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.floats.push_back(float_of(v));
      if (!a.tag) a.tag = Attribute::reals;
      break;
    }
    case key(M::attribute, 8): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.ints.push_back(int64_t(v));
      if (!a.tag) a.tag = Attribute::integers;
      break;
    }
    case key(M::attribute, 20): {
      using A = Attribute;
      static constexpr A::Tag tags[] = {A::none,  A::real,   A::integer,  A::text,  A::tensor,
                                        A::graph, A::reals,  A::integers, A::texts, A::other,
                                        A::other, A::sparse, A::other,    A::type,  A::other};
      static_cast<Attribute*>(in)->tag = v < sizeof tags / sizeof *tags ? tags[v] : A::other;
      break;
    }
    case key(M::tensor, 1): static_cast<Tensor*>(in)->dims.push_back(int64_t(v)); break;
    case key(M::tensor, 2): payload_.type = v; break;
    case key(M::tensor, 4): case key(M::tensor, 10): {
      const size_t n = row.field == 4 ? 4 : 8;
      static_cast<Tensor*>(in)->bytes.append(reinterpret_cast<const char*>(&v), n);
      payload_.single = true;
      break;
    }
    case key(M::tensor, 5): case key(M::tensor, 7): case key(M::tensor, 11):
      payload_.numbers.push_back(int64_t(v));
      payload_.single = true;
      break;
    case key(M::tensor, 14): payload_.external = v == 1; break;
    case key(M::sparse, 3): static_cast<onnx::Sparse*>(in)->dims.push_back(int64_t(v)); break;
    case key(M::tensor_type, 1): static_cast<TypeInfo*>(in)->element = int64_t(v); break;
    case key(M::dim, 1):
      if (!static_cast<TypeInfo*>(in)->shape.empty())
        static_cast<TypeInfo*>(in)->shape.back().number = int64_t(v);
      break;
    default: break;
  }
  return Status::ok;
}

// Packed numbers, all in text_.
Status Reader::packed(const Row& row) {
  const char* p = text_.data();
  const char* end = p + text_.size();
  if (row.form == Form::reals) {
    if (text_.size() % 4) return damaged("packed floats are cut");
    for (; p < end; p += 4) {
      uint32_t bits;
      memcpy(&bits, p, 4);
      TRY(number(row, bits));
    }
    return Status::ok;
  }
  while (p < end) {
    uint64_t v;
    if (!read_varint(p, end, v)) return damaged("a number is malformed");
    TRY(number(row, v));
  }
  return Status::ok;
}

// A text or a small payload has come in whole.
Status Reader::text(const Row* row) {
  void* in = frames_.back().object;
  switch (key(row->in, row->field)) {
    case key(M::opset, 1): static_cast<onnx::Opset*>(in)->domain = text_; break;
    case key(M::graph, 2): static_cast<onnx::Graph*>(in)->name = text_; break;
    case key(M::node, 1): static_cast<onnx::Node*>(in)->in.push_back(text_); break;
    case key(M::node, 2): static_cast<onnx::Node*>(in)->out.push_back(text_); break;
    case key(M::node, 3): static_cast<onnx::Node*>(in)->name = text_; break;
    case key(M::node, 4): static_cast<onnx::Node*>(in)->op = text_; break;
    case key(M::node, 7): static_cast<onnx::Node*>(in)->domain = text_; break;
    case key(M::node, 8): static_cast<onnx::Node*>(in)->overload = text_; break;
    case key(M::attribute, 1): static_cast<Attribute*>(in)->name = text_; break;
    case key(M::attribute, 21): static_cast<Attribute*>(in)->reference = text_; break;
    case key(M::attribute, 4): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.s = text_;
      if (!a.tag) a.tag = Attribute::text;
      break;
    }
    case key(M::attribute, 9): {
      Attribute& a = *static_cast<Attribute*>(in);
      a.strings.push_back(text_);
      if (!a.tag) a.tag = Attribute::texts;
      break;
    }
    case key(M::tensor, 4): case key(M::tensor, 9): case key(M::tensor, 10):
      static_cast<Tensor*>(in)->bytes += text_;
      ++payload_.pieces;
      break;
    case key(M::tensor, 5): case key(M::tensor, 7): case key(M::tensor, 11):
      ++payload_.pieces;
      return packed(*row);
    case key(M::tensor, 6): static_cast<Tensor*>(in)->strings.push_back(text_); break;
    case key(M::tensor, 8): static_cast<Tensor*>(in)->name = text_; break;
    case key(M::entry, 1): payload_.key = text_; break;
    case key(M::entry, 2): payload_.text = text_; break;
    case key(M::port, 1): static_cast<onnx::Port*>(in)->name = text_; break;
    case key(M::dim, 2):
      if (!static_cast<TypeInfo*>(in)->shape.empty()) static_cast<TypeInfo*>(in)->shape.back().symbol = text_;
      break;
    case key(M::function, 1): static_cast<onnx::Function*>(in)->name = text_; break;
    case key(M::function, 4): static_cast<onnx::Function*>(in)->in.push_back(text_); break;
    case key(M::function, 5): static_cast<onnx::Function*>(in)->out.push_back(text_); break;
    case key(M::function, 10): static_cast<onnx::Function*>(in)->domain = text_; break;
    case key(M::function, 13): static_cast<onnx::Function*>(in)->overload = text_; break;
    default: return packed(*row);
  }
  return Status::ok;
}

}  // namespace mote::compiler
