// A value: a tensor (type, shape, data), a sequence, a map or an absent optional.
// The same record describes symbolic shapes before a run and concrete ones in it.
#pragma once
#include "base.h"

namespace mote {

enum class Type : uint8_t {
  none = 0,
#define TYPE(name, text, code, bits, bytes) name = code,
#include "types.def"
#undef TYPE
};
constexpr unsigned type_count = 27;

struct TypeInfo {
  uint8_t bits;   // in ONNX's raw layout; 0 for strings
  uint8_t bytes;  // in memory
};
extern const TypeInfo type_info[type_count];
extern const char type_names[];  // by number, NUL-terminated; the first is that of none
const char* type_name(Type t);

inline size_t size_of(Type t) { return type_info[unsigned(t)].bytes; }

// A set of element types.
using Types = uint32_t;
template <class... T> constexpr Types types(T... t) { return ((Types(1) << unsigned(t)) | ...); }
constexpr bool has(Types set, Type t) { return set >> unsigned(t) & 1; }

constexpr Types float_types = types(Type::f16, Type::bf16, Type::f32, Type::f64);
constexpr Types float8_types = types(Type::f8e4m3fn, Type::f8e4m3fnuz, Type::f8e5m2, Type::f8e5m2fnuz);
// loaded and stored as bits
constexpr Types small_float_types = float8_types | types(Type::f8e8m0, Type::f4e2m1);
constexpr Types signed_types = types(Type::i8, Type::i16, Type::i32, Type::i64);
constexpr Types unsigned_types = types(Type::u8, Type::u16, Type::u32, Type::u64);
constexpr Types int_types = signed_types | unsigned_types;
constexpr Types subbyte_int_types = types(Type::u4, Type::i4, Type::u2, Type::i2);
constexpr Types complex_types = types(Type::c64, Type::c128);
constexpr Types number_types = float_types | int_types;
constexpr Types all_types = 0x7fffffe;  // every row of types.def
constexpr Types any_types = all_types;
constexpr Types real_types = number_types | small_float_types | subbyte_int_types | types(Type::boolean);

enum class Kind : uint8_t {
  tensor = 0,
  sequence = 1,  // data: Value[dims[0]]
  map = 2,       // data: Value[2], keys and values, two tensors of one length
  absent = 3,    // an optional that holds nothing
};

const char* kind_name(Kind k);

constexpr int max_rank = 8;
constexpr int8_t unknown_rank = -1;

// How the data of a weight lies in memory (see weights.h): plain row-major, or panels for the matrix kernels.
// row_panels: axis 0 is that of the rows; line_panels: all but the last, whole panels of them.
enum class Layout : uint8_t { plain = 0, row_panels = 1, column_panels = 2, line_panels = 3 };

struct Value {  // the mote_value of mote.h
  Type type = Type::none;
  Kind kind = Kind::tensor;
  int8_t rank = unknown_rank;
  Layout layout = Layout::plain;
  uint32_t panel = 0;              // panel width in elements where layout is not plain
  int64_t dims[max_rank] = {};     // a number, or a symbol: a negative id, equal ids are equal dimensions
  union {
    // null while the value is not known (in shape()); never null in run() unless empty
    void* data;
    uint64_t address = 0;
  };
  uint64_t bytes = 0;              // size of the memory at data

  template <class T> T* as() { return static_cast<T*>(data); }
  template <class T> const T* as() const { return static_cast<const T*>(data); }
};

inline bool known_rank(const Value& v) { return v.rank >= 0; }

// True if the rank and every dimension is a number.
inline bool concrete(const Value& v) {
  if (v.kind != Kind::tensor) return v.kind != Kind::sequence || v.dims[0] >= 0;
  if (v.rank < 0) return false;
  for (int i = 0; i < v.rank; ++i)
    if (v.dims[i] < 0) return false;
  return true;
}

// Product of dims[from, to) of a concrete value. The planner has checked that the whole product fits.
inline size_t product(const Value& v, int from, int to) {
  size_t n = 1;
  for (int i = from; i < to; ++i) n *= size_t(v.dims[i]);
  return n;
}
inline size_t count(const Value& v) { return product(v, 0, v.rank); }  // elements of a concrete tensor
// A concrete tensor without elements; also in shape(), where sizes that fit no memory may still come and
// count() wraps.
inline bool empty(const Value& v) {
  for (int i = 0; i < v.rank; ++i)
    if (!v.dims[i]) return true;
  return false;
}

}  // namespace mote
