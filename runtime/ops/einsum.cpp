// Einsum: sums of products of the inputs over the labels that the output does not have.
//   in   x0, x1, ...  numbers of one type        out  y  that type, the labels of the right hand side
//   equation string: "ij,jk->ik", letters of both cases, "..." for leading axes that broadcast; without "->"
//   the labels that come once, in order of their codes, behind "..."
// An axis of one element broadcasts. From left to right, two at a time: each product is a matrix product over
// the labels that nothing later needs, f32 by the kernel; what lies between is of x's type.
// Errors: bad_type, bad_rank, bad_shape, bad_attribute, rank_limit.            Source: ONNX Einsum-28.
#include "../kernels.h"
#include "move.h"
#include "product.h"
#include "reduce.h"

namespace mote {
namespace {

struct Attrs { Text equation; };
constexpr Attr attrs[] = {REQUIRED(Attrs, equation)};

// Labels: 0 to 51 letters in order of their codes, from 52 on axes of "...", counted from the last one.
constexpr uint8_t dots = 52;
constexpr unsigned labels = dots + max_rank;
struct Term {
  uint8_t label[max_rank];
  int n = 0, before = -1;  // before: labels in front of "..."; -1: there is none
};

Status bad_equation(const Call& c, const char* expected) {
  return c.bad_attr("equation", c.attrs<Attrs>().equation, expected);
}

// One term, from character `at` to a comma, an arrow or the end.
Status read_term(const Call& c, unsigned& at, Term& t) {
  const Text e = c.attrs<Attrs>().equation;
  for (; at < e.size && e.data[at] != ',' && e.data[at] != '-'; ++at) {
    const char s = e.data[at];
    if (s == ' ') continue;
    if (s == '.') {
      if (t.before >= 0 || e.size - at < 3 || e.data[at + 1] != '.' || e.data[at + 2] != '.')
        return bad_equation(c, "at most one '...' in a term");
      t.before = t.n;
      at += 2;
      continue;
    }
    const bool upper = s >= 'A' && s <= 'Z', lower = s >= 'a' && s <= 'z';
    if (!upper && !lower) return bad_equation(c, "letters, commas, '...' and '->'");
    if (t.n == max_rank) return c.fail(Status::rank_limit, t.n + 1, max_rank);
    t.label[t.n++] = uint8_t(upper ? s - 'A' : s - 'a' + 26);
  }
  return Status::ok;
}

// Replaces "..." by axes.
Status expand(const Call& c, Term& t, int axes) {
  if (t.before < 0) return Status::ok;
  if (t.n + axes > max_rank) return c.fail(Status::rank_limit, t.n + axes, max_rank);
  for (int i = t.n - 1; i >= t.before; --i) t.label[i + axes] = t.label[i];
  for (int i = 0; i < axes; ++i) t.label[t.before + i] = uint8_t(dots + axes - 1 - i);
  t.n += axes;
  return Status::ok;
}

struct Equation {
  uint8_t uses[labels] = {};      // how many terms have it
  int64_t sizes[labels];          // -1: not known yet
  Term out;
  bool known = true;              // every rank
};

// The term of input i, its "..." expanded where its rank is known.
Status input_term(const Call& c, unsigned i, unsigned& at, Term& t) {
  TRY(read_term(c, at, t));
  const Value& x = c.in(i);
  if (!known_rank(x)) return Status::ok;
  if (t.before >= 0 ? x.rank < t.n : x.rank != t.n) return c.fail_in(i, Status::bad_rank, x.rank, t.n);
  return expand(c, t, x.rank - t.n);
}

// Sizes merge: 1 broadcasts, a symbol (below -1) gives way to a number.
bool merge(int64_t& size, int64_t dim) {
  if (size >= 0 && size != 1) return dim < 0 || dim == 1 || dim == size;
  if (size == -1 || size == 1 || (dim >= 0 && dim != 1)) size = dim;
  return true;
}

Status read_equation(const Call& c, Equation& q) {
  const Text e = c.attrs<Attrs>().equation;
  uint8_t seen[labels] = {};
  for (int64_t& s : q.sizes) s = -1;
  unsigned at = 0;
  int axes = 0;
  for (unsigned i = 0; i < c.n_in; ++i, ++at) {
    if (i && (at - 1 >= e.size || e.data[at - 1] != ',')) return bad_equation(c, "one term an input");
    Term t;
    TRY(input_term(c, i, at, t));
    q.known &= known_rank(c.in(i));
    bool mine[labels] = {};
    for (int k = 0; k < t.n; ++k) {
      const uint8_t l = t.label[k];
      if (l >= dots) axes = max(axes, l - dots + 1);
      ++seen[l];
      q.uses[l] = uint8_t(q.uses[l] + !mine[l]);
      mine[l] = true;
      if (known_rank(c.in(i)) &&
          !merge(q.sizes[l], c.in(i).dims[k] < 0 ? c.in(i).dims[k] - 1 : c.in(i).dims[k]))
        return c.fail_in(i, Status::bad_shape, Arg::dims(c.in(i)), "axes of one label as long as each other");
    }
  }
  --at;  // behind the last term
  if (at < e.size && e.data[at] == ',') return bad_equation(c, "one term an input");
  if (at < e.size) {
    if (e.size - at < 2 || e.data[at + 1] != '>') return bad_equation(c, "'->' before the output");
    at += 2;
    TRY(read_term(c, at, q.out));
    if (at < e.size) return bad_equation(c, "one output");
  } else {
    q.out.before = 0;
    for (uint8_t l = 0; l < dots; ++l)
      if (seen[l] == 1) {
        if (q.out.n == max_rank) return c.fail(Status::rank_limit, q.out.n + 1, max_rank);
        q.out.label[q.out.n++] = l;
      }
  }
  for (int k = 0; k < q.out.n; ++k)
    for (int j = 0; j <= k; ++j)
      if (j < k ? q.out.label[j] == q.out.label[k] : !seen[q.out.label[k]])
        return bad_equation(c, "every label of the output once, and in a term");
  return q.known ? expand(c, q.out, axes) : Status::ok;
}

Status shape(Call& c) {
  TRY(c.want_type(0, number_types));
  for (unsigned i = 1; i < c.n_in; ++i) TRY(c.want_same_type(i, 0));
  Equation q;
  TRY(read_equation(c, q));
  const Type type = c.in(0).type;
  if (!q.known) return c.set(0, type, q.out.before < 0 ? q.out.n : int(unknown_rank)), Status::ok;
  int64_t dims[max_rank];
  for (int i = 0; i < q.out.n; ++i) {
    const int64_t size = q.sizes[q.out.label[i]];
    dims[i] = size < 0 ? size + 1 : size;  // symbols were kept one lower, beside "not known"
  }
  return c.set_dims(0, type, dims, q.out.n);
}

// ---- running

struct Tensor {  // dense, row-major
  const void* data;
  int n;
  uint8_t label[max_rank];
  int64_t dims[max_rank];
};

size_t elements(const Tensor& t) {
  size_t n = 1;
  for (int i = 0; i < t.n; ++i) n *= size_t(t.dims[i]);
  return n;
}

bool carries(const Tensor& t, uint8_t l) {
  for (int i = 0; i < t.n; ++i)
    if (t.label[i] == l) return true;
  return false;
}

Value value_of(const Tensor& t, Type type) {
  Value v;
  v.type = type;
  v.rank = int8_t(t.n);
  for (int i = 0; i < t.n; ++i) v.dims[i] = t.dims[i];
  v.data = const_cast<void*>(t.data);
  return v;
}

// x with the labels `want` in that order, of which it has each; of a repeated one the diagonal. Into `to`, or
// where that is null into scratch; x itself where nothing changes.
Status arrange(Call& c, const Tensor& given, const uint8_t* want, int n, void* to, Tensor& y) {
  const Tensor x = given;  // y may be the same
  const Type type = c.in(0).type;
  int64_t strides[labels] = {}, sizes[labels], stride = 1, from[max_rank], dense[max_rank];
  bool same = x.n == n && !to;
  for (int i = x.n - 1; i >= 0; --i) {
    strides[x.label[i]] += stride;
    sizes[x.label[i]] = x.dims[i];
    same &= i < n && x.label[i] == want[i];
    if (!mul(stride, x.dims[i], stride)) stride = 0;  // nothing is there to be read
  }
  y.n = n;
  for (int i = 0; i < n; ++i) {
    y.label[i] = want[i];
    y.dims[i] = sizes[want[i]];
    from[i] = strides[want[i]];
  }
  y.data = x.data;
  if (same) return Status::ok;
  const size_t bytes = elements(y) * size_of(type);
  y.data = to ? to : c.scratch(bytes);
  if (!y.data) return c.no_memory(bytes);
  Walk<2> w(y.dims, n);
  if (w.empty) return Status::ok;
  dense_strides(y.dims, n, dense);
  w.operand(0, dense);
  w.operand(1, from);
  Value result = value_of(y, type);
  copy_walk(w, result, value_of(x, type));
  return Status::ok;
}

// Drops axes of one element that broadcast.
Tensor squeezed(const Tensor& x, const int64_t* sizes) {
  Tensor t = x;
  t.n = 0;
  for (int i = 0; i < x.n; ++i) {
    if (x.dims[i] == 1 && sizes[x.label[i]] != 1) continue;
    t.label[t.n] = x.label[i];
    t.dims[t.n++] = x.dims[i];
  }
  return t;
}

// x without what is neither in `other` nor in a later term or the output, over which it is summed.
Status reduce(Call& c, Tensor& x, const Tensor* other, const uint8_t* later) {
  uint8_t want[max_rank];
  int n = 0, kept = 0;
  for (int pass = 0; pass < 2; ++pass)
    for (int i = 0; i < x.n; ++i) {
      const uint8_t l = x.label[i];
      bool take = (pass == 0) == (later[l] || (other && carries(*other, l)));
      for (int k = 0; k < n; ++k) take &= want[k] != l;
      if (!take) continue;
      want[n++] = l;
      kept += pass == 0;
    }
  TRY(arrange(c, x, want, n, nullptr, x));
  if (kept == n) return Status::ok;
  const Value all = value_of(x, c.in(0).type);
  x.n = kept;
  x.data = c.scratch(elements(x) * size_of(all.type));
  if (!x.data) return c.no_memory(elements(x) * size_of(all.type));
  return reduce_apply(c, {.combine = &binary_add, .row = row_sum_f32}, (1u << n) - (1u << kept),
                      value_of(x, all.type), all);
}

struct Groups {  // of the labels of two terms
  uint8_t batch[max_rank], left[max_rank], right[max_rank], inner[max_rank];
  int batches = 0, lefts = 0, rights = 0, inners = 0;
};

// The labels of several groups in order; -1 where they are more than a tensor has.
int join(uint8_t* to, const uint8_t* a, int na, const uint8_t* b, int nb, const uint8_t* d, int nd) {
  if (na + nb + nd > max_rank) return -1;
  for (int i = 0; i < na; ++i) *to++ = a[i];
  for (int i = 0; i < nb; ++i) *to++ = b[i];
  for (int i = 0; i < nd; ++i) *to++ = d[i];
  return na + nb + nd;
}

Status multiply(Call& c, Tensor a, Tensor b, const uint8_t* later, Tensor& y, Room& room) {
  const Type type = c.in(0).type;
  const size_t size = size_of(type);
  TRY(reduce(c, a, &b, later));
  TRY(reduce(c, b, &a, later));
  Groups g;
  int64_t sizes[labels];
  for (int i = 0; i < a.n; ++i) {
    const uint8_t l = a.label[i];
    sizes[l] = a.dims[i];
    if (!carries(b, l)) g.left[g.lefts++] = l;
    else if (later[l]) g.batch[g.batches++] = l;
    else g.inner[g.inners++] = l;
  }
  for (int i = 0; i < b.n; ++i) {
    sizes[b.label[i]] = b.dims[i];
    if (!carries(a, b.label[i])) g.right[g.rights++] = b.label[i];
  }
  uint8_t order[max_rank];
  // b as [batch, right, inner] where that is what it is, else as [batch, inner, right].
  int n = join(order, g.batch, g.batches, g.right, g.rights, g.inner, g.inners);
  bool transposed = g.inners > 0 && g.rights > 0;
  for (int i = 0; i < b.n; ++i) transposed &= order[i] == b.label[i];
  if (!transposed) n = join(order, g.batch, g.batches, g.inner, g.inners, g.right, g.rights);
  TRY(arrange(c, b, order, n, nullptr, b));
  n = join(order, g.batch, g.batches, g.left, g.lefts, g.inner, g.inners);
  TRY(arrange(c, a, order, n, nullptr, a));
  y.n = join(y.label, g.batch, g.batches, g.left, g.lefts, g.right, g.rights);
  if (y.n < 0) return c.fail(Status::rank_limit, g.batches + g.lefts + g.rights, max_rank);
  size_t total = size;
  for (int i = 0; i < y.n; ++i) {
    y.dims[i] = sizes[y.label[i]];
    if (!mul(total, size_t(y.dims[i]), total)) return c.no_memory(total);
  }
  const auto extent = [&](const uint8_t* l, int k) {
    size_t e = 1;
    for (int i = 0; i < k; ++i) e *= size_t(sizes[l[i]]);
    return e;
  };
  const size_t batch = extent(g.batch, g.batches), m = extent(g.left, g.lefts),
               columns = extent(g.right, g.rights);
  const size_t k = extent(g.inner, g.inners);
  char* to = static_cast<char*>(c.scratch(total));
  if (!to) return c.no_memory(total);
  y.data = to;
  for (size_t i = 0; i < batch && m && columns; ++i) {
    const char* left = static_cast<const char*>(a.data) + i * m * k * size;
    const char* right = static_cast<const char*>(b.data) + i * k * columns * size;
    char* result = to + i * m * columns * size;
    if (type == Type::f32)
      TRY(product_f32(c,
                      {.a = reinterpret_cast<const float*>(left),
                       .b = reinterpret_cast<const float*>(right),
                       .c = reinterpret_cast<float*>(result),
                       .m = m,
                       .k = k,
                       .n = columns,
                       .transposed = transposed},
                      room));
    else product_any(type, result, {left, int64_t(k), 1},
                     {right, transposed ? 1 : int64_t(columns), transposed ? int64_t(k) : 1}, m, k, columns);
  }
  return Status::ok;
}

}  // namespace

constinit const Op op_einsum = {.in = {1, many}, ATTRS(Attrs, attrs), .shape = shape};

Status run_einsum(Call& c) {
  Equation q;
  TRY(read_equation(c, q));
  Value& y = c.out(0);
  if (!count(y)) return Status::ok;
  uint8_t* later = q.uses;  // terms still to come that have a label; the output counts as one
  for (int i = 0; i < q.out.n; ++i) ++later[q.out.label[i]];
  unsigned at = 0;
  Tensor product = {};
  Room room;
  for (unsigned i = 0; i < c.n_in; ++i, ++at) {
    const Value& x = c.in(i);
    Term t;
    TRY(input_term(c, i, at, t));
    Tensor next = {x.data, t.n, {}, {}};
    for (int k = 0; k < t.n; ++k) {
      next.label[k] = t.label[k];
      next.dims[k] = x.dims[k];
      bool first = true;
      for (int j = 0; j < k; ++j) first &= t.label[j] != t.label[k];
      if (first) --later[t.label[k]];
    }
    next = squeezed(next, q.sizes);
    if (i == 0) product = next;
    else TRY(multiply(c, product, next, later, product, room));
  }
  TRY(reduce(c, product, nullptr, later));
  Tensor result;
  return arrange(c, product, q.out.label, q.out.n, y.data, result);
}

}  // namespace mote
