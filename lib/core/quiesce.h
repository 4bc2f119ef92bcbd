// Waiting until what began before a change has ended.
// Owner: none.  Threads: any.
// Units: time of the member's transport.
// Errors: false at the deadline.
#pragma once

#include <thread>

#include "core/waiting.h"

namespace ub::core {

/// How long who leaves or closes waits for ops that are in between.
inline constexpr Duration kQuietPatience = std::chrono::seconds(1);

/// Waits until `running()` is false. Ops are short: a few looks do, unless somebody is stopped in the middle of one.
template <class Running> bool wait_until_quiet(const detail::Member& m, Instant deadline, Running running) {
  constexpr int kYields = 64;
  constexpr Duration kLook = std::chrono::microseconds(100);  // nobody rings when an op ends
  for (int i = 0; i < kYields; ++i, std::this_thread::yield())
    if (!running()) return true;
  for (Waiting waiting(m, deadline); running(); waiting.wait(kLook))
    if (waiting.over()) return false;
  return true;
}

}  // namespace ub::core
