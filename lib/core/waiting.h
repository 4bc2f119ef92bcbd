// One wait, from its start to its deadline, in the transport's time and with its wait functions.
// Owner: the waiting function, on its stack.  Thread safety: one thread.
// Units: time of the member's transport.
// Errors: none; over() is true at the deadline, and when the transport's clock has stopped.
#pragma once

#include <poll.h>

#include "core/guard.h"
#include "core/member.h"

namespace ub::core {

class Waiting {
 public:
  Waiting(const detail::Member& m, Instant deadline)
      : member_(m), guard_(m.timeout()), deadline_(deadline), now_(m.transport().now()) {}

  bool over() {
    now_ = guard_.now(member_.transport().now(), std::chrono::steady_clock::now());
    return now_ >= deadline_;
  }
  Instant deadline() const { return deadline_; }
  // Each waits at most for `look` from the last over().
  /// Until something happens at the transport.
  void wait(Duration look) { member_.transport().wait(until(look)); }
  /// Until the word is no longer `seen`.
  void wait_on(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Duration look) {
    member_.transport().wait_on(word, seen, until(look));
  }
  /// Until the descriptor is readable; returns whether it is. In host time.
  bool wait_readable(int fd, Duration look) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until(look) - now_);
    pollfd p{fd, POLLIN, 0};
    return ::poll(&p, 1, int(left.count())) > 0;
  }

 private:
  Instant until(Duration look) const { return look < deadline_ - now_ ? now_ + look : deadline_; }

  const detail::Member& member_;
  Guard guard_;
  Instant deadline_, now_;
};

}  // namespace ub::core
