#include "routing/lanes.h"

#include "base/check.h"

namespace ub::routing {
namespace {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;

constexpr unsigned kSteps = 2 * topology::kMaxDimensions;  // ranks of the mesh on a lane: two a dimension

// Each lane's ranks: the mesh's, then the switches', or the other way round.
enum Switches : std::uint8_t { kIn, kToSecond, kToFirst, kOut, kSwitchRanks };

struct Place {
  unsigned lane;
  std::uint8_t rank;
};

Switches step_of(const Machine& m, const Link& l) {
  if (m.kind(l.from) != NodeKind::switch_) return kIn;
  if (m.kind(l.to) != NodeKind::switch_) return kOut;
  return l.from < l.to ? kToSecond : kToFirst;  // second levels are numbered after first ones
}

}  // namespace

std::uint8_t lane_rank(const Machine& m, LinkId id, unsigned lane) {
  UB_ASSERT(lane < kLanes);
  const Link l = m.link(id);
  if (l.kind != LinkKind::mesh) {
    const Switches s = step_of(m, l);
    return std::uint8_t(kSteps + s + (lane == 0 ? 0 : kSwitchRanks));
  }
  const bool up = m.coordinate(l.to, l.dimension) > m.coordinate(l.from, l.dimension);
  const unsigned order = unsigned(m.profile().dimensions.size()) - 1 - l.dimension;  // X is 0
  if (lane == 0) return std::uint8_t(2 * order + (up ? 0 : 1));
  return std::uint8_t(kSteps + 2 * kSwitchRanks + (kSteps - 1 - (2 * order + (up ? 0 : 1))));
}

namespace {

// The lowest lane from `lane` on where the link has at least that rank.
std::optional<Place> next(const Machine& m, Place at, LinkId l) {
  for (; at.lane < kLanes; ++at.lane)
    if (const std::uint8_t rank = lane_rank(m, l, at.lane); rank >= at.rank) return Place{at.lane, rank};
  return {};
}

}  // namespace

std::optional<unsigned> LaneWalk::take(const Machine& m, LinkId l) {
  const auto to = next(m, {lane_, rank_}, l);
  if (!to) return {};
  lane_ = std::uint8_t(to->lane), rank_ = to->rank;
  return to->lane;
}

std::optional<unsigned> next_lane(const Machine& m, LinkId in, unsigned lane, LinkId out) {
  const auto to = next(m, {lane, lane_rank(m, in, lane)}, out);
  if (!to) return {};
  return to->lane;
}

std::optional<std::uint16_t> lanes_of(const Machine& m, const Route& r) {
  LaneWalk walk;
  std::uint16_t lanes = 0;
  for (unsigned i = 0; i < r.count; ++i) {
    const auto lane = walk.take(m, r.links[i]);
    if (!lane) return {};
    lanes |= std::uint16_t(*lane << i);
  }
  return lanes;
}

}  // namespace ub::routing
