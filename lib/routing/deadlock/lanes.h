// Virtual lanes: which lane (VL) each link of a route takes, so that no set of packets can wait for each other in a
// ring. The construction is ours: UB-Mesh says that two lanes suffice, and not how. ub-routing(7) tells it in plain
// words; routing/deadlock/deadlock.h checks it on any machine.
// Owner: plain values and pure functions.  Thread safety: any thread. Units: lanes, 0 and 1. Errors: a route that the
// construction does not allow has no lanes.
//
// Every channel, a link on a lane, has a rank. A packet starts on lane 0, goes over to lane 1 at most once, and
// takes channels of never falling rank. From lowest to highest:
//
//   lane 0  mesh dimensions, X (the last of the profile) first, in each up, then down
//           into the switches: from an NPU, backup or CPU
//           a rack's LRS: first to second level, then back
//           trunks between racks, from the last of their dimensions to the first, in each up, then down
//           tiers of switches above: up, then down
//           out of the switches
//   lane 1  into the switches
//           tiers: up, then down
//           trunks, from the first of their dimensions to the last, in each down, then up
//           a rack's LRS: first to second level, then back
//           out of the switches
//           mesh dimensions, X last, in each down, then up
//
// where along a dimension up means to a greater coordinate. Channels of one rank can follow each other only along one
// dimension, or through the tiers, in one direction: so there is no ring. The trunks lie within the plane because the
// links between NPUs and LRS are the same for all of them: as a dimension of its own each, with those links' lanes
// those of the hop, they make a ring of two hops.
// Besides, no packet turns back, passes through a CPU, or passes between a node's islands (router_islands in ub-profile(5)).
// A node needs no more than the link and the lane on which a packet came and the link by which it leaves: nothing in a
// packet but its lane tells of the lanes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "topology/machine.h"

namespace ub::routing {

inline constexpr unsigned kLanes = 2;

/// Whether the node between two links may pass packets on from one to the other: not from die to die (router_islands).
bool forwards(const topology::Machine&, topology::LinkId in, topology::LinkId out);

/// Of a channel; comparable across lanes.
std::uint8_t lane_rank(const topology::Machine&, topology::LinkId, unsigned lane);

/// A link's ranks, by lane; the dimension is that of a mesh link or trunk, and up as in LinkId.
using LaneRanks = std::array<std::uint8_t, kLanes>;
LaneRanks lane_ranks(const topology::Machine&, topology::LinkKind, std::size_t dimension, bool up);

/// What the rules want to know of a link.
struct LaneLink {
  topology::LinkId id;
  LaneRanks rank{};
  std::uint8_t from_island = 0, to_island = 0;  ///< of its two ends
  bool into_cpu = false;
};
LaneLink lane_link(const topology::Machine&, topology::LinkId);

/// The lane on which channels of that rank go on over a link of these ranks, if the nodes let them: the lowest; kLanes if
/// there is none.
inline unsigned lane_on(std::uint8_t rank, unsigned lane, const LaneRanks& on) {
  while (lane < kLanes && on[lane] < rank) ++lane;
  return lane;
}

/// What a node does: the lane on which a packet that came by `in` leaves by `out`, which begins where `in` ends. The lowest that
/// is allowed; nothing if none is.
std::optional<unsigned> next_lane(const LaneLink& in, unsigned lane, const LaneLink& out);

/// Where a packet is in the order of channels; for who builds a route link by link. A copy is a place to go back to.
class LaneWalk {
 public:
  /// Takes the next link: its lane; or nothing, and then no legal route goes on so.
  std::optional<unsigned> take(const topology::Machine&, topology::LinkId);

 private:
  LaneLink last_;
  std::uint8_t lane_ = 0;
  bool begun_ = false;
};

/// The lanes of a route, which is its links in order (at most 16): bit i is the lane of link i. Empty if the route is not legal. A
/// route without links has 0.
std::optional<std::uint16_t> lanes_of(const topology::Machine&, std::span<const topology::LinkId> route);

}  // namespace ub::routing
