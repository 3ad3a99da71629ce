// Errors of the compiler: the runtime's Status with codes of its own after the runtime's, and the same
// record.
#pragma once
#include <string>
#include <vector>

#include "../runtime/status.h"

namespace mote::compiler {

// Codes of errors.def, as values of Status that the runtime does not use.
namespace code {
enum : uint8_t {
  before = 127,
#define ERROR(name, sentence) name##_,
#include "errors.def"
#undef ERROR
};
#define ERROR(name, sentence) constexpr Status name = Status(name##_);
#include "errors.def"
#undef ERROR
}  // namespace code

// Writes the sentence of `status`, with $0 $1 $2 replaced, and returns `status`.
Status fail(ErrorRecord& record, Status status, const std::vector<std::string>& args,
            const std::string& node = {}, const std::string& tensor = {});

// code::out_of_memory, without asking for any.
void fail_out_of_memory(ErrorRecord& record);

std::string decimal(int64_t n);
template <class T> std::string text_of(T n) { return decimal(int64_t(n)); }

}  // namespace mote::compiler
