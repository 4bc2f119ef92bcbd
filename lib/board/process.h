// Which process, exactly: a pid and when it started, so that a reused pid is not taken for the old process.
// Owner: plain values.  Threads: any.  Units: start time in the kernel's ticks since boot.
// Errors: none; whoever cannot be found has exited.
#pragma once

#include <cstdint>

#include "ub/types.h"

namespace ub::board {

struct ProcessId {
  std::int32_t pid = 0;
  std::uint64_t start = 0;
  bool operator==(const ProcessId&) const = default;
};

ProcessId this_process();
/// Waits until the whole process, every thread of it, has exited; false if the deadline comes first. A zombie has exited.
bool wait_for_exit(ProcessId who, Instant deadline);
inline bool has_exited(ProcessId who) { return wait_for_exit(who, Instant::min()); }
/// Sends a signal to exactly this process; false if it has exited, or is not ours to signal. Never to who has got its pid since.
bool send_signal(ProcessId who, int signal);
/// Process ids mean nothing across pid namespaces: boards record theirs. 0 where /proc is not there.
std::uint64_t pid_namespace();

}  // namespace ub::board
