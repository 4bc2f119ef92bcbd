// Keeps a rank's gate alive: a thread that holds the robust futex in the gate's lower half.
// Owner: the member that joined as the rank.
// Thread safety: the member's thread starts and destroys it; its own thread sleeps.
// Units: none.
// Errors: no_memory if no thread can be started.
//
// When the process dies, by whatever cause, the kernel walks the thread's robust list and sets FUTEX_OWNER_DIED in the gate.
// Peers detect it at their next op, without a request. A stopped process keeps its gate.
#pragma once

#include <atomic>
#include <memory>

#include "ub/status.h"

namespace ub::board {

class Keeper {
 public:
  /// Starts the thread; returns once the gate is {generation, thread id}.
  static Expected<std::unique_ptr<Keeper>> start(std::atomic<std::uint64_t>& gate, std::uint32_t generation);
  /// Sets the gate to {next generation, 0}. A forked child has no such thread and must call abandon() instead.
  ~Keeper();
  /// In a forked child: releases the object without touching its thread.
  static void abandon(std::unique_ptr<Keeper>);

  struct Body;

 private:
  explicit Keeper(std::unique_ptr<Body>);
  std::unique_ptr<Body> body_;
};

/// Whether the holder of this gate value is alive: it has a thread id, and the kernel has not marked it dead.
bool is_alive(std::uint64_t gate);

}  // namespace ub::board
