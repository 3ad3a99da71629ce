// parallel.h on WebAssembly's atomics. The thread that calls cuts the work into pieces and opens a gate; it
// and every worker that comes through the gate take the next piece until there is none; then it closes the
// gate and waits for those inside. A worker that sleeps or joins late is never waited for, so that there is
// no hang however few workers have started.
#include "threads.h"

#include "../runtime/arena.h"
#include "../runtime/parallel.h"

namespace mote {
namespace {

constexpr unsigned most_workers = 15;
constexpr size_t stack_bytes = 131072;  // as the main thread's (flags.cmake)

// By hand; tests/bench/threads.mjs shows from which size on a second thread pays.
constexpr uint64_t least_job_ns = 20'000, least_piece_ns = 5'000;
constexpr uint32_t pieces_a_thread = 8;  // uneven threads even out
constexpr uint32_t spins = 40'000;       // more than most nodes take that are not shared

constexpr uint32_t open = 1u << 31;

// The pool of the module's one memory. Words that threads write have cache lines of their own.
struct Pool {
  alignas(64) uint32_t round;     // counts jobs, and the end; workers wait for it to change
  alignas(64) uint32_t sleepers;  // workers that wait
  alignas(64) uint32_t gate;      // `open`, plus the number of workers inside
  alignas(64) Piece* piece;       // the job: written while the gate is closed and nobody inside
  const void* of;
  size_t n;
  uint32_t pieces;
  uint32_t workers;               // that may join
  char* stacks;
  uint32_t wanted, lost, ended;
  bool may_wait;
  // pieces of each thread: the first that nobody has taken
  struct alignas(64) Share { uint32_t next, end; } shares[most_workers + 1];
} pool;

template <class T> T get(T& word) { return __atomic_load_n(&word, __ATOMIC_SEQ_CST); }
uint32_t add(uint32_t& word, uint32_t n) { return __atomic_fetch_add(&word, n, __ATOMIC_SEQ_CST); }
void wait(uint32_t& word, uint32_t while_it_is) {
  __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&word), int(while_it_is), -1);
}
void wake(uint32_t& word) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&word), most_workers);
}

// Its own share first, so that in the next job of the same shape it finds in its cache what it wrote; then
// what others have left.
void take_pieces(unsigned thread) {
  const uint64_t n = pool.n, pieces = pool.pieces;
  for (unsigned i = 0; i <= pool.workers; ++i) {
    Pool::Share& share = pool.shares[(thread + i) % (pool.workers + 1)];
    for (uint64_t at; get(share.next) < share.end && (at = add(share.next, 1)) < share.end;)
      pool.piece(pool.of, size_t(n * at / pieces), size_t(n * (at + 1) / pieces), thread);
  }
}

bool enter() {
  uint32_t gate = get(pool.gate);
  while (gate & open)
    if (__atomic_compare_exchange_n(&pool.gate, &gate, gate + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      return true;
  return false;
}

void leave() {
  if (add(pool.gate, -1u) == 1 && pool.may_wait) wake(pool.gate);
}

// The loop of a worker, on its own stack.
[[gnu::noinline]] void work(unsigned thread) {
  for (uint32_t seen = 0; !get(pool.ended);) {
    for (uint32_t i = 0; get(pool.round) == seen;) {
      if (++i < spins) continue;
      add(pool.sleepers, 1);
      wait(pool.round, seen);
      add(pool.sleepers, -1u);
      i = 0;
    }
    seen = get(pool.round);
    if (!enter()) continue;
    take_pieces(thread);
    leave();
  }
}

void next_round() {
  add(pool.round, 1);
  if (get(pool.sleepers)) wake(pool.round);
}

}  // namespace

unsigned thread_count() { return pool.workers + 1; }

void fork_join(size_t n, uint64_t ns, Piece* piece, const void* of) {
  if (!n) return;
  const uint64_t most =
      min<uint64_t>(min<uint64_t>(n, ns / least_piece_ns), uint64_t(thread_count()) * pieces_a_thread);
  if (n == 1 || ns < least_job_ns || !pool.workers || get(pool.gate)) return piece(of, 0, n, 0);
  pool.wanted = 1;
  pool.piece = piece;
  pool.of = of;
  pool.n = n;
  pool.pieces = uint32_t(most);
  const unsigned threads = thread_count();
  for (unsigned i = 0; i < threads; ++i)
    pool.shares[i] = {uint32_t(most * i / threads), uint32_t(most * (i + 1) / threads)};
  __atomic_store_n(&pool.gate, open, __ATOMIC_SEQ_CST);
  next_round();
  take_pieces(0);
  __atomic_fetch_and(&pool.gate, ~open, __ATOMIC_SEQ_CST);
  uint32_t inside;
  for (uint32_t i = 0; (inside = get(pool.gate));)
    if (pool.may_wait && ++i > spins) wait(pool.gate, inside);
  if (get(pool.lost)) __builtin_trap();
}

}  // namespace mote

using namespace mote;

extern "C" {

mote_uint32 mote_threads_open(mote_uint32 workers, int may_wait) {
  void* none = nullptr;
  workers = min<mote_uint32>(workers, most_workers);
  pool.stacks = static_cast<char*>(pages(workers * stack_bytes, none));
  if (!pool.stacks) return 0;
  pool.may_wait = may_wait;
  return pool.workers = workers;
}

mote_uint32 mote_threads_wanted(void) { return pool.wanted; }

void mote_thread_run(mote_uint32 number) {
  asm volatile("local.get %0\n global.set __stack_pointer" : : "r"(pool.stacks + (number + 1) * stack_bytes));
  work(number + 1);
}

void mote_thread_lost(void) {
  __atomic_store_n(&pool.lost, 1, __ATOMIC_SEQ_CST);
  leave();
}

void mote_threads_close(void) {
  __atomic_store_n(&pool.ended, 1, __ATOMIC_SEQ_CST);
  next_round();
}

}
