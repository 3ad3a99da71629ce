// Other kinds of files that are taken for a model.
#pragma once
#include <cstddef>

namespace mote::compiler {

// What the file is that begins with these bytes (its first kilobytes, or all of it), as a sentence; null if
// it may be ONNX.
const char* other_format(const char* p, size_t size);

}  // namespace mote::compiler
