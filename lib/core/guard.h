// The host-time guard: frees who waits by the clock of a transport whose engine is dead. Such a clock stands still, and no
// deadline that goes by it would ever come.
// Owner: whoever waits.  Threads: one at a time.
// Units: both clocks' instants.
// Errors: none. Pure: both times come in.
#pragma once

#include <algorithm>

#include "ub/types.h"

namespace ub::core {

class Guard {
 public:
  /// `patience`: host time that the other clock may stand still for; a healthy one may as long as a transport waits.
  explicit Guard(Duration patience) : patience_(std::max(patience, kLongestLook)) {}

  /// Something else is waited for now.
  void restart() { stood_ = Duration::zero(), looked_ = Instant::max(); }

  /// The transport's time; the end of time once that has stood still too long. Only host time in which somebody looked every
  /// now and then counts: who was busy elsewhere for a minute has not waited for one.
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
