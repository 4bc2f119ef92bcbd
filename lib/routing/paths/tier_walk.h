// All shortest paths between two NPUs that the mesh does not connect: up through the tiers of switches, and down.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "routing/paths/path.h"
#include "routing/paths/policy.h"
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
  /// The next, into a path that is new or that has come from here.
  bool next(Path&);
  /// The links of the n-th choice, which are links(); the first is 0. Its lanes are not looked at.
  void route(std::uint32_t n, Route&) const;

 private:
  // Its cables up are counted through: by unit, by the number of the node in it, by which of the ways. Here are the first
  // ones of either end's unit.
  struct Level {
    const topology::Divider* ways;
    std::uint32_t up, down, turn;
  };
  // A neighbour of the target along a dimension, and where in it either is.
  struct Landing {
    std::uint32_t npu, dimension, coordinate, target;
  };
  void climb(const topology::Divider& ways, std::uint32_t first, std::uint32_t nodes);
  void land_aside(std::uint32_t turn);

  const topology::Machine& machine_;
  NodeId from_, to_;
  std::uint32_t unit_, other_, q_;  // on the level that is reached
  std::uint32_t first_level_ = 0;   // of the switch in each group where a path goes up
  std::uint32_t total_ = 0, done_ = 0;
  std::uint8_t levels_ = 0, links_ = 0, landings_ = 0;  // of the last, 0: at the target
  bool illegal_;
  std::optional<std::optional<std::uint16_t>> lanes_;  // of every path, once looked at
  std::array<Level, topology::kMaxTiers + 1> level_;
  std::array<Landing, 8> landing_;
};

}  // namespace ub::routing
