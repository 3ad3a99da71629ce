#include "cosine_window.h"
#include "../element.h"
#include "../math.h"

namespace mote {

constinit const Attr window_attrs[2] = {ATTR(WindowAttrs, output_datatype, 1),
                                        ATTR(WindowAttrs, periodic, 1)};

Status window_shape(Call& c) {
  const int64_t type = c.attrs<WindowAttrs>().output_datatype;
  if (type < 1 || type >= int64_t(type_count) || !has(number_types, Type(type)))
    return c.bad_attr("output_datatype", type, Arg::set(number_types));
  TRY(c.want_type(0, types(Type::i32, Type::i64)));
  const Value& size = c.in(0);
  if (known_rank(size) && size.rank) {
    TRY(c.want_rank(0, 1));
    TRY(c.want_dim(0, 0, 1));
  }
  int64_t n = c.fresh();
  if (size.data) n = load_int(size.type, size.data, 0);
  if (size.data && n < 0) return c.fail_in(0, Status::bad_value, n, "0 or more");
  return c.set_dims(0, Type(type), &n, 1);
}

Status window_run(Call& c, double a, double b, double cc) {
  Value& y = c.out(0);
  const size_t n = count(y);
  const double step = 2 * 3.14159265358979323846 / double(int64_t(n) - !c.attrs<WindowAttrs>().periodic);
  for (size_t i = 0; i < n; ++i) {
    const double angle = double(i) * step;
    double v = a - b * math::cos(angle) + cc * math::cos(2 * angle);
    if (y.type != Type::f64) v = double(float(v));
    store_reals(y.type, y.as<char>() + i * size_of(y.type), 1, 1, &v);
  }
  return Status::ok;
}

}  // namespace mote
