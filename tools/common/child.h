// A helper process of a tool: the same program once more, with other arguments. It ends with the tool, however that ends.
// Owner: move-only; its end stops and reaps the process.  Threads: the one that started it, which has to outlive it.
// Units: none.
// Errors: start answers Expected; what goes wrong inside the helper it says on stderr itself.
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
  /// `arguments` without the program's name. The child has to call enter_child() first.
  static ub::Expected<Child> start(const char* tool, std::vector<std::string> arguments);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  /// Waits until the helper says that it is ready. False: it ended first, or we are interrupted.
  bool ready();
  /// How it ended, for people ("killed by signal 9"), if it has within `patience`: the fabric knows of a death
  /// a little before the process is gone.
  std::optional<std::string> ended(ub::Duration patience = {});
  /// Whether it ended without having had the chance to say why.
  bool killed() const;
  pid_t pid() const { return pid_; }
  /// Asks it to end, then makes it; waits. A second time does nothing.
  void stop();

 private:
  Child(pid_t pid, int output) : pid_(pid), output_(output) {}
  pid_t pid_ = -1;
  int output_ = -1;
  std::optional<int> status_;
};

/// In the helper: makes it end when the tool `parent` ends, and lets the tool have the terminal's signals.
void enter_child(pid_t parent);
/// In the helper: what Child::ready() waits for.
void tell_ready();

}  // namespace tools
