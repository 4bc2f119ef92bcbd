// What a walk over the mesh reckons with for one pair of NPUs: what a hop along each dimension takes, and where the target
// is; so that a hop is a few additions, and asks the machine nothing.
// Owner: its walk; the machine must outlive it.  Threads: any, it never changes.
// Units: links, coordinates.
// Errors: none.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "routing/deadlock/lanes.h"
#include "topology/machine.h"

namespace ub::routing {

/// Whether hops of the mesh join them, both NPUs.
inline bool mesh_joins(const topology::Machine& m, NodeId from, NodeId to) {
  const topology::Divider& joined = m.steps().joined;
  return from.value < m.npu_count() && to.value < m.npu_count() &&
         joined.quotient(from.value) == joined.quotient(to.value);
}

/// Over which of the parallel ways of a trunk the n-th choice of a path from `from` goes; its k-th trunk (from 0) begins with
/// the k-th choice, for a packet does not turn back into the switch that it comes from. Digits of `from`, so that the pairs
/// of a machine spread evenly over the ways (a test counts them).
inline std::uint32_t nth_way(const topology::Machine& m, NodeId from, std::uint32_t n) {
  const topology::Divider& ways = m.steps().groups;
  return ways.remainder(from.value + ways.quotient(from.value) + n);
}

/// Dimensions, as bits.
using Dimensions = std::uint8_t;

struct MeshGeometry {
  struct Along {
    const topology::Steps::Along* steps;
    std::uint32_t size, stride, target;
    std::uint8_t links, ways;                       ///< of a hop, and its parallel ways
    Dimensions bit;                                 ///< of this one
    Dimensions lost;                                ///< along these no hop can follow that is on lane 1
    std::array<std::array<LaneRanks, 3>, 2> ranks;  ///< of a hop's links, by up
    std::uint32_t coordinate(std::uint32_t npu) const { return steps->coordinate(npu); }
  };

  MeshGeometry(const topology::Machine&, NodeId to);
  /// Those in which the target is elsewhere.
  Dimensions differ(std::uint32_t npu) const;
  /// How many links hops along all of these take.
  unsigned links(Dimensions) const;
  /// Those along which a hop takes at most so many links.
  Dimensions within(int most) const { return most >= 3 ? all : most >= 1 ? direct : Dimensions(0); }
  /// The last of these, of which there are some.
  const Along& last_of(Dimensions set) const {
    return along[unsigned(31 - std::countl_zero(std::uint32_t(set)))];
  }
  /// Writes the links of a trunk's hop over that group of switches.
  void trunk(const Along&, std::uint32_t npu, std::uint32_t here, std::uint32_t to, std::uint32_t group,
             topology::LinkId* out) const;

  const topology::Steps& steps;
  std::uint8_t dimensions, dearest = 0;  ///< links of the longest hop
  Dimensions all = 0, direct = 0;        ///< that have hops; of these those of one link
  std::array<Along, topology::kMaxDimensions> along;
};

}  // namespace ub::routing
