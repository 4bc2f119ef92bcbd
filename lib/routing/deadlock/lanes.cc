#include "routing/deadlock/lanes.h"

#include "base/check.h"

namespace ub::routing {
namespace {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;

constexpr unsigned kSteps = 2 * topology::kMaxDimensions;  // ranks of all dimensions on a lane: up and down

// Ranks on lane 0, then on lane 1. Lane 1 mirrors lane 0, except for pairs in a fixed order: in and out, and up and down (or
// first to second level, and back) within a block.
enum Rank : std::uint8_t {
  kMesh,
  kIn = kMesh + kSteps,
  kToSecond,
  kToFirst,
  kTrunk,
  kUp = kTrunk + kSteps,
  kDown,
  kOut,
  kIn1,
  kUp1,
  kDown1,
  kTrunk1,
  kToSecond1 = kTrunk1 + kSteps,
  kToFirst1,
  kOut1,
  kMesh1,
};

LaneRanks along(const Machine& m, std::size_t dimension, bool up, Rank first, Rank first1) {
  const std::size_t order = m.dimensions() - 1 - dimension;  // X is 0
  const std::size_t step = 2 * order + (up ? 0 : 1);
  return {std::uint8_t(first + step), std::uint8_t(first1 + kSteps - 1 - step)};
}

}  // namespace

bool forwards(const Machine& m, LinkId in, LinkId out) {
  if (m.profile().router_islands.empty()) return true;
  const Link a = m.link(in), b = m.link(out);
  return m.island(a.to, a.to_port) == m.island(b.from, b.from_port);
}

LaneRanks lane_ranks(const Machine& m, LinkKind kind, std::size_t dimension, bool up) {
  switch (kind) {
    case LinkKind::mesh:
      return along(m, dimension, up, kMesh, kMesh1);
    case LinkKind::trunk:
      return along(m, dimension, up, kTrunk, kTrunk1);
    case LinkKind::npu_switch:
    case LinkKind::backup_switch:
    case LinkKind::cpu_switch:
      return up ? LaneRanks{kIn, kIn1} : LaneRanks{kOut, kOut1};
    case LinkKind::switch_switch:
      return up ? LaneRanks{kToSecond, kToSecond1} : LaneRanks{kToFirst, kToFirst1};
    case LinkKind::tier_link:
      return up ? LaneRanks{kUp, kUp1} : LaneRanks{kDown, kDown1};
  }
  UB_ASSERT(!"a kind of link without a rank");
  return {};
}

std::uint8_t lane_rank(const Machine& m, LinkId l, unsigned lane) { return lane_link(m, l).rank.at(lane); }

LaneLink lane_link(const Machine& m, LinkId id) {
  const Link ends = m.link(id);
  LaneLink l{.id = id,
             .rank = lane_ranks(m, ends.kind, ends.dimension, up(id)),
             .into_cpu = m.kind(ends.to) == NodeKind::cpu};
  if (m.profile().router_islands.empty()) return l;
  l.from_island = std::uint8_t(m.island(ends.from, ends.from_port));
  l.to_island = std::uint8_t(m.island(ends.to, ends.to_port));
  return l;
}

std::optional<unsigned> next_lane(const LaneLink& in, unsigned lane, const LaneLink& out) {
  if (out.id == reverse(in.id) || in.into_cpu || in.to_island != out.from_island) return {};
  lane = lane_on(in.rank[lane], lane, out.rank);
  return lane < kLanes ? std::optional(lane) : std::nullopt;
}

std::optional<unsigned> LaneWalk::take(const Machine& m, LinkId l) {
  const LaneLink next = lane_link(m, l);
  const std::optional<unsigned> lane = begun_ ? next_lane(last_, lane_, next) : 0u;
  if (!lane) return {};
  last_ = next, lane_ = std::uint8_t(*lane), begun_ = true;
  return lane;
}

std::optional<std::uint16_t> lanes_of(const Machine& m, std::span<const LinkId> route) {
  LaneWalk walk;
  std::uint16_t lanes = 0;
  for (unsigned i = 0; i < route.size(); ++i) {
    const auto lane = walk.take(m, route[i]);
    if (!lane) return {};
    lanes |= std::uint16_t(*lane << i);
  }
  return lanes;
}

}  // namespace ub::routing
