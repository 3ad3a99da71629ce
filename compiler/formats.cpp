#include "formats.h"

#include <cstdint>
#include <cstring>

namespace mote::compiler {

const char* other_format(const char* p, size_t size) {
  struct Kind { unsigned offset; const char* magic; const char* sentence; };
  static constexpr Kind kinds[] = {
    {0, "version https://git-lfs", "this is a Git LFS pointer, not the model itself: fetch the file with git lfs pull"},
    {0, "PK\3\4", "this is a zip archive, not an ONNX model"},
    {0, "\x1f\x8b", "this is a gzip file, not an ONNX model: unpack it first"},
    {0, "GGUF", "this is a GGUF file, not an ONNX model"},
    {0, "\x89HDF", "this is an HDF5 file, not an ONNX model"},
    {4, "ORTM", "this is a model in ONNX Runtime's own format (.ort), not ONNX"},
    {4, "TFL3", "this is a TensorFlow Lite model, not ONNX"},
    {8, "{\"", "this is a safetensors file, not an ONNX model"},
  };
  if (!size) return "the file is empty";
  for (const Kind& k : kinds) {
    const size_t n = strlen(k.magic);
    if (size >= k.offset + n && !memcmp(p + k.offset, k.magic, n)) return k.sentence;
  }
  size_t i = size >= 3 && !memcmp(p, "\xef\xbb\xbf", 3) ? 3 : 0;
  while (i < size && (p[i] == ' ' || p[i] == '\n' || p[i] == '\r' || p[i] == '\t')) ++i;
  bool printable = true;
  for (size_t j = i; j < size && j < i + 64; ++j)
    printable = printable && (uint8_t(p[j]) >= 32 || p[j] == '\n' || p[j] == '\r' || p[j] == '\t');
  if (!printable) return nullptr;
  if (i < size && p[i] == '<') return "this is an HTML or XML page, not an ONNX model";
  if (i < size && (p[i] == '{' || p[i] == '[')) return "this is JSON, not an ONNX model";
  return "this is a text file, not an ONNX model";
}

}  // namespace mote::compiler
