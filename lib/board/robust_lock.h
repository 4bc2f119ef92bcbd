// A lock on the board that is released when its holder dies.
// Owner: the board; a Guard holds it.  Thread safety: any thread; not recursive.
// Units: none.
// Errors: busy if it is not available before the deadline: the holder is stopped. The lock protects TwoSlot records and values
// that a sweep derives again, so that a dead holder leaves nothing to undo.
#pragma once

#include <pthread.h>

#include <utility>

#include "ub/status.h"
#include "ub/types.h"

namespace ub::board {

class RobustLock {
 public:
  class Guard {
   public:
    Guard() = default;
    explicit Guard(pthread_mutex_t* m) : mutex_(m) {}
    Guard(Guard&& o) noexcept : mutex_(std::exchange(o.mutex_, nullptr)) {}
    Guard& operator=(Guard&& o) noexcept {
      std::swap(mutex_, o.mutex_);
      return *this;
    }
    ~Guard() { unlock(); }
    void unlock() {
      if (mutex_) pthread_mutex_unlock(std::exchange(mutex_, nullptr));
    }

   private:
    pthread_mutex_t* mutex_ = nullptr;
  };

  void init();  ///< called by the board's maker before other processes can open the board
  Expected<Guard> lock(Instant deadline);

 private:
  pthread_mutex_t mutex_;
};

}  // namespace ub::board
