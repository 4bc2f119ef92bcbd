#include "base/thread_slot.h"

#include <atomic>
#include <bit>
#include <cstdint>

#include "ub/detail/in_op.h"

namespace ub::detail {
constinit thread_local std::ptrdiff_t thread_slot = kNoSlot;
}

namespace ub::base {
namespace {

using detail::kNoSlot;
using detail::kSlotStride;

constexpr std::uint64_t kReserved = 1ull << (kNoSlot / kSlotStride);
std::atomic<std::uint64_t> used{kReserved};

std::uint64_t bit_of(std::ptrdiff_t slot) { return 1ull << (slot / kSlotStride); }

// Destructors that run after this file's may still issue ops; a slot claimed then would never be freed.
constinit thread_local bool ending = false;

// Its destructor runs when the thread ends; it exists only in threads that claimed.
struct Return {
  bool armed = false;
  ~Return() {
    const std::ptrdiff_t slot = detail::thread_slot;
    ending = true;
    if (!armed || slot == kNoSlot) return;
    detail::thread_slot = kNoSlot;
    used.fetch_and(~bit_of(slot), std::memory_order_release);
  }
};
thread_local Return give_back;

}  // namespace

bool claim_thread_slot() {
  if (detail::thread_slot != kNoSlot) return true;
  if (ending) return false;
  std::uint64_t now = used.load(std::memory_order_relaxed);
  while (~now) {
    const int free = std::countr_one(now);
    if (!used.compare_exchange_weak(now, now | 1ull << free, std::memory_order_acquire)) continue;
    give_back.armed = true;
    detail::thread_slot = free * kSlotStride;
    return true;
  }
  return false;
}

void forget_other_threads() {
  const std::ptrdiff_t mine = detail::thread_slot;
  used.store(kReserved | (mine == kNoSlot ? 0 : bit_of(mine)), std::memory_order_relaxed);
}

}  // namespace ub::base
