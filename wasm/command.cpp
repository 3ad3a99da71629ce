// The command:  mote run MODEL --input NAME=FILE.npy ... --output DIR      mote inspect MODEL
// Weights are read by range, straight to their place; the model is never held as a whole. Exit codes: 0, 1
// after one sentence on stderr, 2 where the arguments are wrong.
#include "command.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <unistd.h>

#include "../runtime/decimal.h"

namespace mote::command {
namespace {

constexpr char usage[] =
    "usage: mote run MODEL.onnx --input NAME=FILE.npy ... --output DIR\n"
    "       mote inspect MODEL.onnx\n";

void say(int file, std::string_view text) { if (write(file, text.data(), text.size()) < 0) _Exit(1); }

[[noreturn]] void wrong_arguments(const std::string& sentence) {
  say(2, "mote: " + sentence + "\n" + usage);
  _Exit(2);
}

// No memory is needed to say that there is none.
[[noreturn]] void no_memory() {
  say(2, "mote: memory ran out\n");
  _Exit(1);
}

const char* text_at(mote_uint64 address) { return reinterpret_cast<const char*>(uintptr_t(address)); }
template <class T> T* memory_at(mote_uint64 address) { return reinterpret_cast<T*>(uintptr_t(address)); }

[[noreturn]] void quit_with(const mote_error_record* e, const std::string& where = {}) {
  quit((where.empty() ? "" : "'" + where + "': ") + text_at(e->sentence));
}

// ---- a model from its files

// The files that weights lie in are opened when the first of them is asked for.
void load_weights(const Source& source, mote_model* model, const std::vector<std::string>& files) {
  std::vector<std::unique_ptr<Source>> opened(files.size());
  mote_range r;
  int state;
  while ((state = mote_load_next(model, &r)) == MOTE_MORE) {
    const Source* from = &source;
    if (r.file) {
      auto& file = opened[r.file];
      if (!file) file = std::make_unique<Source>(folder_of(source.path()) + files[r.file]);
      from = file.get();
    }
    const size_t got = from->read(r.offset, memory_at<void>(r.address), size_t(r.bytes));
    if (got < r.bytes)
      quit("weights in '" + from->path() + "' are cut short: got " + number(mote_int64(got)) +
           " bytes at offset " + number(mote_int64(r.offset)) + ", expected " + number(mote_int64(r.bytes)));
  }
  if (state == MOTE_ERROR) quit_with(mote_error(model), source.path());
}

// ---- feeds

constexpr mote_uint32 none = 0xffffffff;

struct Feed {
  mote_uint32 input;
  std::string name;
  Type type;
  Npy npy;
  mote_value* value;
};

// NAME=FILE. A name may hold '=' itself: the longest input that fits.
Feed open_feed(mote_model* model, const std::string& argument) {
  Type declared = Type::none;
  mote_uint32 input = none;
  size_t length = 0;
  std::string names;
  mote_port p;
  for (mote_uint32 i = 0; mote_port_at(model, 0, i, &p) == MOTE_OK; ++i) {
    const std::string name = text_at(p.name);
    names += (i ? ", '" : "'") + name + "'";
    if (argument.compare(0, name.size() + 1, name + "=") || (input != none && name.size() < length)) continue;
    declared = Type(memory_at<mote_value>(p.value)->type);
    input = i;
    length = name.size();
  }
  if (input == none)
    quit("no input '" + argument.substr(0, argument.find('=')) + "'; " +
         (names.empty() ? "the model has none" : "inputs are " + names));
  Npy npy = open_npy(argument.substr(length + 1));
  const Type type = type_of(npy, declared);
  return {input, argument.substr(0, length), type, std::move(npy), nullptr};
}

// What read_strings() fills.
struct Strings { mote_context* context; mote_value* value; };

void put_string(void* of, mote_uint64 index, const std::string& text) {
  const Strings& s = *static_cast<const Strings*>(of);
  mote_uint64 at = 0;
  if (mote_value_string(s.context, s.value, size_t(index), text.size(), &at))
    quit_with(mote_error(s.context));
  memcpy(memory_at<char>(at), text.data(), text.size());
}

void describe(mote_context* context, Feed& f) {
  if (f.npy.dims.size() > max_rank)
    quit("input '" + f.name + "': rank " + number(mote_int64(f.npy.dims.size())) + " is above the limit of " +
         number(max_rank));
  mote_value& v = *(f.value = mote_feed(context, f.input));
  v.type = static_cast<unsigned char>(f.type);
  v.kind = MOTE_TENSOR;
  v.rank = static_cast<signed char>(f.npy.dims.size());
  for (size_t i = 0; i < f.npy.dims.size(); ++i) v.dims[i] = f.npy.dims[i];
  if (f.type != Type::str) return;  // gets its memory from the plan
  if (mote_value_alloc(context, &v)) quit_with(mote_error(context));
  Strings strings{context, &v};
  read_strings(f.npy, &strings, put_string);
}

// An optional input that is not fed holds nothing.
void leave_out(mote_model* model, mote_context* context, const std::vector<Feed>& feeds) {
  mote_port p;
  for (mote_uint32 i = 0; mote_port_at(model, 0, i, &p) == MOTE_OK; ++i) {
    bool given = false;
    for (const Feed& f : feeds) given = given || f.input == i;
    if (!given && p.optional) mote_feed(context, i)->kind = MOTE_ABSENT;
  }
}

void plan(mote_context* context, std::vector<Feed>& feeds) {
  for (int state = MOTE_MORE; state == MOTE_MORE;) {
    state = mote_plan(context);
    if (state == MOTE_ERROR) quit_with(mote_error(context));
    for (const Feed& f : feeds)
      if (f.type != Type::str && f.value->address)
        read_elements(f.npy, f.type, memory_at<void>(f.value->address), f.value->bytes);
  }
}

// ---- outputs

// INDEX_NAME, where every character that is not plain is one '_'; the index keeps names apart that are cut or
// become equal.
std::string file_name(mote_uint32 index, std::string_view name) {
  constexpr size_t longest = 200;  // bytes; file systems take 255
  std::string s = number(index) + "_";
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '.' || c == '_' || c == '-';
    const bool inside = (uint8_t(c) & 0xc0) == 0x80;  // of a character that has its '_' already
    if (!inside && s.size() < longest) s += plain ? c : '_';
  }
  return s;
}

void write_outputs(mote_model* model, mote_context* context, const std::string& folder) {
  make_folder(folder);
  mote_port p;
  for (mote_uint32 i = 0; mote_port_at(model, 1, i, &p) == MOTE_OK; ++i) {
    const mote_value* v = mote_output(context, i);
    if (!v) no_memory();
    const bool plain = v->kind == MOTE_TENSOR && Type(v->type) != Type::str;
    const std::string path = folder + "/" + file_name(i, text_at(p.name)) + (plain ? ".npy" : ".json");
    Sink sink(path);
    plain ? write_npy(sink, *v) : write_json(sink, *v);
    sink.close();
    Sink out;
    out.put(path + (plain ? "  " + type_name(v->type) + " " + shape_text(v->dims, v->rank) : "") + "\n");
    out.close();
  }
}

// ---- the two commands

void run(const std::string& path, const std::vector<std::string>& inputs, const std::string& folder) {
  mote_model* model = mote_model_new();
  if (!model) no_memory();
  const Source source(path);
  std::vector<std::string> files;
  if (!compile(source, model, files)) quit_with(mote_error(model), path);
  std::vector<Feed> feeds;  // before the weights, which take time: they may be wrong
  for (const std::string& argument : inputs) {
    feeds.push_back(open_feed(model, argument));
    for (size_t i = 0; i + 1 < feeds.size(); ++i)
      if (feeds[i].input == feeds.back().input) quit("input '" + feeds[i].name + "' is given twice");
  }
  load_weights(source, model, files);
  mote_context* context = mote_context_new(model);
  if (!context) quit_with(mote_error(model));
  for (Feed& f : feeds) describe(context, f);
  leave_out(model, context, feeds);
  plan(context, feeds);
  int state;
  while ((state = mote_run(context, 0)) == MOTE_PAUSED) {}
  if (state == MOTE_ERROR) quit_with(mote_error(context));
  if (state == MOTE_HOST) {
    const mote_step* step = mote_step_at(context, none);
    if (!step) no_memory();
    quit("node '" + std::string(text_at(step->node)) + "' is an operator of a host: this command has none");
  }
  write_outputs(model, context, folder);
  mote_context_free(context);
  mote_model_free(model);
}

// The value of an option, "--name value" or "--name=value"; false where argument i is another.
bool option(int count, char** arguments, int& i, std::string_view name, std::string& value) {
  const std::string_view argument = arguments[i];
  if (argument.substr(0, name.size()) != name) return false;
  if (argument.size() > name.size() && argument[name.size()] == '=') {
    value = argument.substr(name.size() + 1);
    return true;
  }
  if (argument.size() > name.size()) return false;
  if (i + 1 == count) wrong_arguments(std::string(name) + " needs a value");
  value = arguments[++i];
  return true;
}

void main(int count, char** arguments) {
  const std::string command = count > 1 ? arguments[1] : "";
  if (command == "--help" || command == "-h") return say(1, usage);
  if (command.empty()) wrong_arguments("say what to do");
  if (command != "run" && command != "inspect") wrong_arguments("'" + command + "' is not a command");
  std::string model, folder, value;
  std::vector<std::string> inputs;
  for (int i = 2; i < count; ++i) {
    if (command == "run" && option(count, arguments, i, "--input", value)) {
      if (value.find('=') == std::string::npos)
        wrong_arguments("--input takes NAME=FILE.npy, got '" + value + "'");
      inputs.push_back(value);
    } else if (command == "run" && option(count, arguments, i, "--output", value)) {
      folder = value;
    } else if (arguments[i][0] == '-' || !model.empty()) {
      wrong_arguments("'" + std::string(arguments[i]) + "' is not expected");
    } else {
      model = arguments[i];
    }
  }
  if (model.empty()) wrong_arguments("a model is missing");
  if (command == "inspect") return inspect(model);
  if (folder.empty()) wrong_arguments("--output DIR is missing");
  run(model, inputs, folder);
}

}  // namespace

void quit(const std::string& sentence) {
  say(2, "mote: " + sentence + "\n");
  _Exit(1);
}

std::string number(mote_int64 n) {
  char text[24];
  return std::string(text, format_int(n, false, text));
}

std::string type_name(unsigned type) { return type && type < type_count ? type_name(Type(type)) : ""; }

std::string shape_text(const mote_int64* dims, int rank) {
  std::string s = "[";
  for (int i = 0; i < rank; ++i) s += (i ? "," : "") + number(dims[i]);
  return s + "]";
}

bool compile(const Source& source, mote_model* model, std::vector<std::string>& files) {
  mote_compiler* compiler = mote_compiler_new();
  if (!compiler) no_memory();
  mote_uint64 got = 0;
  mote_range r;
  int state;
  while ((state = mote_compiler_next(compiler, got, &r)) == MOTE_MORE)
    got = source.read(r.offset, memory_at<void>(r.address), size_t(r.bytes));
  if (state == MOTE_ERROR) quit_with(mote_compiler_error(compiler), source.path());
  while (const char* name = mote_compiler_file(compiler, mote_uint32(files.size()))) files.push_back(name);
  mote_size bytes = 0;
  const char* graph = mote_compiler_graph(compiler, &bytes);
  char* room = mote_graph_buffer(model, bytes);
  if (!room) quit_with(mote_error(model));
  memcpy(room, graph, bytes);
  mote_compiler_free(compiler);
  if (mote_graph_parse(model) == MOTE_OK) return true;
  if (std::string_view(text_at(mote_error(model)->code)) != "unknown_operators")
    quit_with(mote_error(model), source.path());
  return false;
}

}  // namespace mote::command

int main(int count, char** arguments) {
  std::set_new_handler(mote::command::no_memory);
  mote::command::main(count, arguments);
}
