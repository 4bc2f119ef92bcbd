// The doorbell of a segment: rung by signals and notifying ops, slept on by Segment::wait_until.
// Owner: lives on the board.  Threads: any.
// Units: host time.
// Errors: none.
//
// For the sender it is one load when nobody sleeps, with no fence: its store may still be in its own store buffer when it
// loads `sleepers`. So the sleeper, having said that it sleeps, makes every processor pass a barrier before it looks at the
// word once more: either it sees the store, or the sender sees the sleeper.
#pragma once

#include "board/layout.h"

namespace ub::core {

/// Registers this process for barriers that others ask for. Once, at the first join.
void register_for_barriers();
/// Every thread of registered processes passes a full barrier before this returns; false where the kernel has none to offer.
bool barrier_everywhere();

inline bool has_sleepers(const board::Bell& bell) {
  std::atomic_signal_fence(std::memory_order_seq_cst);  // after the store, in program order
  return bell.sleepers.load(std::memory_order_relaxed) != 0;
}
void ring(board::Bell& bell);

}  // namespace ub::core
