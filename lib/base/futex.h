// Sleeps on a shared 32-bit word, and wakes sleeping threads.
// Owner: none; the word is the board's.  Thread safety: any thread of any process.  Units: none.
// Errors: none; futex_wait may return early for no reason, so callers check again.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <ctime>

#include "ub/types.h"

namespace ub::base {

/// Sleeps until the word is no longer `seen`, a wake, or the instant.
inline void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Instant until) {
  const auto ns = until.time_since_epoch().count();
  const timespec at{time_t(ns / 1'000'000'000), long(ns % 1'000'000'000)};
  // FUTEX_WAIT_BITSET takes an absolute time of the monotonic clock.
  ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, until == Instant::max() ? nullptr : &at, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

inline void futex_wake_all(const std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace ub::base
