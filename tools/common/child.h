// A helper process of a tool: the same program with other arguments. It ends when the tool ends, for any reason.
// Owner: move-only; destroying it stops and reaps the process.
// Thread safety: only the thread that started it, which must outlive it.
// Units: none.
// Errors: start() returns Expected; the helper reports its own errors on stderr.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "ub/status.h"
#include "ub/types.h"

namespace tools {

class Child {
 public:
  /// `arguments` without the program's name. The child must call enter_child() first.
  static ub::Expected<Child> start(const char* tool, std::vector<std::string> arguments);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  /// Waits until the helper reports ready. False: it ended first, or the tool was interrupted.
  bool ready();
  /// How it ended, as text ("killed by signal 9"), if it ends within `patience`: the fabric detects a death
  /// shortly before the process has exited.
  std::optional<std::string> ended(ub::Duration patience = {});
  /// Whether a signal killed it, so that it could not report why.
  bool killed() const;
  pid_t pid() const { return pid_; }
  /// Sends SIGTERM, later SIGKILL, and waits. A second call does nothing.
  void stop();

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> status_;
};

/// In the helper: makes it end when the tool `parent` ends, and leaves the terminal's signals to the tool.
void enter_child(pid_t parent);
/// In the helper: what Child::ready() waits for.
void tell_ready();

}  // namespace tools
