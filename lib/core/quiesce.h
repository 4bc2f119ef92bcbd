// Waits until ops that began before a change have ended.
// Owner: none.  Thread safety: any thread.
// Units: time of the member's transport.
// Errors: false at the deadline.
#pragma once

#include <thread>

#include "core/waiting.h"

namespace ub::core {

/// How long leaving or closing waits for running ops.
inline constexpr Duration kQuietPatience = std::chrono::seconds(1);

/// Waits until `running()` is false. Ops are short: a few checks suffice, unless a process is stopped during one.
template <class Running> bool wait_until_quiet(const detail::Member& m, Instant deadline, Running running) {
  constexpr int kYields = 64;
  constexpr Duration kLook = std::chrono::microseconds(100);  // an op's ending wakes no thread
  for (int i = 0; i < kYields; ++i, std::this_thread::yield())
    if (!running()) return true;
  for (Waiting waiting(m, deadline); running(); waiting.wait(kLook))
    if (waiting.over()) return false;
  return true;
}

}  // namespace ub::core
