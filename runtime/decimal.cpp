// Exact decimals by shifting digits, after R. Pike's and N. Tao's "simple decimal conversion": slow, small,
// always right.
#include "decimal.h"
#include "math.h"

namespace mote {
namespace {

constexpr int most_digits = 800;  // more than the 767 that the midpoint of two doubles can have

// 0.d0 d1 d2 ... * 10^point, without trailing zeros.
struct Decimal {
  int n = 0, point = 0;
  bool more = false;          // digits other than 0 beyond the last one
  uint8_t digits[most_digits + 24];

  int at(int i) const { return i < n ? digits[i] : 0; }
  void trim() {
    while (n && !digits[n - 1]) --n;
    if (!n) point = 0;
  }
  void set(uint64_t v);
  void shift(int k);          // times 2^k
  void double_up(int k);      // times 2^k, k in [1, 56]
  void halve(int k);          // over 2^k, k in [1, 56]
  uint64_t integer(bool odd) const;
};

void Decimal::set(uint64_t v) {
  uint8_t reversed[20];
  int m = 0;
  for (; v; v /= 10) reversed[m++] = uint8_t(v % 10);
  for (n = 0; m; ++n) digits[n] = reversed[--m];
  point = n;
  trim();
}

void Decimal::double_up(int k) {
  const int extra = k * 30103 / 100000 + 1;  // digits that a product by 2^k has more, at most
  uint64_t carry = 0;
  for (int i = n - 1, w = n + extra; w > 0; --i) {
    if (i >= 0) carry += uint64_t(digits[i]) << k;
    digits[--w] = uint8_t(carry % 10);
    carry /= 10;
  }
  int zeros = 0;
  while (!digits[zeros]) ++zeros;
  n += extra - zeros;
  point += extra - zeros;
  memmove(digits, digits + zeros, size_t(n));
  for (; n > most_digits; --n) more |= digits[n - 1] != 0;
  trim();
}

void Decimal::halve(int k) {
  uint64_t rest = 0;
  int r = 0, w = 0;
  while (!(rest >> k)) {
    if (r >= n && !rest) return;  // zero
    rest = rest * 10 + uint64_t(at(r++));
  }
  point -= r - 1;
  const uint64_t mask = (1ull << k) - 1;
  while (r < n || rest) {
    const uint8_t d = uint8_t(rest >> k);
    if (w < most_digits) digits[w++] = d;
    else more |= d != 0;
    rest &= mask;
    if (r >= n && !rest) break;
    rest = rest * 10 + uint64_t(at(r++));
  }
  n = w;
  trim();
}

void Decimal::shift(int k) {
  for (; k > 0 && n; k -= min(k, 56)) double_up(min(k, 56));
  for (; k < 0 && n; k += min(-k, 56)) halve(min(-k, 56));
}

// Rounded to nearest even, or (odd) cut with the last bit set where something was cut off. Below 2^64.
uint64_t Decimal::integer(bool odd) const {
  uint64_t v = 0;
  for (int i = 0; i < point; ++i) v = v * 10 + uint64_t(at(i));
  const bool rest = n > max(point, 0) || more;
  if (!rest || point < 0) return odd && rest ? v | 1 : v;
  if (odd) return v | 1;
  const bool tie = at(point) == 5 && n == point + 1 && !more;
  return v + (tie ? v & 1 : at(point) >= 5);
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.point != b.point) return a.point < b.point ? -1 : 1;
  for (int i = 0; i < max(a.n, b.n); ++i)
    if (a.at(i) != b.at(i)) return a.at(i) < b.at(i) ? -1 : 1;
  return 0;
}

// Mantissa bits (without the leading one) and least exponent of a normal value.
struct Precision { int bits, least; };
Precision precision_of(Type t) {
  if (t == Type::f64) return {52, -1022};
  if (t == Type::f16) return {10, -14};
  return {23, -126};
}

// d becomes the decimal of the fewest digits that lies nearer to the value m * 2^e than to its neighbours.
[[gnu::noinline]] void shorten(Decimal& d, uint64_t m, int e, bool low_is_near) {
  Decimal low, high;
  low.set(low_is_near ? 4 * m - 1 : 2 * m - 1);
  low.shift(low_is_near ? e - 2 : e - 1);
  high.set(2 * m + 1);
  high.shift(e - 1);
  const int edge = m & 1 ? 1 : 0;  // the midpoints themselves round to even values
  for (int n = 1; n < d.n; ++n) {
    Decimal down = d, up = d;
    down.n = n;
    down.trim();
    up.n = n;
    while (up.n && up.digits[up.n - 1] == 9) --up.n;
    if (up.n) ++up.digits[up.n - 1];
    else up.digits[0] = 1, up.n = 1, ++up.point;
    const bool down_fits = compare(down, low) >= edge, up_fits = compare(up, high) <= -edge;
    if (!down_fits && !up_fits) continue;
    const bool tie = d.at(n) == 5 && d.n == n + 1;
    const bool nearer_up = tie ? d.at(n - 1) & 1 : d.at(n) >= 5;
    d = up_fits && (nearer_up || !down_fits) ? up : down;
    return;
  }
}

bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool digit(char c) { return unsigned(c - '0') < 10; }

Text stripped(Text s) {
  while (s.size && space(*s.data)) ++s.data, --s.size;
  while (s.size && space(s.data[s.size - 1])) --s.size;
  return s;
}

bool sign(Text& s) {
  const bool minus = s.size && *s.data == '-';
  if (s.size && (minus || *s.data == '+')) ++s.data, --s.size;
  return minus;
}

// Digits, point and exponent. False where the text is no number.
bool read(Text s, Decimal& d) {
  const char *p = s.data, *end = p + s.size;
  bool any = false, point = false;
  for (; p < end && (digit(*p) || (*p == '.' && !point)); ++p) {
    if (*p == '.') {
      point = true;
      continue;
    }
    any = true;
    if (!d.n && *p == '0') {  // leading
      d.point -= point;
      continue;
    }
    if (d.n < most_digits) d.digits[d.n++] = uint8_t(*p - '0');
    else d.more |= *p != '0';
    d.point = min(d.point + !point, 1 << 20);
  }
  if (!any) return false;
  if (p < end && (*p == 'e' || *p == 'E')) {
    Text rest(p + 1, size_t(end - p - 1));
    const bool minus = sign(rest);
    if (!rest.size) return false;
    int e = 0;
    for (p = rest.data; p < end && digit(*p); ++p) e = min(e * 10 + (*p - '0'), 1 << 22);
    d.point += minus ? -e : e;
  }
  d.trim();
  return p == end;
}

double value_of(Decimal& d, bool wide) {
  if (!d.n || d.point < -330) return 0;
  if (d.point > 310) return __builtin_inf();
  int e = 0;
  while (d.point > 0) {  // to [1/2, 1), in steps of whole digits
    const int k = d.point < 9 ? d.point * 3 : 27;
    d.shift(-k);
    e += k;
  }
  while (d.point < 0 || d.digits[0] < 5) {
    const int k = d.point < 0 ? min(-d.point * 3, 27) : 1;
    d.shift(k);
    e -= k;
  }
  if (e > 1024) return __builtin_inf();
  const int bits = e > -1021 ? 53 : max(53 + e + 1021, 0);  // fewer for subnormals
  d.shift(bits);
  const double m = double(d.integer(!wide));  // at most 2^53: exact
  e -= bits;                                  // in [-1074, 971]
  return math::scale2(m, e);
}

}  // namespace

bool is_word(Text s, Text word) {
  if (s.size != word.size) return false;
  for (uint32_t i = 0; i < s.size; ++i)
    if ((s.data[i] | 32) != word.data[i]) return false;
  return true;
}

size_t format_int(int64_t x, bool is_unsigned, char* to) {
  const bool minus = x < 0 && !is_unsigned;
  uint64_t v = minus ? 0 - uint64_t(x) : uint64_t(x);
  char reversed[20];
  size_t n = 0, size = 0;
  do reversed[n++] = char('0' + v % 10); while (v /= 10);
  if (minus) to[size++] = '-';
  while (n) to[size++] = reversed[--n];
  return size;
}

size_t format_real(Type type, double x, char* to) {
  if (x != x) return memcpy(to, "nan", 3), size_t(3);
  char* p = to;
  if (bits_as<uint64_t>(x) >> 63) *p++ = '-';
  x = __builtin_fabs(x);
  if (x == __builtin_inf()) return memcpy(p, "inf", 3), size_t(p + 3 - to);
  if (x == 0) return memcpy(p, "0.0", 3), size_t(p + 3 - to);

  // x = m * 2^e with m of the type's precision
  const Precision precision = precision_of(type);
  const uint64_t bits = bits_as<uint64_t>(x), field = bits >> 52;
  uint64_t m = (bits & 0xfffffffffffff) | uint64_t(field != 0) << 52;
  int e = max(int(field), 1) - 1023;
  const int drop = 52 - precision.bits + (e < precision.least ? precision.least - e : 0);
  m >>= drop;
  e += drop - 52;
  Decimal d;
  d.set(m);
  d.shift(e);
  shorten(d, m, e, m == 1ull << precision.bits && e + precision.bits > precision.least);

  const int point = d.point;
  if (x >= 1e-4 && x < 1e16) {
    if (point <= 0) *p++ = '0';
    for (int i = 0; i < point; ++i) *p++ = char('0' + d.at(i));
    *p++ = '.';
    for (int i = point; i < 0; ++i) *p++ = '0';
    for (int i = max(point, 0); i < max(d.n, point + 1); ++i) *p++ = char('0' + d.at(i));
    return size_t(p - to);
  }
  *p++ = char('0' + d.at(0));
  if (d.n > 1) *p++ = '.';
  for (int i = 1; i < d.n; ++i) *p++ = char('0' + d.at(i));
  const int power = point - 1;
  *p++ = 'e';
  *p++ = power < 0 ? '-' : '+';
  if (power > -10 && power < 10) *p++ = '0';
  return size_t(p - to) + format_int(power < 0 ? -power : power, true, p);
}

bool parse_real(Text s, bool wide, double& x) {
  s = stripped(s);
  const bool minus = sign(s);
  if (is_word(s, "nan")) x = __builtin_nan("");
  else if (is_word(s, "inf") || is_word(s, "infinity")) x = __builtin_inf();
  else {
    Decimal d;
    if (!read(s, d)) return false;
    x = value_of(d, wide);
  }
  if (minus) x = -x;
  return true;
}

bool parse_int(Text s, int64_t& x) {
  s = stripped(s);
  const bool minus = sign(s);
  uint64_t v = 0;
  for (char c : Span<const char>{s.data, s.size}) {
    if (!digit(c)) return false;
    v = v * 10 + uint64_t(c - '0');
  }
  x = int64_t(minus ? 0 - v : v);
  return s.size != 0;
}

}  // namespace mote
