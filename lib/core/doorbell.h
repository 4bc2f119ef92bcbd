// The doorbell of a segment: signals and notifying ops ring it, Segment::wait_until sleeps on it.
// Owner: the board.  Thread safety: any thread.
// Units: host time.
// Errors: none.
//
// If no thread sleeps, the sender executes one load and no fence: its store may still be in its own store buffer when it
// loads `sleepers`. So the sleeper first increments `sleepers`, then makes every processor pass a barrier, then reads the
// word again: either it sees the store, or the sender sees the sleeper.
#pragma once

#include "board/layout.h"

namespace ub::core {

/// Registers this process for barriers that other processes request. Once, at the first join.
void register_for_barriers();
/// Every thread of registered processes passes a full barrier before this returns; false if the kernel provides none.
bool barrier_everywhere();

inline bool has_sleepers(const board::Bell& bell) {
  std::atomic_signal_fence(std::memory_order_seq_cst);  // after the store, in program order
  return bell.sleepers.load(std::memory_order_relaxed) != 0;
}
void ring(board::Bell& bell);

}  // namespace ub::core
