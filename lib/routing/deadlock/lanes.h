// Virtual lanes: the lane (VL) that each link of a route takes, so that no set of packets can wait for each other in a
// ring. The construction is libub's: UB-Mesh states that two lanes suffice, but does not publish the method. ub-routing(7)
// describes it; routing/deadlock/deadlock.h checks it on any machine.
// Owner: plain values and pure functions.  Thread safety: any thread. Units: lanes, 0 and 1. Errors: a route that the
// construction does not allow has no lanes.
//
// Every channel, a link on a lane, has a rank. A packet starts on lane 0, changes to lane 1 at most once, and takes channels
// of ranks that never decrease. From lowest to highest:
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
// where up along a dimension means to a greater coordinate. Channels of one rank can follow each other only along one
// dimension, or through the tiers, in one direction: so there is no ring. The trunks are within the plane because all of
// them share the links between NPUs and LRS: as separate dimensions, with these links on the lane of the hop, two hops would
// form a ring.
// In addition, no packet turns back, passes through a CPU, or passes between a node's islands (router_islands in
// ub-profile(5)). A node selects the lane from the link and lane on which a packet came and the link by which it leaves; a
// packet carries nothing for this but its lane.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "topology/machine.h"

namespace ub::routing {

inline constexpr unsigned kLanes = 2;

/// Whether the node between two links may forward packets from one to the other: not from die to die (router_islands).
bool forwards(const topology::Machine&, topology::LinkId in, topology::LinkId out);

/// The rank of a channel; comparable across lanes.
std::uint8_t lane_rank(const topology::Machine&, topology::LinkId, unsigned lane);

/// A link's ranks, by lane; the dimension is that of a mesh link or trunk, and up as in LinkId.
using LaneRanks = std::array<std::uint8_t, kLanes>;
LaneRanks lane_ranks(const topology::Machine&, topology::LinkKind, std::size_t dimension, bool up);

/// The properties of a link that the rules use.
struct LaneLink {
  topology::LinkId id;
  LaneRanks rank{};
  std::uint8_t from_island = 0, to_island = 0;  ///< of its two ends
  bool into_cpu = false;
};
LaneLink lane_link(const topology::Machine&, topology::LinkId);

/// The lowest lane, from `lane`, on which a link of ranks `on` may follow a channel of that rank, if the node forwards; kLanes
/// if there is none.
inline unsigned lane_on(std::uint8_t rank, unsigned lane, const LaneRanks& on) {
  while (lane < kLanes && on[lane] < rank) ++lane;
  return lane;
}

/// The rule of a node: the lane on which a packet that came by `in` leaves by `out`, which begins where `in` ends. Returns
/// the lowest lane allowed; empty if there is none.
std::optional<unsigned> next_lane(const LaneLink& in, unsigned lane, const LaneLink& out);

/// The position of a packet in the order of channels, for building a route link by link. A copy allows backtracking.
class LaneWalk {
 public:
  /// Takes the next link and returns its lane; empty: no legal route continues by this link.
  std::optional<unsigned> take(const topology::Machine&, topology::LinkId);

 private:
  LaneLink last_;
  std::uint8_t lane_ = 0;
  bool begun_ = false;
};

/// The lanes of a route, given as its links in order (at most 16): bit i is the lane of link i. Empty if the route is not
/// legal. A route without links has 0.
std::optional<std::uint16_t> lanes_of(const topology::Machine&, std::span<const topology::LinkId> route);

}  // namespace ub::routing
