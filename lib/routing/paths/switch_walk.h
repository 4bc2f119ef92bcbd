// All shortest paths over switches alone between two nodes of any kind, one after the other.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "routing/paths/path.h"
#include "routing/paths/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// Links of the shortest way over switches alone between a node and each other one, by that one's number: NPUs, backups and
/// CPUs do not forward. kFar where there is none; or, where `until` is given, if it is farther than that node.
inline constexpr std::uint8_t kFar = std::numeric_limits<std::uint8_t>::max();
std::vector<std::uint8_t> links_over_switches(const topology::Machine&, NodeId,
                                              std::optional<NodeId> until = {});

/// Looks at the whole machine once, for how far each node is; then only downhill. Where several links lead down, the pair
/// says with which it begins: at the k-th choice with (q_k + to) modulo the ways, with q_0 = from and q_k+1 = q_k / ways +
/// from. Like digits of `from`, so that two sources that part at no choice are rare, turned by `to`. A hash would be
/// as good on average but not even; in the rack this puts the same number of NPU-CPU and NPU-backup pairs on each
/// link of a kind (a test counts them).
class SwitchWalk {
 public:
  SwitchWalk(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  /// 0: there is no path.
  std::uint8_t links() const { return links_; }
  void start();
  bool next(Path&);

 private:
  struct Stop {
    NodeId node;
    std::uint32_t ways = 0, tried = 0;
    std::uint64_t q = 0;
  };
  bool leads_down(topology::LinkId) const;
  topology::LinkId way_down(NodeId, std::uint64_t nth) const;
  void stop_at(NodeId, std::uint64_t q);

  const topology::Machine& machine_;
  NodeId from_, to_;
  bool illegal_;
  std::uint8_t links_ = 0, depth_ = 0;
  std::vector<std::uint8_t> far_;  // links to the target, by node
  std::array<Stop, kMaxHops + 1> stops_;
  Route route_;
};

}  // namespace ub::routing
