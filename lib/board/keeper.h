// Keeps a rank's gate alive: a thread that holds the robust futex in its lower half.
// Owner: the member that joined as the rank.  Threads: its own, asleep; start and end from the member's.
// Units: none.
// Errors: no_memory when no thread is to be had.
//
// When the process dies, however it dies, the kernel walks the thread's robust list and sets FUTEX_OWNER_DIED in the gate:
// the rank's peers see it at their next op, without asking anybody. A stopped process keeps its gate.
#pragma once

#include <atomic>
#include <memory>

#include "ub/status.h"

namespace ub::board {

class Keeper {
 public:
  /// Sets the gate to {generation, thread id} and returns when it is so.
  static Expected<std::unique_ptr<Keeper>> start(std::atomic<std::uint64_t>& gate, std::uint32_t generation);
  /// Gives the gate up in good order: {next generation, 0}. Not in a forked child, which has no such thread: abandon().
  ~Keeper();
  /// In a forked child: forget the thread without touching anything.
  static void abandon(std::unique_ptr<Keeper>);

  struct Body;

 private:
  explicit Keeper(std::unique_ptr<Body>);
  std::unique_ptr<Body> body_;
};

/// Is the holder of this gate value alive, as far as the kernel has told?
bool is_alive(std::uint64_t gate);

}  // namespace ub::board
