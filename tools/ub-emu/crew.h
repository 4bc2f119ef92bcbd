// The ranks of one run: their processes, started, signalled, waited for.
// Owner: exec; destroying a Crew kills and reaps all its processes.
// Thread safety: one thread, which must outlive them: when it ends, the kernel kills them.
// Units: none.
// Errors: start() returns Expected; it reports why a program cannot be run, and leaves no process.
//
// Each process leads a process group: the terminal's Ctrl-C reaches only ub-emu, which passes it on once. Processes
// that a rank has started in its group are signalled with it. A process that has ended stays a zombie until all have,
// so that its number, which is the group's, is not used again.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tools/ub-emu/lines.h"
#include "ub/status.h"
#include "ub/types.h"

namespace tools::emu {

struct Worker {
  ub::Rank rank;
  pid_t pid = -1;
  Source out, err;
  std::optional<int> code;  // once it has ended: its exit code, or 128 and the signal
  int signal = 0;           // that killed it, or 0
};

class Crew {
 public:
  Crew() = default;
  Crew(const Crew&) = delete;
  ~Crew();

  /// One more rank. `program` with its arguments; `fabric` and the rank go into its environment.
  ub::Expected<bool> start(ub::Rank, const std::vector<std::string>& program, const std::string& fabric);
  void signal(int number);
  /// Records and returns the processes that have ended since the last call.
  std::vector<const Worker*> ended();
  bool all_ended() const { return running_ == 0; }
  std::vector<Worker>& workers() { return workers_; }

 private:
  std::vector<Worker> workers_;
  std::size_t running_ = 0;
};

}  // namespace tools::emu
