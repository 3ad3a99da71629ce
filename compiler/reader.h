// Reads an ONNX file as a stream of windows that the host delivers. A resumable pull parser over an explicit
// stack of messages: it stops wherever the bytes at hand end, names the window it wants next, and goes on
// when that has come. Unknown fields are skipped, payloads of tensors above small_bytes are stepped over and
// become byte ranges, and no input makes it fail otherwise than by an error. Offsets only grow.
#pragma once
#include "model.h"

namespace mote::compiler {

struct Window {
  uint64_t offset = 0;  // in the model file, bytes
  uint64_t bytes = 0;
  char* data = nullptr; // where to put them
};

class Reader {
 public:
  Reader(onnx::Model& model, std::vector<std::string>& files, ErrorRecord& error);

  // `got` bytes of the window asked for have come. Sets `more` and `want`, or is done.
  Status next(uint64_t got, bool& more, Window& want);

  enum class Message : uint8_t;
  struct Row;  // of the table of fields

 private:
  struct Frame {
    Message message;
    void* object;   // what the message is read into
    uint64_t end;   // offset in the file
    bool group;     // a proto1 group: ends at its end tag
  };
  // What a TensorProto said, until it is complete.
  struct Payload {
    uint64_t type = 0;             // ONNX's code
    std::vector<int64_t> numbers;  // of the varint-coded fields
    unsigned pieces = 0;           // fields that hold data as bytes or packed numbers
    bool single = false;           // numbers stood unpacked
    bool stepped_over = false, external = false;
    std::string location, key, text;
    uint64_t offset = 0, length = 0;
    bool has_length = false;
  };

  uint64_t here() const { return at_ + pos_; }
  size_t left() const { return size_ - pos_; }
  bool varint(uint64_t& out);
  Status parse(bool& stuck);   // until the bytes run out (stuck) or the file is done
  Status field();
  Status open(const Row& row, uint64_t end);
  Status close();
  Status text(const Row* row);
  Status number(const Row& row, uint64_t v);
  Status packed(const Row& row);
  Status step_over(uint64_t bytes);
  Status finish_tensor(Tensor& t);
  Status finish_external(Tensor& t);
  Status damaged(const char* what);
  Status truncated();
  void ask(Window& want);

  onnx::Model& model_;
  std::vector<std::string>& files_;
  ErrorRecord& error_;
  std::vector<Frame> frames_;
  std::vector<char> buffer_;
  uint64_t at_ = 0;        // offset in the file of buffer_[0]
  size_t pos_ = 0, size_ = 0;
  size_t window_;          // bytes of the next window
  uint64_t asked_ = 0;
  bool eof_ = false, started_ = false, probe_ = false;
  size_t messages_ = 0;
  int graphs_ = 0;         // open GraphProto frames
  std::string text_;       // the text field that is being collected
  uint64_t text_left_ = 0; // its bytes that are still to come
  const Row* text_row_ = nullptr;
  Payload payload_;
  size_t last_file_ = 0;   // of the last external tensor
};

}  // namespace mote::compiler
