// Segment::wait_until: spins, then sleeps on the segment's doorbell.
#include "core/doorbell.h"
#include "core/exposure.h"
#include "core/waiting.h"
#include "directory/ranks.h"

namespace ub::detail {
namespace {

// How often a waiter checks whether its peer has gone, unless it polls more often.
constexpr Duration kPeerPoll = std::chrono::milliseconds(10);
constexpr int kSpins = 200;  // about 2 µs: an active peer responds within that [?]

std::uint64_t load_word(std::byte* at, unsigned size) {
  switch (size) {
    case 1:
      return std::atomic_ref<std::uint8_t>(*reinterpret_cast<std::uint8_t*>(at))
          .load(std::memory_order_acquire);
    case 2:
      return std::atomic_ref<std::uint16_t>(*reinterpret_cast<std::uint16_t*>(at))
          .load(std::memory_order_acquire);
    case 4:
      return std::atomic_ref<std::uint32_t>(*reinterpret_cast<std::uint32_t*>(at))
          .load(std::memory_order_acquire);
    default:
      return word_at(at).load(std::memory_order_acquire);
  }
}

// Flips the sign bit and widens, so that signed words compare like unsigned ones.
std::uint64_t ordered(std::uint64_t v, unsigned size, bool is_signed) {
  const unsigned unused = 64 - 8 * size;
  v = v << unused;
  if (is_signed) v ^= 1ull << 63;
  return v;
}

bool holds(Compare how, std::uint64_t a, std::uint64_t b) {
  switch (how) {
    case Compare::equal:
      return a == b;
    case Compare::not_equal:
      return a != b;
    case Compare::less:
      return a < b;
    case Compare::less_equal:
      return a <= b;
    case Compare::greater:
      return a > b;
    case Compare::greater_equal:
      return a >= b;
  }
  return false;
}

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

}  // namespace

Code Exposure::wait_for(const std::function<bool()>& reached, const WaitOptions& o,
                        std::optional<Awaited> awaited) {
  for (int i = 0; i < kSpins; ++i, relax())
    if (reached()) return Code::ok;

  core::Waiting waiting(*member_, member_->until(o.deadline));
  const board::Board& board = member_->board();
  const auto gone = [&] {
    if (!awaited) return false;
    const directory::Incarnation now = directory::incarnation(board, awaited->rank);
    return now.epoch > awaited->epoch || (now.epoch == awaited->epoch && now.over);
  };
  board::Bell& b = bell();
  struct Sleeper {
    explicit Sleeper(board::Bell& bell) : b(bell) { b.sleepers.fetch_add(1, std::memory_order_seq_cst); }
    ~Sleeper() { b.sleepers.fetch_sub(1, std::memory_order_relaxed); }
    board::Bell& b;
  } sleeper(b);
  // Without the barrier a signal may be missed once, so then the waiter polls. A death does not ring the doorbell.
  const bool sure = core::barrier_everywhere();
  Duration poll = o.poll > Duration::zero() ? o.poll
                  : sure                    ? Duration::max()
                                            : Duration(std::chrono::milliseconds(1));
  if (awaited) poll = std::min<Duration>(poll, kPeerPoll);
  for (;;) {
    const std::uint32_t rings = b.sequence.load(std::memory_order_acquire);
    if (reached()) return Code::ok;
    if (!member_->current()) return Code::not_joined;
    if (gone()) return reached() ? Code::ok : Code::peer_gone;  // its last store may be newer
    if (waiting.over()) return Code::timed_out;
    waiting.wait_on(b.sequence, rings, poll);
  }
}

Result<std::uint64_t> Exposure::wait(std::uint64_t offset, unsigned size, bool is_signed, Compare how,
                                     std::uint64_t value, const WaitOptions& o) {
  const auto fail = [&](Code c) {
    return Result<std::uint64_t>{0, Status(c, Op::wait, o.peer.value_or(member_->rank()))};
  };
  if (!member_->current()) return fail(Code::not_joined);
  if (offset % size != 0) return fail(Code::misaligned);
  if (offset >= size_) return fail(Code::out_of_range);
  if (o.peer && o.peer->value >= member_->board().ranks()) return fail(Code::invalid_argument);
  std::byte* at = memory_.data + offset;
  const std::uint64_t wanted = ordered(value, size, is_signed);
  std::uint64_t seen = 0;
  const auto reached = [&] {
    return holds(how, ordered(seen = load_word(at, size), size, is_signed), wanted);
  };
  std::optional<Awaited> awaited;
  if (o.peer) {
    // If the peer has left, this waits for the rank's next process; if it has died, it counts as gone.
    const directory::RankState now = directory::look(member_->board(), *o.peer);
    awaited = {*o.peer, now.record.epoch + (now.state == Peer::State::free)};
  }
  const Code ended = wait_for(std::ref(reached), o, awaited);  // std::function would allocate for a copy
  return ended == Code::ok ? Result<std::uint64_t>{seen, {}} : fail(ended);
}

}  // namespace ub::detail
