// ub-ping's output, as text or JSON.
// Owner: main's; borrows options and names.  Thread safety: one thread.
// Units: host and model time apart, each with its unit.
// Errors: broken() reports a failed write; the run ends then.
#pragma once

#include <string>

#include "tools/ub-ping/tally.h"

namespace tools::ping {

/// Fabric, rank and peer of a run; constant.
struct Scene {
  std::string fabric, self, peer;  // "emu://rack", "rank 0 (board0.npu0)"
  ub::Rank self_rank, peer_rank;
  std::string self_node, peer_node;
  bool modelled = false, direct = false;
  ub::Duration clock{};  // time between two readings of the clock
  std::optional<pid_t> helper;
};

class Report {
 public:
  Report(const Options& o, Scene s) : options_(&o), scene_(std::move(s)) {}

  void opening();
  void op(std::uint64_t seq, const Outcome&, const std::string& path);
  /// An event of the peer: "is gone", "is back".
  void news(const std::string& what, const char* event);
  /// A line on stderr, after SIGQUIT.
  void status(const Tally&, ub::Instant now);
  /// Progress of a flood, on a terminal.
  void progress(const Tally&, ub::Instant now);
  void summary(const Tally&, bool was_interrupted);
  bool broken() const { return broken_; }

 private:
  void say_line(const std::string&);
  void clear_progress();
  void summary_text(const Tally&);
  std::string summary_json(const Tally&, bool was_interrupted, bool one_line) const;

  const Options* options_;
  Scene scene_;
  bool broken_ = false, progress_shown_ = false;
};

}  // namespace tools::ping
