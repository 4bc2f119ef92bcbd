// The geometry of a walk over the mesh to one target: for each dimension the cost of a hop and the target's coordinate, so
// that a hop costs a few additions and no call to the machine.
// Owner: its walk; the machine must outlive it.  Thread safety: any thread; immutable.
// Units: links, coordinates.
// Errors: none.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "routing/deadlock/lanes.h"
#include "topology/machine.h"

namespace ub::routing {

/// Whether both are NPUs that the mesh connects.
inline bool mesh_joins(const topology::Machine& m, NodeId from, NodeId to) {
  const topology::Divider& joined = m.steps().joined;
  return from.value < m.npu_count() && to.value < m.npu_count() &&
         joined.quotient(from.value) == joined.quotient(to.value);
}

/// The parallel way of a trunk for the n-th choice of a path from `from`. The k-th trunk of a path (from 0) begins with the
/// k-th choice, since a packet must not turn back into the switch that it comes from. Uses digits of `from`, so that the
/// pairs of a machine spread evenly over the ways (a test counts them).
inline std::uint32_t nth_way(const topology::Machine& m, NodeId from, std::uint32_t n) {
  const topology::Divider& ways = m.steps().groups;
  return ways.remainder(from.value + ways.quotient(from.value) + n);
}

/// A set of dimensions, as bits.
using Dimensions = std::uint8_t;

struct MeshGeometry {
  struct Along {
    const topology::Steps::Along* steps;
    std::uint32_t size, stride, target;
    std::uint8_t links, ways;                       ///< of a hop: its links, its parallel ways
    Dimensions bit;                                 ///< of this dimension
    Dimensions lost;                                ///< dimensions unreachable after a hop on lane 1
    std::array<std::array<LaneRanks, 3>, 2> ranks;  ///< of a hop's links, by up
    std::uint32_t coordinate(std::uint32_t npu) const { return steps->coordinate(npu); }
  };

  MeshGeometry(const topology::Machine&, NodeId to);
  /// The dimensions in which the NPU differs from the target.
  Dimensions differ(std::uint32_t npu) const;
  /// The links of one hop along each of these dimensions.
  unsigned links(Dimensions) const;
  /// The dimensions along which a hop takes at most `most` links.
  Dimensions within(int most) const { return most >= 3 ? all : most >= 1 ? direct : Dimensions(0); }
  /// The last dimension of a set that is not empty.
  const Along& last_of(Dimensions set) const {
    return along[unsigned(31 - std::countl_zero(std::uint32_t(set)))];
  }
  /// Writes the links of a trunk's hop over that group of switches.
  void trunk(const Along&, std::uint32_t npu, std::uint32_t here, std::uint32_t to, std::uint32_t group,
             topology::LinkId* out) const;

  const topology::Steps& steps;
  std::uint8_t dimensions, dearest = 0;  ///< links of the longest hop
  Dimensions all = 0, direct = 0;        ///< dimensions that have hops; those with hops of one link
  std::array<Along, topology::kMaxDimensions> along;
};

}  // namespace ub::routing
