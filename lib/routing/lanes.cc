#include "routing/lanes.h"

#include "base/check.h"

namespace ub::routing {
namespace {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;

constexpr unsigned kSteps = 2 * topology::kMaxDimensions;  // ranks of all dimensions on a lane: up and down

struct Place {
  unsigned lane;
  std::uint8_t rank;
};

// Ranks on lane 0; those on lane 1 are the mirror image, but for what has only one direction: in and out, and
// up and down (or first to second level, and back) within a block.
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

std::uint8_t along(const Machine& m, const Link& l, LinkId id, unsigned lane, Rank first, Rank first1) {
  const unsigned order = unsigned(m.dimensions()) - 1 - l.dimension;  // X is 0
  const unsigned step = 2 * order + (up(id) ? 0 : 1);
  return std::uint8_t(lane == 0 ? first + step : first1 + kSteps - 1 - step);
}

}  // namespace

std::uint8_t lane_rank(const Machine& m, LinkId id, unsigned lane) {
  UB_ASSERT(lane < kLanes);
  const Link l = m.link(id);
  switch (l.kind) {
    case LinkKind::mesh:
      return along(m, l, id, lane, kMesh, kMesh1);
    case LinkKind::trunk:
      return along(m, l, id, lane, kTrunk, kTrunk1);
    case LinkKind::npu_switch:
    case LinkKind::backup_switch:
    case LinkKind::cpu_switch:
      return up(id) ? (lane == 0 ? kIn : kIn1) : (lane == 0 ? kOut : kOut1);
    case LinkKind::switch_switch:
      return up(id) ? (lane == 0 ? kToSecond : kToSecond1) : (lane == 0 ? kToFirst : kToFirst1);
    case LinkKind::tier_link:
      return up(id) ? (lane == 0 ? kUp : kUp1) : (lane == 0 ? kDown : kDown1);
  }
  UB_ASSERT(!"a kind of link without a rank");
  return 0;
}

namespace {

// The lowest lane from `lane` on where the link has at least that rank.
std::optional<Place> next(const Machine& m, Place at, LinkId l) {
  for (; at.lane < kLanes; ++at.lane)
    if (const std::uint8_t rank = lane_rank(m, l, at.lane); rank >= at.rank) return Place{at.lane, rank};
  return {};
}

// Does the node where `in` ends and `out` begins forward from one to the other?
bool forwards(const Machine& m, LinkId in, LinkId out) {
  if (out == reverse(in) || m.kind(m.to(in)) == NodeKind::cpu) return false;
  if (m.profile().router_islands.empty()) return true;
  const Link a = m.link(in), b = m.link(out);
  return m.island(a.to, a.to_port) == m.island(b.from, b.from_port);
}

}  // namespace

std::optional<unsigned> LaneWalk::take(const Machine& m, LinkId l) {
  if (last_ && !forwards(m, *last_, l)) return {};
  const auto to = next(m, {lane_, rank_}, l);
  if (!to) return {};
  last_ = l, lane_ = std::uint8_t(to->lane), rank_ = to->rank;
  return to->lane;
}

std::optional<unsigned> next_lane(const Machine& m, LinkId in, unsigned lane, LinkId out) {
  if (!forwards(m, in, out)) return {};
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
