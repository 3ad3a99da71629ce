// picojson without exceptions and locales, with 64-bit integers.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cerrno>
#include <cfloat>
#include <cinttypes>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../runtime/decimal.h"

namespace mote::compiler {

// What picojson formats numbers with, in place of snprintf and all that comes with it. Its formats: an
// integer, a double (that reads back as the same), and \u with four digits.
inline int format_json(char* to, size_t, const char*, int64_t n) {
  to[format_int(n, false, to)] = '\0';
  return 0;
}
inline int format_json(char* to, size_t, const char*, double x) {
  to[format_real(Type::f64, x, to)] = '\0';
  return 0;
}
inline int format_json(char* to, size_t, const char*, int c) {
  const char text[] = {'\\', 'u', '0', '0', "0123456789abcdef"[c >> 4 & 15], "0123456789abcdef"[c & 15],
                       '\0'};
  memcpy(to, text, sizeof text);
  return 0;
}

}  // namespace mote::compiler

#ifndef PICOJSON_USE_LOCALE
#define PICOJSON_USE_LOCALE 0
#endif
#ifndef PICOJSON_USE_INT64
#define PICOJSON_USE_INT64
#endif
#ifndef PICOJSON_ASSERT
#define PICOJSON_ASSERT(e) do { if (!(e)) abort(); } while (0)
#endif
// picojson throws in one place, without a switch: not a number, which we write as a string and never hand to
// it. Everything it includes has been included above.
#define throw abort(), (void)
#define snprintf mote::compiler::format_json
#include <picojson.h>
#undef snprintf
#undef throw
