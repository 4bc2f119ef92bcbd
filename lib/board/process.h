// Identifies a process by pid and start time, so that a reused pid is not taken for the old process.
// Owner: plain values.  Thread safety: any thread.  Units: start time in the kernel's ticks since boot.
// Errors: none; a process that cannot be found has exited.
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
/// Waits until all threads of the process have exited; false if the deadline passes first. A zombie has exited.
bool wait_for_exit(ProcessId who, Instant deadline);
inline bool has_exited(ProcessId who) { return wait_for_exit(who, Instant::min()); }
/// Sends a signal to this process, never to a later one with the same pid; false if it has exited or permission is denied.
bool send_signal(ProcessId who, int signal);
/// Process ids are valid within one pid namespace, which a board records. 0 if /proc is missing.
std::uint64_t pid_namespace();

}  // namespace ub::board
