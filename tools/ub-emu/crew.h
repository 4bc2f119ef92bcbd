// The ranks of one run: their processes, started, signalled, waited for.
// Owner: exec; the end of a Crew leaves no process of it.  Threads: the one that started them has to live on: their
// kernel kills them when it ends, however it ends.
// Units: none.
// Errors: start answers Expected; a program that cannot be run says why there, and nothing stays.
//
// Each process leads a process group: the terminal's Ctrl-C reaches us alone, and we pass it on, once. What a rank has
// started in its group is signalled with it. A process that has ended is kept as a zombie until all have, so that its
// number, which is the group's, means nobody else.
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
  int signal = 0;           // that ended it
};

class Crew {
 public:
  Crew() = default;
  Crew(const Crew&) = delete;
  ~Crew();

  /// One more rank. `program` with its arguments; `fabric` and the rank go into its environment.
  ub::Expected<bool> start(ub::Rank, const std::vector<std::string>& program, const std::string& fabric);
  void signal(int number);
  /// Notes who has ended since the last time; answers them.
  std::vector<const Worker*> ended();
  bool all_ended() const { return running_ == 0; }
  std::vector<Worker>& workers() { return workers_; }

 private:
  std::vector<Worker> workers_;
  std::size_t running_ = 0;
};

}  // namespace tools::emu
