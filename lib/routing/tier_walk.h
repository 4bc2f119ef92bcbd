// All shortest paths between two NPUs that the mesh does not connect: up through the tiers of switches, and down.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "routing/path.h"
#include "routing/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// Which link goes up at every level is free; these choices, like the digits of a number, are the path. Down it has to be
/// the like of each, since the tiers are planes that do not meet.
///
/// From a rack's first-level switch such planes lead only to its likes in other racks. A target that hangs on another one
/// is reached by one mesh hop more, in its rack: over each of its neighbours that hang on the right one.
class TierWalk {
 public:
  TierWalk(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  std::uint8_t links() const { return links_; }
  void start() { done_ = 0; }
  bool next(Path&);
  /// The route of the n-th choice; the first is 0. Its lanes are not looked at.
  Route route(std::uint32_t n) const;

 private:
  static constexpr unsigned kLevels = topology::kMaxTiers + 1;
  struct Landing {
    NodeId npu;
    std::uint32_t dimension, coordinate;  // along which it is a neighbour of the target, and where
  };
  void land();
  const topology::Divider& ways(unsigned level) const;

  const topology::Machine& machine_;
  NodeId from_, to_;
  bool illegal_;
  std::optional<std::optional<std::uint16_t>> lanes_;  // of every path, once looked at
  std::uint8_t levels_ = 0, links_ = 0, landings_ = 0;
  topology::Steps::Place here_, there_;
  std::array<std::uint32_t, kLevels> turn_;
  std::array<Landing, 8> landing_;  // the first landings_ of them
  std::uint32_t total_ = 0, done_ = 0;
};

}  // namespace ub::routing
