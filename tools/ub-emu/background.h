// Continues a command without a terminal, in a session of its own; a foreground process waits until it is ready.
// Owner: the command.  Thread safety: one thread; nothing of the library may be open at enter().
// Units: none.
// Errors: the background process reports what stops it before it is ready, on the terminal that it still has.
#pragma once

#include <optional>

namespace tools::emu {

class Background {
 public:
  /// Returns twice: nothing in the background process, which continues; in the foreground one the exit code, once
  /// the background process has called announce() or has ended.
  std::optional<int> enter();
  /// Gives up terminal and directory, and makes the foreground process end. False: it has ended already.
  bool announce();

 private:
  int pipe_ = -1;
};

}  // namespace tools::emu
