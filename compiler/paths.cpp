#include "paths.h"

namespace mote::compiler {

const char* path_fault(const std::string& location) {
  const auto slash = [](char c) { return c == '/' || c == '\\'; };
  if (location.empty()) return "the location is missing";
  if (slash(location[0])) return "an absolute path is refused";
  int depth = 0;  // folders below the model's
  for (size_t i = 0; i < location.size();) {
    size_t end = i;
    while (end < location.size() && !slash(location[end])) {
      if (location[end] == '\0') return "a zero byte is refused";
      if (location[end] == ':') return "a drive or URL is refused";
      ++end;
    }
    const std::string part = location.substr(i, end - i);
    if (part == "..") --depth;
    else if (!part.empty() && part != ".") ++depth;
    if (depth < 0) return "a path that leaves the model's folder is refused";
    i = end + 1;
  }
  return depth > 0 && !slash(location.back()) ? nullptr : "it names no file";
}

}  // namespace mote::compiler
