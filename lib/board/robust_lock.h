// A lock on the board that its holder's death gives back.
// Owner: lives on the board; a Guard holds it.  Threads: any; not recursive.
// Units: none.
// Errors: busy when it is not to be had before the deadline: somebody who holds it is stopped. What the lock protects
// are TwoSlot records and values that a sweep derives again, so a dead holder leaves nothing to undo.
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

  void init();  ///< by the board's maker, before anybody else sees it
  Expected<Guard> lock(Instant deadline);

 private:
  pthread_mutex_t mutex_;
};

}  // namespace ub::board
