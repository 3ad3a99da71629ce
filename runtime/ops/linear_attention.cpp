// LinearAttention: a state [n, m] of each group of heads, read after each step: y = scale q^T state.
//   linear       state += k v^T                   gated        state = exp(g) state + k v^T
//   delta        state += k (b (v - state^T k))^T gated_delta  the same of exp(g) state
//   in   query [batch, steps, heads n], key [batch, steps, groups n], value [batch, steps, groups m],
//        past_state [batch, groups, n, m]: 0 where absent, decay g [batch, steps, groups or groups n] where
//          it is gated, beta b
//        [batch, steps, groups or 1] where it has delta; f32 f16 bf16, the state of a type of its own
//   out  y [batch, steps, heads m], present_state [batch, groups, n, m], of past_state's type, or query's
//   q_num_heads, kv_num_heads int: heads, groups; update_rule text = "gated_delta"; scale float = 0: 1 /
//     sqrt(n)
// chunk_size is a hint that nothing follows. Computed in f32.
// Errors: bad_attribute, missing_input, bad_type, bad_rank, bad_shape.            Source: ONNX
//   LinearAttention-27.
#include "../element.h"
#include "../math.h"
#include "../op.h"

namespace mote {
namespace {

struct Attrs {
  int64_t q_num_heads, kv_num_heads, chunk_size;
  Text update_rule;
  float scale;
};
constexpr Attr attrs[] = {REQUIRED(Attrs, q_num_heads), REQUIRED(Attrs, kv_num_heads),
                          ATTR(Attrs, chunk_size, 64), ATTR(Attrs, update_rule, "gated_delta"),
                          ATTR(Attrs, scale)};

struct Rule {
  bool gated, delta;
};
Status read_rule(const Call& c, Rule& out) {
  const Text r = c.attrs<Attrs>().update_rule;
  out.gated = r == "gated" || r == "gated_delta";
  out.delta = r == "delta" || r == "gated_delta";
  return out.gated || out.delta || r == "linear"
             ? Status::ok
             : c.bad_attr("update_rule", r, "linear, gated, delta or gated_delta");
}

// The last axis of input i in heads of equal length.
Status part(Call& c, unsigned i, int64_t heads, int64_t& n) {
  n = c.fresh();
  if (!known_rank(c.in(i)) || c.in(i).dims[2] < 0) return Status::ok;
  n = c.in(i).dims[2] / heads;
  if (c.in(i).dims[2] % heads)
    return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "whole heads in the last axis");
  return Status::ok;
}

Status shape(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  const Types set = types(Type::f32, Type::f16, Type::bf16);
  Rule rule;
  TRY(read_rule(c, rule));
  if (a.kv_num_heads < 1) return c.bad_attr("kv_num_heads", a.kv_num_heads, "at least 1");
  if (a.q_num_heads < 1 || a.q_num_heads % a.kv_num_heads)
    return c.bad_attr("q_num_heads", a.q_num_heads, "a multiple of kv_num_heads");
  TRY(c.want_type(0, set));
  TRY(c.want_type(3, set));
  for (unsigned i = 1; i < 6; ++i)
    if (i != 3) TRY(c.want_same_type(i, 0));
  for (unsigned i = 0; i < 6; ++i) TRY(c.want_rank(i, i == 3 ? 4 : 3));
  for (unsigned i = 4; i < 6; ++i) {
    const bool needed = i == 4 ? rule.gated : rule.delta;
    if (needed && !c.has_in(i)) return c.fail(Status::missing_input, i);
    if (!needed && c.has_in(i))
      return c.bad_attr("update_rule", a.update_rule, i == 4 ? "no decay" : "no beta");
  }
  const Value& q = c.in(0);
  int64_t n, n_key, m, batch = c.fresh(), steps = c.fresh(), width;
  TRY(part(c, 0, a.q_num_heads, n));
  TRY(part(c, 1, a.kv_num_heads, n_key));
  TRY(part(c, 2, a.kv_num_heads, m));
  if (!dim_merge(n, n_key, n)) return c.fail_in(1, Status::bad_shape, Arg::dims(c.in(1)), n);
  if (known_rank(q)) {
    batch = q.dims[0];
    steps = q.dims[1];
  }
  for (unsigned i = 1; i < 6; ++i) {
    TRY(c.want_dim(i, 0, batch));
    if (i != 3) TRY(c.want_dim(i, 1, steps));
  }
  TRY(c.want_dim(3, 1, a.kv_num_heads));
  TRY(c.want_dim(3, 2, n));
  TRY(c.want_dim(3, 3, m));
  for (unsigned i = 4; i < 6; ++i) {
    if (!c.has_in(i) || !known_rank(c.in(i)) || c.in(i).dims[2] < 0 || c.in(i).dims[2] == a.kv_num_heads)
      continue;
    if (i == 5 && c.in(i).dims[2] == 1) continue;
    if (i == 5 || (n >= 0 && c.in(i).dims[2] != n * a.kv_num_heads))
      return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), a.kv_num_heads);
  }
  TRY(dim_mul(c, m, a.q_num_heads, width));
  const int64_t y[3] = {batch, steps, width}, state[4] = {batch, a.kv_num_heads, n, m};
  TRY(c.set_dims(0, q.type, y, 3));
  return c.set_dims(1, c.has_in(3) ? c.in(3).type : q.type, state, 4);
}

}  // namespace

constinit const Op op_linear_attention = {.in = {3, 6}, .out = {2, 2}, ATTRS(Attrs, attrs), .shape = shape};

Status run_linear_attention(Call& c) {
  const Attrs& a = c.attrs<Attrs>();
  Rule rule;
  TRY(read_rule(c, rule));
  const Type type = c.in(0).type;
  const size_t heads = size_t(a.q_num_heads), groups = size_t(a.kv_num_heads), group = heads / groups;
  const size_t n = size_t(c.in(0).dims[2]) / heads, m = size_t(c.in(2).dims[2]) / groups;
  const size_t batch = size_t(c.in(0).dims[0]), steps = size_t(c.in(0).dims[1]);
  const float scale = a.scale != 0 ? a.scale : float(1 / __builtin_sqrt(double(n)));
  float* state = c.scratch_of<float>(n * m + m);
  double* rows = c.scratch_of<double>(2 * n + 2 * m);
  if (!state || !rows) return c.no_memory(n * m * 4);
  float* sums = state + n * m;
  double *key = rows, *value = rows + n, *query = value + m, *y = query + n;
  const auto load = [&](unsigned i, size_t at, size_t count, double* to) {
    load_reals(type, c.in(i).as<char>() + at * size_of(type), 1, count, to);
  };
  const auto load_state = [&](size_t g) {
    memset(state, 0, n * m * 4);
    for (size_t i = 0; i < n * m && c.has_in(3); ++i)
      state[i] = float(load_real(c.in(3).type, c.in(3).data, g * n * m + i));
  };
  // sums [m] = x^T state
  const auto read = [&](const double* x) {
    for (size_t j = 0; j < m; ++j) sums[j] = 0;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < m; ++j) sums[j] += float(x[i]) * state[i * m + j];
  };
  for (size_t g = 0; g < batch * groups; ++g) {
    load_state(g);
    for (size_t t = 0; t < steps; ++t) {
      const size_t step = g / groups * steps + t, own = step * groups + g % groups;
      load(1, own * n, n, key);
      load(2, own * m, m, value);
      if (rule.gated) {
        const bool each = size_t(c.in(4).dims[2]) != groups;
        for (size_t i = 0; i < n; ++i) {
          const float by = float(math::exp(load_real(type, c.in(4).data, each ? own * n + i : own)));
          for (size_t j = 0; j < m; ++j) state[i * m + j] *= by;
        }
      }
      if (rule.delta) {
        const float beta = float(load_real(type, c.in(5).data, c.in(5).dims[2] == 1 ? step : own));
        read(key);
        for (size_t j = 0; j < m; ++j) value[j] = double(beta * (float(value[j]) - sums[j]));
      }
      for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < m; ++j) state[i * m + j] += float(key[i]) * float(value[j]);
      for (size_t h = 0; h < group && c.has_out(0); ++h) {
        const size_t head = step * heads + g % groups * group + h;
        load(0, head * n, n, query);
        read(query);
        for (size_t j = 0; j < m; ++j) y[j] = double(scale * sums[j]);
        store_reals(type, c.out(0).as<char>() + head * m * size_of(type), 1, m, y);
      }
    }
    for (size_t i = 0; i < n && c.has_out(1); ++i) {
      for (size_t j = 0; j < m; ++j) y[j] = double(state[i * m + j]);
      const Type to = c.out(1).type;
      store_reals(to, c.out(1).as<char>() + (g * n + i) * m * size_of(to), 1, m, y);
    }
  }
  return Status::ok;
}

}  // namespace mote
