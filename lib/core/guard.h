// The host-time guard: ends waits by the clock of a transport whose engine is dead. Such a clock stands still, so no
// deadline in its time is reached.
// Owner: a wait or a stream.  Thread safety: one thread at a time.
// Units: both clocks' instants.
// Errors: none. Pure: both times are arguments.
#pragma once

#include <algorithm>

#include "ub/types.h"

namespace ub::core {

class Guard {
 public:
  /// `patience`: host time for which the other clock may stand still; a healthy one may for a transport's longest wait.
  explicit Guard(Duration patience) : patience_(std::max(patience, kLongestLook)) {}

  /// A new wait begins.
  void restart() { stood_ = Duration::zero(), looked_ = Instant::max(); }

  /// Returns the transport's time, or Instant::max() once that has stood still too long. Host time counts up to kLongestLook
  /// between two calls: a thread that was busy elsewhere for a minute has not waited for one.
  Instant now(Instant transport, Instant host) {
    const Duration since = looked_ < host ? std::min(host - looked_, kLongestLook) : Duration::zero();
    looked_ = host;
    stood_ = transport == seen_ ? stood_ + since : Duration::zero();
    seen_ = transport;
    return stood_ >= patience_ ? Instant::max() : transport;
  }

 private:
  static constexpr Duration kLongestLook =
      std::chrono::milliseconds(200);  // twice a transport's longest wait
  static constexpr Duration kLeastPatience = std::chrono::milliseconds(10);
  Duration patience_;
  Duration stood_{};
  Instant seen_ = Instant::min(), looked_ = Instant::max();
};

}  // namespace ub::core
