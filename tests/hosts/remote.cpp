// Serves the C interface over stdin and stdout, so that the shim and every test run on the native library as
// they run on a WebAssembly instance (tests/hosts/remote.mjs is the other end). Little endian; numbers are 64
// bits unless said.
//   'c' u8 length, name, u8 count, arguments   call a function; answers its result, sign-extended, and where
//                                              that points to a record
//                                              of which most hosts want to know, the record and the texts
//                                                that it begins with;
//                                              nothing if the function gives nothing
//   'r' address, bytes                         answers the bytes
//   'w' address, bytes, the bytes              no answer
//   't' address                                answers length and the NUL-terminated text there
//   'f' name as for 'c'                        answers 1 if there is such a function
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "../../compiler/mote_compiler.h"
#include "../../runtime/mote.h"

namespace {

using Words = const std::uint64_t*;

template <class T> T from_word(std::uint64_t word) {
  if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(static_cast<std::uintptr_t>(word));
  else return static_cast<T>(word);
}

template <class R> std::uint64_t to_word(R value) {
  if constexpr (std::is_pointer_v<R>) return reinterpret_cast<std::uintptr_t>(value);
  else if constexpr (std::is_signed_v<R>) return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  else return value;
}

template <class R, class... A, std::size_t... I>
std::uint64_t apply(R (*f)(A...), Words args, std::index_sequence<I...>) {
  if constexpr (std::is_void_v<R>) {
    f(from_word<A>(args[I])...);
    return 0;
  } else {
    return to_word(f(from_word<A>(args[I])...));
  }
}

template <auto f> std::uint64_t thunk(Words args) {
  return []<class R, class... A>(R (*g)(A...), Words words) {
    return apply(g, words, std::index_sequence_for<A...>{});
  }(f, args);
}

struct Function {
  const char* name;
  std::uint64_t (*call)(Words);
  // bytes that the result points to; of these, pointers to texts at the beginning
  unsigned char record = 0, texts = 0;
};

#define FUNCTION(f) {#f, thunk<f>}
#define RECORD(f, record, texts) {#f, thunk<f>, record, texts}
constexpr Function functions[] = {
    FUNCTION(mote_abi_version),
    FUNCTION(mote_model_new),
    FUNCTION(mote_model_free),
    FUNCTION(mote_graph_buffer),
    FUNCTION(mote_graph_parse),
    FUNCTION(mote_load_next),
    FUNCTION(mote_port_at),
    RECORD(mote_error, 32, 4),
    FUNCTION(mote_records),
    FUNCTION(mote_context_new),
    FUNCTION(mote_context_free),
    FUNCTION(mote_feed),
    FUNCTION(mote_value_alloc),
    FUNCTION(mote_value_string),
    FUNCTION(mote_plan),
    FUNCTION(mote_run),
    RECORD(mote_output, 88, 0),
    FUNCTION(mote_stats_of),
    RECORD(mote_step_at, 40, 2),
    FUNCTION(mote_place_of),
    FUNCTION(mote_host_value),
    FUNCTION(mote_compiler_abi_version),
    FUNCTION(mote_compiler_new),
    FUNCTION(mote_compiler_free),
    FUNCTION(mote_compiler_records),
    FUNCTION(mote_compiler_next),
    FUNCTION(mote_compiler_file),
    FUNCTION(mote_compiler_graph),
    RECORD(mote_compiler_error, 32, 4),
    FUNCTION(mote_compiler_rewrite),
    FUNCTION(mote_compiler_skip),
};

void get(void* to, std::size_t bytes) {
  if (std::fread(to, 1, bytes, stdin) != bytes) std::exit(0);  // the other end has gone
}

template <class T> T get() {
  T value;
  get(&value, sizeof value);
  return value;
}

void put(const void* from, std::size_t bytes) { std::fwrite(from, 1, bytes, stdout); }

const Function* get_function() {
  std::string name(get<std::uint8_t>(), '\0');
  get(name.data(), name.size());
  for (const Function& f : functions)
    if (name == f.name) return &f;
  return nullptr;
}

void put_text(const char* text) {
  const std::uint64_t length = text ? std::strlen(text) : 0;
  put(&length, sizeof length);
  if (length) put(text, length);
}

void put_record(const Function& f, const char* at) {
  put(at, f.record);
  for (int i = 0; i < f.texts; ++i) {
    std::uint64_t text;
    std::memcpy(&text, at + 8 * i, sizeof text);
    put_text(from_word<const char*>(text));
  }
}

void serve(char command) {
  if (command == 'c') {
    const Function* f = get_function();
    std::uint64_t args[6] = {};
    get(args, get<std::uint8_t>() * sizeof *args);
    const std::uint64_t result = f ? f->call(args) : 0;
    if (f && std::string_view(f->name).ends_with("_free")) return;  // nobody waits for it
    put(&result, sizeof result);
    const bool points = f && f->record && result;
    const unsigned char follows[2] = {points ? f->record : (unsigned char)0,
                                      points ? f->texts : (unsigned char)0};
    put(follows, sizeof follows);
    if (points) put_record(*f, from_word<const char*>(result));
  } else if (command == 'r') {
    const auto address = get<std::uint64_t>(), bytes = get<std::uint64_t>();
    put(from_word<const void*>(address), bytes);
  } else if (command == 'w') {
    const auto address = get<std::uint64_t>(), bytes = get<std::uint64_t>();
    get(from_word<void*>(address), bytes);
  } else if (command == 't') {
    put_text(from_word<const char*>(get<std::uint64_t>()));
  } else if (command == 'f') {
    const std::uint64_t found = get_function() != nullptr;
    put(&found, sizeof found);
  } else {
    std::fprintf(stderr, "remote: unknown command %d\n", command);
    std::exit(2);
  }
  if (command != 'w') std::fflush(stdout);
}

}  // namespace

int main() {
  for (;;) serve(get<char>());
}
