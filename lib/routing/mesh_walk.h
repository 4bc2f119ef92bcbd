// All loop-free paths of one length between two NPUs that the mesh connects, one after the other.
// Owner: the caller; the machine must outlive it.  Threads: one at a time.
// Units: length in links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>

#include "routing/lanes.h"
#include "routing/path.h"
#include "routing/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// A depth-first walk that can stop after each path. At every NPU the hops that lead on come first, then those that
/// lead aside; either by dimension, X before Y, and by coordinate. So the first of the shortest is shortest()'s.
class MeshWalk {
 public:
  MeshWalk(const topology::Machine&, NodeId from, NodeId to, const Policy&);
  std::uint8_t fewest_links() const { return fewest_links_; }
  std::uint8_t most_links() const { return most_links_; }
  /// Begins anew, with paths of so many links.
  void start(std::uint8_t links);
  /// The next of them, into `path`; false: there is none.
  bool next(Path& path);

 private:
  static constexpr std::uint32_t kFresh = ~0u;

  // An NPU on the path, and where the search for hops out of it stands.
  struct Stop {
    NodeId npu;
    std::uint8_t links, apart;  // links of the path up to here, and those that it takes from here at least
    std::uint8_t differ;        // coordinates that are not the target's yet
    LaneWalk walk;
    std::uint16_t lanes;
    bool aside;                // the second half of the search
    std::uint8_t left;         // dimensions not begun yet in this half
    std::uint32_t coordinate;  // of the last hop tried, along dimension `left`
    std::uint8_t came_along;   // the dimension of the hop to here, and
    std::uint32_t came_from;   // the coordinate before it: to undo it
  };
  bool next_hop(Stop&) const;
  bool take(const Stop&);
  void pop();

  const topology::Machine& machine_;
  NodeId from_, to_;
  bool illegal_;
  std::uint8_t dimensions_, fewest_links_ = 0, most_links_ = 0, fewest_hops_ = 0, most_hops_ = 0, goal_ = 0;
  std::array<std::uint32_t, topology::kMaxDimensions> here_, target_, size_, stride_;
  std::array<std::uint8_t, topology::kMaxDimensions> cost_;  // links of a hop
  std::uint8_t depth_ = 0;
  std::array<Stop, kMaxHops + 1> stops_;
  Route route_;
};

}  // namespace ub::routing
