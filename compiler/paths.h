// Where external data may lie: inside the model's folder.
#pragma once
#include <string>

namespace mote::compiler {

// Why `location` is refused, or null if it is a relative path that stays in the folder it starts from.
const char* path_fault(const std::string& location);

}  // namespace mote::compiler
