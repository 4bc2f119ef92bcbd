// Going on without a terminal: a process of its own session, and a foreground process that waits until it stands.
// Owner: the command that goes into the background.  Threads: one; nothing of the library may be open at enter().
// Units: none.
// Errors: what stops the background process before it stands it says itself, on the terminal that it still has.
#pragma once

#include <optional>

namespace tools::emu {

class Background {
 public:
  /// Returns twice: nothing in the background process, which goes on; in the foreground one the exit code, once the
  /// other has announced itself or has ended.
  std::optional<int> enter();
  /// Lets go of terminal and folder, and lets the foreground process end. False: nobody waits for that any more.
  bool announce();

 private:
  int pipe_ = -1;
};

}  // namespace tools::emu
