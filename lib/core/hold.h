// Holds a fabric open while no rank is joined, so that it exists before its first rank and after its last.
// Owner: the process that holds it, until its Hold is destroyed; the board records the process.
// Thread safety: one thread at a time.
// Units: none.
// Errors: taken (another living process holds it), and the errors of opening a fabric.
// A dead process holds nothing: the next one that takes the fabric adopts what is there.
#pragma once

#include "board/process.h"
#include "core/open.h"

namespace ub::core {

/// The living process that holds the fabric open; {0, 0} without one.
board::ProcessId holder_of(const board::Board&);

class Hold {
 public:
  /// Makes the fabric, or adopts one that joined ranks have kept.
  static Expected<Hold> take(base::Url, Instant deadline);
  Hold(Hold&&) noexcept = default;
  Hold& operator=(Hold&&) = delete;
  /// Ends the hold. Joined ranks continue; without any, the fabric is removed.
  ~Hold();

  const Opened& fabric() const { return fabric_; }
  /// Removes what dead ranks have left. Must be called periodically: without joined ranks no other process does it.
  void sweep();

 private:
  explicit Hold(Opened o) : fabric_(std::move(o)) {}
  Opened fabric_;
};

}  // namespace ub::core
