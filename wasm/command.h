// The command `mote`: files in, files out. One program for WASI hosts and natively; it ends at the first
// error.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "../compiler/mote_compiler.h"
#include "../runtime/value.h"

namespace mote::command {

// One sentence on stderr and exit code 1.
[[noreturn]] void quit(const std::string& sentence);

std::string number(mote_int64 n);
std::string type_name(unsigned type);                            // "" for no type
std::string shape_text(const mote_int64* dims, int rank);        // "[2,3]"

// ---- command_files.cpp

// A file that is read by ranges.
class Source {
 public:
  explicit Source(const std::string& path);                      // quits where it cannot be opened
  // Bytes read, fewer than `bytes` only at the end of the file.
  size_t read(mote_uint64 offset, void* to, size_t bytes) const;
  const std::string& path() const { return path_; }

 private:
  int file_;
  std::string path_;
};

// A file that is written from its start, or standard output. All is in it after close().
class Sink {
 public:
  Sink() = default;                                              // standard output
  // a file that is there is replaced; quits where that cannot be
  explicit Sink(const std::string& path);
  void put(std::string_view text);
  void put(const void* data, size_t bytes) { put(std::string_view(static_cast<const char*>(data), bytes)); }
  void close();

 private:
  void write(const char* data, size_t bytes);
  int file_ = 1;
  std::string path_ = "standard output";
  std::string buffer_;
};

// with those above it; one that is there is fine
void make_folder(const std::string& path);
std::string folder_of(const std::string& path);                  // "a/b/" of "a/b/c", "" of "c"

// ---- command_npy.cpp: .npy files, versions 1 to 3

struct Npy {
  Source source;
  mote_uint64 data = 0;                                          // offset of the elements, bytes
  char kind = 0;                                                 // numpy's: b i u f c U S V
  unsigned size = 0;                                             // bytes of an element
  bool swapped = false, fortran = false;
  std::vector<mote_int64> dims;
};

Npy open_npy(const std::string& path);
// The element type that the file has as a feed of type `wanted`. numpy has no bfloat16, no floats of 8 bits
// and less and no integers of 4 and 2 bits: as ml_dtypes writes them they are void (V2, V1), whose meaning
// the model decides.
Type type_of(const Npy& npy, Type wanted);
// The elements in C order, as the runtime holds them. No strings.
void read_elements(const Npy& npy, Type type, void* to, mote_uint64 bytes);
// Calls put(of, index, text) with every element of U or S as UTF-8, index in C order.
void read_strings(const Npy& npy, void* of,
                  void (*put)(void* of, mote_uint64 index, const std::string& text));
void write_npy(Sink& sink, const mote_value& tensor);

// ---- command_json.cpp

void write_json(Sink& sink, const mote_value& value);

// ---- command.cpp

// Compiles the model at `source` and has it parsed. False: operators are missing, as the error of the model
// tells.
bool compile(const Source& source, mote_model* model, std::vector<std::string>& files);

// ---- command_inspect.cpp

void inspect(const std::string& path);

}  // namespace mote::command
