// Holding a fabric open while no rank is joined, so that it is there before its first rank and after its last.
// Owner: the process that holds it, for as long as its Hold lives; the board records who that is.
// Threads: one at a time.
// Units: none.
// Errors: taken (another process that lives holds it), and what opening a fabric can answer.
// A holder that dies holds nothing: whoever takes the fabric next finds its place empty and adopts what is there.
#pragma once

#include "board/process.h"
#include "core/open.h"

namespace ub::core {

/// The living process that holds the fabric open; {0, 0} without one.
board::ProcessId holder_of(const board::Board&);

class Hold {
 public:
  /// Makes the fabric, or adopts one that ranks have kept alive.
  static Expected<Hold> take(base::Url, Instant deadline);
  Hold(Hold&&) noexcept = default;
  Hold& operator=(Hold&&) = delete;
  /// Gives the place up. Ranks that are joined go on; without any, the fabric is removed.
  ~Hold();

  const Opened& fabric() const { return fabric_; }
  /// Removes what dead ranks have left. To be called every now and then: with nobody joined, nobody else does.
  void sweep();

 private:
  explicit Hold(Opened o) : fabric_(std::move(o)) {}
  Opened fabric_;
};

}  // namespace ub::core
