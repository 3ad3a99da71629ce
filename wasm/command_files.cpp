// Files by the few calls that every WASI host has: open, read at an offset, write, make a folder.
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"

namespace mote::command {
namespace {

constexpr size_t piece_bytes = size_t(64) << 20;   // of one call: hosts have limits of their own
constexpr size_t buffer_bytes = size_t(64) << 10;

std::string reason() {
  switch (errno) {
    case ENOENT: case ENOTDIR: return "there is no such file";
    case EISDIR: return "it is a folder";
    case EEXIST: return "it is there already";
    case ENOSPC: return "the disk is full";
    case EACCES: case EPERM: case EROFS:
#ifdef ENOTCAPABLE
    case ENOTCAPABLE:
#endif
      return "access is refused (a WASI host shows only the folders that it was given)";
    default: return "error " + number(errno);
  }
}

}  // namespace

Source::Source(const std::string& path) : file_(open(path.c_str(), O_RDONLY)), path_(path) {
  if (file_ < 0) quit("'" + path + "' cannot be opened: " + reason());
}

size_t Source::read(mote_uint64 offset, void* to, size_t bytes) const {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        pread(file_, static_cast<char*>(to) + done, min(bytes - done, piece_bytes), off_t(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) quit("'" + path_ + "' cannot be read: " + reason());
    if (!got) break;
    done += size_t(got);
  }
  return done;
}

// Always a new file: what is there may be a link that leads out of the folder, and not every host can be told
// not to follow it.
Sink::Sink(const std::string& path) : path_(path) {
  (void)unlink(path.c_str());
  file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (file_ < 0) quit("'" + path + "' cannot be created: " + reason());
}

void Sink::write(const char* data, size_t bytes) {
  while (bytes) {
    const ssize_t done = ::write(file_, data, min(bytes, piece_bytes));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) quit("'" + path_ + "' cannot be written: " + reason());
    data += done;
    bytes -= size_t(done);
  }
}

void Sink::put(std::string_view text) {
  if (buffer_.size() + text.size() > buffer_bytes) {
    write(buffer_.data(), buffer_.size());
    buffer_.clear();
  }
  if (text.size() > buffer_bytes) write(text.data(), text.size());
  else buffer_ += text;
}

void Sink::close() {
  write(buffer_.data(), buffer_.size());
  buffer_.clear();
  if (file_ > 2 && ::close(file_)) quit("'" + path_ + "' cannot be written: " + reason());
}

void make_folder(const std::string& path) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    (void)mkdir(path.substr(0, end).c_str(), 0777);  // whether it is there now, the last one tells
  if (mkdir(path.c_str(), 0777) && errno != EEXIST && errno != EISDIR) {
    const std::string why = reason();
    const int there = open(path.c_str(), O_RDONLY | O_DIRECTORY);
    if (there < 0) quit("the folder '" + path + "' cannot be made: " + why);
    close(there);
  }
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

}  // namespace mote::command
