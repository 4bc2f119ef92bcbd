// A barrier made of signals between the members' segments, in log2(n) rounds.
// Owner: move-only; each member creates its own under the same name, with the same list of ranks.
// Thread safety: one thread at a time.
// Units: none.
// Errors: create waits until every partner's part is there; wait ends with the status of the signal or wait that failed.
// If a member has died or left, wait ends at every member that cannot complete with peer_gone, naming that member. Later
// calls then return the same status.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "ub/fabric.h"

#pragma GCC visibility push(default)

namespace ub {

class Barrier {
 public:
  /// Among `ranks` (this rank is one of them; each once; the same order everywhere).
  static Expected<Barrier> create(Fabric& fabric, std::string_view name, std::vector<Rank> ranks,
                                  Deadline deadline = {});
  /// Returns when every member has called it this many times. What a member did before its call, all see afterwards.
  Status wait(Deadline deadline = {});

 private:
  Barrier() = default;
  Status round(std::size_t round, Deadline);
  Segment own_;
  std::vector<RemoteSegment> partners_;  // by round: the member that this one signals
  std::vector<Rank> awaited_;            // by round: the member whose signal this one waits for
  std::vector<std::uint32_t> epochs_;    // by round: which of that rank's processes
  std::uint64_t turn_ = 0;               // how often wait() was called
  Status failed_;
};

}  // namespace ub

#pragma GCC visibility pop
