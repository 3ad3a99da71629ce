// What every file of the runtime stands on: fixed-size integers, spans, bounds-free arithmetic helpers.
// The runtime includes no standard header, so the few look-alikes it needs are here.
#pragma once

using size_t = __SIZE_TYPE__;

// Libraries disagree on whether these are noexcept, and compilers insist on hearing it the same way twice.
#ifdef __EMSCRIPTEN__
#define MOTE_LIBC
#else
#define MOTE_LIBC noexcept(true)
#endif
extern "C" {
// Defined in wasm/ where no libc is linked.
void* memcpy(void* __restrict to, const void* __restrict from, size_t bytes) MOTE_LIBC;
void* memmove(void* to, const void* from, size_t bytes) MOTE_LIBC;
void* memset(void* to, int byte, size_t bytes) MOTE_LIBC;
}
#undef MOTE_LIBC

namespace mote {

using int8_t = __INT8_TYPE__;
using int16_t = __INT16_TYPE__;
using int32_t = __INT32_TYPE__;
using int64_t = __INT64_TYPE__;
using uint8_t = __UINT8_TYPE__;
using uint16_t = __UINT16_TYPE__;
using uint32_t = __UINT32_TYPE__;
using uint64_t = __UINT64_TYPE__;
using uintptr_t = __UINTPTR_TYPE__;

constexpr int64_t int64_max = 0x7fffffffffffffff;
constexpr int64_t int64_min = -int64_max - 1;

template <class T> constexpr T min(T a, T b) { return b < a ? b : a; }
template <class T> constexpr T max(T a, T b) { return a < b ? b : a; }
template <class T> constexpr void swap(T& a, T& b) { T t = a; a = b; b = t; }

constexpr size_t round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }
constexpr int64_t ceil_div(int64_t n, int64_t d) { return (n + d - 1) / d; }

// Checked multiplication and addition: false on overflow.
template <class T>
[[nodiscard]] inline bool mul(T a, T b, T& out) {
  return !__builtin_mul_overflow(a, b, &out);
}
template <class T>
[[nodiscard]] inline bool add(T a, T b, T& out) {
  return !__builtin_add_overflow(a, b, &out);
}

// Reinterprets the bits of one scalar as another of the same size.
template <class To, class From> constexpr To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, from);
}

// A borrowed array. `data` is null where the array is absent (an optional attribute that was not given).
template <class T> struct Span {
  T* data = nullptr;
  uint32_t size = 0;
  constexpr T& operator[](size_t i) const { return data[i]; }
  constexpr T* begin() const { return data; }
  constexpr T* end() const { return data + size; }
  constexpr explicit operator bool() const { return data != nullptr; }
};

// Borrowed UTF-8, not NUL-terminated in general; strings that come from a graph are (they live in its arena).
struct Text {
  const char* data = nullptr;
  uint32_t size = 0;
  constexpr Text() = default;
  constexpr Text(const char* d, size_t n) : data(d), size(uint32_t(n)) {}
  constexpr Text(const char* literal) : data(literal), size(0) {
    if (literal) while (literal[size]) ++size;
  }
};

// String `i` of a list of NUL-terminated strings.
const char* nth(const char* list, unsigned i);

constexpr bool operator==(Text a, Text b) {
  if (a.size != b.size) return false;
  for (uint32_t i = 0; i < a.size; ++i)
    if (a.data[i] != b.data[i]) return false;
  return true;
}
bool operator==(const Text& a, const char* word);

}  // namespace mote

// Placement new by a tag, so that it meets no other definition where the compiler links the standard library.
namespace mote { struct Place { void* at; }; }
constexpr void* operator new(size_t, mote::Place place) noexcept { return place.at; }
constexpr void operator delete(void*, mote::Place) noexcept {}
