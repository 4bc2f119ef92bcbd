// The results of a run of ub-ping: counts, latencies, gaps.
// Owner: a plain value.  Thread safety: one thread.
// Units: host time in nanoseconds, model time in picoseconds.
// Errors: none.
#pragma once

#include <algorithm>

#include "tools/common/samples.h"
#include "tools/ub-ping/probe.h"

namespace tools::ping {

struct Tally {
  std::uint64_t sent = 0, received = 0;
  std::uint64_t lost = 0;      // not done: timed out, peer gone, refused
  std::uint64_t in_doubt = 0;  // unknown whether it was done
  std::uint64_t retried = 0;   // done or not, posted more than once
  std::uint64_t wrong = 0;     // completed with other data than expected
  std::uint64_t gone = 0;      // of the lost: the peer had died or left
  std::uint64_t attached_again = 0;
  ub::Status failed;  // of the last op that failed
  Samples host, model;
  ub::Instant begin, last_success, end;
  ub::Duration longest_gap{};

  void start(ub::Instant now) { begin = last_success = end = now; }
  void add(const Outcome&, bool modelled, ub::Instant now);
  /// Failures at the end count as a gap; the pause after the last op does not.
  void finish() { longest_gap = std::max(longest_gap, end - last_success); }
  bool good() const { return sent > 0 && received == sent && wrong == 0; }
  double loss_percent() const { return sent ? 100.0 * double(sent - received) / double(sent) : 0; }
};

/// The peer's process has died or left: attaching again may help.
bool peer_lost(ub::Code);

}  // namespace tools::ping
