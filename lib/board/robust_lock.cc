#include "board/robust_lock.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

#if defined(__SANITIZE_THREAD__)
// GCC 12's TSan does not intercept clocklock; this pair annotates it.
extern "C" void __tsan_mutex_pre_lock(void* mutex, unsigned flags);
extern "C" void __tsan_mutex_post_lock(void* mutex, unsigned flags, int recursion);
#endif

namespace ub::board {
namespace {

// A board that was corrupted later can hold anything: all waits are timed, and every result is handled.
timespec monotonic(Instant deadline) {
  const auto ns = std::max<Duration::rep>(deadline.time_since_epoch().count(), 0);
  return {time_t(ns / 1'000'000'000), long(ns % 1'000'000'000)};
}

int lock_until(pthread_mutex_t* m, const timespec& until) {
#if defined(__SANITIZE_THREAD__)
  constexpr unsigned kTry = 1 << 4, kTryFailed = 1 << 5;
  __tsan_mutex_pre_lock(m, kTry);
  const int r = pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
  __tsan_mutex_post_lock(m, r == 0 || r == EOWNERDEAD ? kTry : kTry | kTryFailed, 0);
  return r;
#else
  return pthread_mutex_clocklock(m, CLOCK_MONOTONIC, &until);
#endif
}

}  // namespace

void RobustLock::init() {
  pthread_mutexattr_t a;
  UB_ASSERT(pthread_mutexattr_init(&a) == 0);
  UB_ASSERT(pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0);
  UB_ASSERT(pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
  UB_ASSERT(pthread_mutex_init(&mutex_, &a) == 0);
  pthread_mutexattr_destroy(&a);
}

Expected<RobustLock::Guard> RobustLock::lock(Instant deadline) {
  const timespec until = monotonic(deadline);
  int r = pthread_mutex_trylock(&mutex_);
  if (r == EBUSY) r = lock_until(&mutex_, until);
  if (r == EOWNERDEAD) {
    base::log(base::Level::info, "a process died while it held the board's table lock; going on");
    r = pthread_mutex_consistent(&mutex_);
  }
  if (r == 0) return Guard(&mutex_);
  if (r == ETIMEDOUT)
    return base::fail(Code::busy, "the board's table lock is held by another process of this fabric",
                      "let it go on (is it stopped?), or end it");
  return base::fail_errno(r, "cannot take the board's table lock",
                          "end the fabric's processes and run ub-info --clean");
}

}  // namespace ub::board
