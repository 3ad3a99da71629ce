// The reader's tensors: from what a TensorProto said, in whatever field, to ONNX's raw layout or to a byte
// range.
#include "paths.h"
#include "reader.h"

namespace mote::compiler {

Status Reader::finish_tensor(Tensor& t) {
  const auto bad = [&](const std::string& what) {
    return fail(error_, code::bad_tensor, {t.name, what}, {}, t.name);
  };
  const auto misfit = [&](auto got, const char* what, auto expected) {
    return bad("it has " + text_of(got) + what + ", expected " + text_of(expected));
  };
  if (payload_.type < 1 || payload_.type >= type_count)
    return bad("element type " + text_of(payload_.type) + " is not known");
  t.type = Type(payload_.type);
  const int64_t count = element_count(t.dims);
  if (count < 0) return bad("its size overflows");
  if (t.dims.size() > size_t(max_rank))
    return bad("rank " + text_of(t.dims.size()) + " is above the limit of " + text_of(max_rank));
  if (t.type == Type::str) {
    if (payload_.external || payload_.pieces) return bad("strings must stand in string_data");
    if (int64_t(t.strings.size()) != count) return misfit(t.strings.size(), " strings", count);
    t.held = true;
    return Status::ok;
  }
  const unsigned bits = type_info[unsigned(t.type)].bits;
  if (count > int64_max / 128) return bad("its size overflows");
  const uint64_t bytes = (uint64_t(count) * bits + 7) / 8;
  if (payload_.external) {
    t.size = bytes;
    return finish_external(t);
  }
  if (payload_.stepped_over) {
    if (payload_.pieces > 1 || payload_.single) return bad("its data comes in pieces");
    // A number takes 1 to 10 bytes as a varint.
    const uint64_t least = t.varint ? (bits < 8 ? bytes : uint64_t(count)) : bytes;
    if (t.size < least) return misfit(t.size, " bytes", least);
    if (!t.varint && t.size > bytes) return misfit(t.size, " bytes", bytes);
    return Status::ok;
  }
  const size_t width = bits < 8 ? 1 : bits / 8;
  for (const int64_t n : payload_.numbers)
    t.bytes.append(reinterpret_cast<const char*>(&n), width < 8 ? width : 8);
  if (t.bytes.size() != bytes) return misfit(t.bytes.size(), " bytes", bytes);
  t.bytes.resize(size_t(bytes));
  t.held = true;
  return Status::ok;
}

Status Reader::finish_external(Tensor& t) {
  const char* fault = path_fault(payload_.location);
  if (fault) return fail(error_, code::bad_path, {payload_.location, fault}, {}, t.name);
  if (payload_.has_length && payload_.length < t.size)
    return fail(error_, code::bad_tensor,
                {t.name, "it has " + text_of(payload_.length) + " bytes of external data, expected " +
                             text_of(t.size)},
                {}, t.name);
  t.bytes.clear();
  if (!t.size) {
    t.held = true;
    return Status::ok;
  }
  size_t file = last_file_;
  if (files_[file] != payload_.location) {
    for (file = 1; file < files_.size() && files_[file] != payload_.location;) ++file;
    if (file == files_.size()) files_.push_back(payload_.location);
    last_file_ = file;
  }
  t.file = uint32_t(file);
  t.offset = payload_.offset;
  return Status::ok;
}

}  // namespace mote::compiler
