// Enumerates all shortest paths over switches alone between two nodes of any kind.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
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

/// The length, in links, of the shortest path over switches alone between a node and each other node, by node number: NPUs,
/// backups and CPUs do not forward. kFar if there is none; with `until`, also for nodes farther than that node.
inline constexpr std::uint8_t kFar = std::numeric_limits<std::uint8_t>::max();
std::vector<std::uint8_t> links_over_switches(const topology::Machine&, NodeId,
                                              std::optional<NodeId> until = {});

/// Computes each node's distance to the target once, then follows only links that reduce it. Among several such links the
/// pair selects the first: at the k-th choice (q_k + to) modulo the number of ways, with q_0 = from and q_k+1 = q_k / ways +
/// from. These are like digits of `from`, shifted by `to`, so that few sources make the same choices throughout. A hash
/// would be even on average only; this puts the same number of NPU-CPU and NPU-backup pairs of a rack on each link of a
/// kind (a test counts them).
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
