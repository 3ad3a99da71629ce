// Sentences of the compiler's errors.
#include "fault.h"

#include <cstring>

namespace mote::compiler {
namespace {

struct Row { const char* code; const char* sentence; };
constexpr Row rows[] = {
#define ERROR(name, sentence) {#name, sentence},
#include "errors.def"
#undef ERROR
};

void copy(char* to, size_t capacity, const char* text, size_t size) {
  const bool fits = size < capacity;
  const size_t n = fits ? size : capacity - 4;
  memcpy(to, text, n);
  memcpy(to + n, fits ? "" : "...", fits ? 1 : 4);
}

void copy(char* to, size_t capacity, const std::string& text) {
  copy(to, capacity, text.data(), text.size());
}

const Row& row_of(Status status) { return rows[unsigned(status) - code::before - 1]; }

}  // namespace

std::string decimal(int64_t n) {
  char digits[24];
  char* end = digits + sizeof digits;
  char* p = end;
  uint64_t rest = n < 0 ? 0 - uint64_t(n) : uint64_t(n);
  do *--p = char('0' + rest % 10); while (rest /= 10);
  if (n < 0) *--p = '-';
  return std::string(p, size_t(end - p));
}

Status fail(ErrorRecord& record, Status status, const std::vector<std::string>& args, const std::string& node,
            const std::string& tensor) {
  const Row& row = row_of(status);
  std::string sentence;
  for (const char* p = row.sentence; *p; ++p) {
    if (*p == '$' && p[1] >= '0' && p[1] <= '9') {
      const unsigned i = unsigned(*++p - '0');
      if (i < args.size()) sentence += args[i];
    } else {
      sentence += *p;
    }
  }
  record.status = status;
  record.code = row.code;
  copy(record.sentence, sizeof record.sentence, sentence);
  copy(record.node, sizeof record.node, node);
  copy(record.tensor, sizeof record.tensor, tensor);
  return status;
}

void fail_out_of_memory(ErrorRecord& record) {
  const Row& row = row_of(code::out_of_memory);
  record.status = code::out_of_memory;
  record.code = row.code;
  copy(record.sentence, sizeof record.sentence, row.sentence, strlen(row.sentence));
  record.node[0] = record.tensor[0] = '\0';
}

}  // namespace mote::compiler
