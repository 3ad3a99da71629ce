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

#ifndef PICOJSON_USE_LOCALE
#define PICOJSON_USE_LOCALE 0
#endif
#ifndef PICOJSON_USE_INT64
#define PICOJSON_USE_INT64
#endif
#ifndef PICOJSON_ASSERT
#define PICOJSON_ASSERT(e) do { if (!(e)) abort(); } while (0)
#endif
// picojson throws in one place, without a switch: not a number, which we write as a string and never hand to it.
// Everything it includes has been included above.
#define throw abort(), (void)
#include <picojson.h>
#undef throw
