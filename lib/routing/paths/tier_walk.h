// Enumerates all shortest paths between two NPUs that the mesh does not connect: up through the tiers of switches, and down.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
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

/// The link up at each level is free; these choices, as the digits of a number, determine the path. The links down must
/// correspond to them, since the tiers consist of disjoint planes.
///
/// From a rack's first-level switch these planes lead only to the switches of the same number in other racks. A target on a
/// switch of another number needs one more mesh hop in its rack, from each neighbour on a switch of the right number.
class TierWalk {
 public:
  TierWalk(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  std::uint8_t links() const { return links_; }
  /// Writes the next path into one that is new or was written here before. False: there is none.
  bool next(Path&);
  /// Writes the links() links of the n-th choice, from 0, without a check of its lanes.
  void route(std::uint32_t n, Route&) const;

 private:
  // A level's cables up are numbered by unit, node in the unit, and way. `up` and `down` are the first cables of the source's
  // and the target's unit.
  struct Level {
    const topology::Divider* ways;
    std::uint32_t up, down, turn;
  };
  // A neighbour of the target along a dimension, and the coordinates of both.
  struct Landing {
    std::uint32_t npu, dimension, coordinate, target;
  };
  void climb(const topology::Divider& ways, std::uint32_t first, std::uint32_t nodes);
  void land_aside(std::uint32_t turn);

  const topology::Machine& machine_;
  NodeId from_, to_;
  std::uint32_t unit_, other_, q_;  // on the level reached: the source's unit, the target's, the digits left
  std::uint32_t first_level_ = 0;   // number of the first-level switch by which a path goes up
  std::uint32_t total_ = 0, done_ = 0;
  std::uint8_t levels_ = 0, links_ = 0, landings_ = 0;  // landings_ 0: at the target
  bool illegal_;
  std::optional<std::optional<std::uint16_t>> lanes_;  // of every path, once computed
  std::array<Level, topology::kMaxTiers + 1> level_;
  std::array<Landing, 8> landing_;
};

}  // namespace ub::routing
