#include "core/exposure.h"

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "board/futex.h"
#include "core/doorbell.h"
#include "directory/segments.h"

namespace ub::detail {
namespace {

using base::cat;
using std::chrono::steady_clock;

constexpr int kSpins = 200;  // about 2 µs: a peer that is at work answers within that [?]

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

std::uint64_t round_up(std::uint64_t n) { return (n + 63) / 64 * 64; }

}  // namespace

Expected<Segment> Exposure::make(std::shared_ptr<Member> member, std::string_view name, std::uint64_t size,
                                 const ExposeOptions& o) {
  const auto refuse = [&](Failure f) {
    f.what = cat("cannot expose segment '", base::printable(name), "': ", f.what);
    return f;
  };
  if (!member->current())
    return refuse(base::fail(Code::not_joined, "this process is not a member of the fabric", "open it"));
  if (auto bad = base::check_name("segment", name, base::kMaxSegmentName)) return *bad;
  if (size == 0 || size > member->caps().max_segment)
    return refuse(base::fail(Code::invalid_argument, cat("its size is ", size, " bytes"),
                             cat("choose 1 to ", member->caps().max_segment)));
  if (!allows(Access::all, o.access))
    return refuse(
        base::fail(Code::invalid_argument, "its access has unknown bits", "combine read, write and atomic"));

  const Instant deadline = member->until(o.deadline);
  board::Board& b = member->board();
  auto id = directory::reserve(b, member->rank(), member->epoch(), name, deadline);
  if (!id.ok()) return refuse(id.error());
  std::shared_ptr<Exposure> e(new Exposure);
  e->member_ = member;
  e->id_ = *id;
  e->size_ = round_up(size);
  e->name_ = name;
  auto memory = member->transport().expose(*id, e->size_, o.huge_pages, e->home_);
  if (!memory.ok()) return refuse(memory.error());  // e's end gives the slot back
  e->memory_ = std::move(*memory);
  e->home_ = core::SegmentHome(&b.gate(member->rank()), e->memory_.data, e->size_, false, &e->windows_);
  if (auto failed = directory::publish(b, *id, e->size_, e->memory_.grant, o, deadline)) {
    if (failed->code() == Code::not_joined)
      board::remove_memory(b, *id);  // whoever freed the slot came too early for it
    return refuse(*failed);
  }
  member->adopt(e);
  Segment s;
  s.exposure_ = std::move(e);
  return s;
}

Exposure::~Exposure() {
  close();
  if (memory_.data) member_->transport().conceal(id_);
}

void Exposure::close() {
  if (closed_.exchange(true) || !member_->current()) return;
  directory::retire(member_->board(), id_, std::chrono::steady_clock::now() + directory::kLeavingPatience);
  member_->move_gate();
}

void Exposure::wake() { core::ring(bell()); }

Result<std::uint64_t> Exposure::wait(std::uint64_t offset, unsigned size, bool is_signed, Compare how,
                                     std::uint64_t value, const WaitOptions& o) {
  const auto fail = [&](Code c) { return Result<std::uint64_t>{0, Status(c, Op::wait, member_->rank())}; };
  if (!member_->current()) return fail(Code::not_joined);
  if (offset % size != 0) return fail(Code::misaligned);
  if (offset >= size_) return fail(Code::out_of_range);
  std::byte* at = memory_.data + offset;
  const std::uint64_t wanted = ordered(value, size, is_signed);
  std::uint64_t seen = 0;
  const auto reached = [&] {
    return holds(how, ordered(seen = load_word(at, size), size, is_signed), wanted);
  };

  for (int i = 0; i < kSpins; ++i, relax())
    if (reached()) return {seen, {}};

  const Instant deadline = member_->until(o.deadline);
  board::Bell& b = bell();
  struct Sleeper {
    explicit Sleeper(board::Bell& bell) : b(bell) { b.sleepers.fetch_add(1, std::memory_order_seq_cst); }
    ~Sleeper() { b.sleepers.fetch_sub(1, std::memory_order_relaxed); }
    board::Bell& b;
  } sleeper(b);
  const bool sure = core::barrier_everywhere();
  for (;;) {
    const std::uint32_t rings = b.sequence.load(std::memory_order_acquire);
    if (reached()) return {seen, {}};
    if (!member_->current()) return fail(Code::not_joined);
    const Instant now = steady_clock::now();
    if (now >= deadline) return fail(Code::timed_out);
    // Without the barrier a signal may be missed once, so then there is always a poll.
    const Duration poll = o.poll > Duration::zero() ? o.poll
                          : sure                    ? Duration::max()
                                                    : Duration(std::chrono::milliseconds(1));
    board::futex_wait(b.sequence, rings, poll < deadline - now ? now + poll : deadline);
  }
}

}  // namespace ub::detail
