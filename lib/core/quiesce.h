// Waiting until what began before a change has ended.
// Owner: none.  Threads: any.
// Units: time of the member's transport.
// Errors: false at the deadline.
#pragma once

#include <thread>

#include "core/waiting.h"

namespace ub::core {

/// Waits until `running()` is false. Ops are short: a few looks do, unless somebody is stopped in the middle of one.
template <class Running> bool wait_until_quiet(const detail::Member& m, Instant deadline, Running running) {
  constexpr int kYields = 64;
  for (int i = 0; i < kYields; ++i, std::this_thread::yield())
    if (!running()) return true;
  for (Waiting waiting(m, deadline); running(); waiting.wait())
    if (waiting.over()) return false;
  return true;
}

}  // namespace ub::core
