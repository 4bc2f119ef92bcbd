#include "routing/paths/mesh_walk.h"

#include <algorithm>
#include <bit>

namespace ub::routing {

using topology::LinkId;

MeshWalk::MeshWalk(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m),
      geometry_(m, to),
      from_(from),
      to_(to),
      policy_(policy),
      islands_(!m.profile().router_islands.empty()) {
  const Dimensions differ = geometry_.differ(from.value);
  fewest_hops_ = std::uint8_t(std::popcount(differ));
  fewest_links_ = std::uint8_t(geometry_.links(differ));
  if (!m.profile().plane) policy_.borrow = false;
  const bool longer = policy.detours || policy_.borrow;
  const unsigned most = std::min<unsigned>(policy.max_hops, fewest_hops_ + policy.extra_hops);
  most_hops_ = std::uint8_t(longer ? std::clamp<unsigned>(most, fewest_hops_, kMaxHops) : fewest_hops_);
  // A run replaces one hop or two; over the second level it has 4 links.
  const unsigned extra = unsigned(most_hops_ - fewest_hops_) * geometry_.dearest;
  most_links_ =
      std::uint8_t(std::min<unsigned>(kMaxHops, fewest_links_ + (policy_.borrow ? 2 * extra + 3 : extra)));
  rings_ = policy_.borrow || most_hops_ > fewest_hops_ + 1;
}

void MeshWalk::start_shortest() { start(fewest_links_, true); }
void MeshWalk::start_others(std::uint8_t links) { start(links, false); }

void MeshWalk::start(std::uint8_t links, bool shortest) {
  goal_ = links;
  shortest_ = shortest;
  borrow_ = policy_.borrow && !shortest;
  depth_ = 0;
  // Over the mesh alone, more hops are more links.
  const bool too_few = links < fewest_links_ + (!shortest && !borrow_);
  if (from_ == to_ || too_few || links > kMaxHops) return;
  Stop& s = stops_[depth_++];
  s.npu = from_.value;
  s.differ = geometry_.differ(from_.value);
  s.spare_hops = std::int8_t(most_hops_ - fewest_hops_);
  s.spare_links = std::int8_t(goal_ - fewest_links_);
  s.links = s.trunks = s.borrowed = s.rank = 0;
  s.lanes = 0;
  begin(s, Stage::on);
}

// The functions inlined below are part of next(): a call would cost as much as its body.

[[gnu::always_inline]] inline void MeshWalk::begin(Stop& s, Stage stage) const {
  const Dimensions left = stage == Stage::on ? s.differ : stage == Stage::aside ? aside(s) : Dimensions(0);
  if (stage == Stage::aside && left == 0) stage = Stage::one_switch;
  if (stage == Stage::one_switch && (!may_borrow(s) || goal_ - s.links < 2)) stage = Stage::done;
  if (stage == Stage::second_level && goal_ - s.links != 4) stage = Stage::done;
  s.stage = stage;
  if (stage == Stage::done) return;
  s.left = left;
  s.way = 0;
  if (stage != Stage::on) s.group = s.ordinal = 0;
}

// The dimensions along which the spare hops and links allow a hop aside. A hop away from the target's coordinate needs
// another one back. A run can replace two hops.
Dimensions MeshWalk::aside(const Stop& s) const {
  const int links = s.spare_links, hops = s.spare_hops + may_borrow(s);
  return Dimensions((hops >= 1 ? geometry_.within(links) & s.differ : 0) |
                    (hops >= 2 ? geometry_.within(links / 2) & ~s.differ : 0));
}

bool MeshWalk::next(Path& path) {
  while (depth_ > 0) {
    Stop& last = stops_[depth_ - 1];
    Stop& next = (&last)[1];
    if (!try_hop(last, next)) continue;
    if (next.differ != 0) {
      begin(next, Stage::on);
      ++depth_;
      continue;
    }
    const PathClass path_class = next.borrowed            ? PathClass::borrow
                                 : depth_ == fewest_hops_ ? PathClass::shortest
                                                          : PathClass::detour;
    if ((path_class == PathClass::shortest) != shortest_) continue;
    if (path_class == PathClass::detour && !policy_.detours) continue;
    for (unsigned i = 0; i < goal_; ++i) path.route.links[i] = links_[i];
    path.route.count = goal_;
    path.path_class = path_class;
    path.hops = depth_;
    path.switches = std::uint8_t(goal_ - depth_);
    path.lanes = next.lanes;
    return true;
  }
  return false;
}

[[gnu::always_inline]] inline bool MeshWalk::try_hop(Stop& s, Stop& next) {
  switch (s.stage) {
    case Stage::on:
      if (s.left != 0) return try_on(s, next);
      break;
    case Stage::aside:
      if (s.left != 0) return try_aside(s, next);
      break;
    case Stage::one_switch:
      if (Span transit; next_switch_transit(machine_, NodeId(s.npu), s.group, s.ordinal, transit))
        return go_over(s, next, transit);
      break;
    case Stage::second_level:
      if (Span transit; next_second_level_transit(machine_, NodeId(s.npu), to_, s.group, s.ordinal, transit))
        return go_over(s, next, transit);
      break;
    case Stage::done:
      break;
  }
  if (s.stage != Stage::done) begin(s, Stage(unsigned(s.stage) + 1));
  if (s.stage == Stage::done) --depth_;
  return false;
}

[[gnu::always_inline]] inline bool MeshWalk::next_way(Stop& s, const MeshGeometry::Along& a) {
  if (a.links == 1) return false;
  if (++s.way == a.ways) s.way = 0;
  return s.way != 0;
}

[[gnu::always_inline]] inline bool MeshWalk::try_on(Stop& s, Stop& next) {
  const MeshGeometry::Along& a = geometry_.last_of(s.left);
  const std::uint32_t way = s.way;
  if (!next_way(s, a)) s.left ^= a.bit;
  return go_along(s, next, a, a.coordinate(s.npu), a.target, way);
}

[[gnu::always_inline]] inline bool MeshWalk::try_aside(Stop& s, Stop& next) {
  const MeshGeometry::Along& a = geometry_.last_of(s.left);
  const std::uint32_t here = a.coordinate(s.npu);
  while (s.ordinal == here || s.ordinal == a.target) ++s.ordinal;
  if (s.ordinal >= a.size) {
    s.left ^= a.bit, s.ordinal = 0;
    return false;
  }
  const std::uint32_t to = s.ordinal, way = s.way;
  if (!next_way(s, a)) ++s.ordinal;
  return go_along(s, next, a, here, to, way);
}

[[gnu::always_inline]] inline bool MeshWalk::go_along(const Stop& s, Stop& next, const MeshGeometry::Along& a,
                                                      std::uint32_t here, std::uint32_t to,
                                                      std::uint32_t way) {
  const int longer = to == a.target ? 0 : here == a.target ? 2 : 1;  // hops aside and back
  next.npu = s.npu + (to - here) * a.stride;
  next.differ = Dimensions(longer == 0 ? s.differ & ~a.bit : s.differ | a.bit);
  next.spare_hops = std::int8_t(s.spare_hops - longer);
  next.spare_links = std::int8_t(s.spare_links - longer * a.links);
  next.links = std::uint8_t(s.links + a.links);
  next.trunks = s.trunks;
  next.borrowed = s.borrowed;
  if (!leads_on(next)) return false;
  const auto& ranks = a.ranks[to > here];
  next.rank = s.rank, next.lanes = s.lanes;
  if (a.links == 1) {
    links_[s.links] = LinkId(a.steps->mesh_link(s.npu, here, to));
    if (islands_ ? !take_links(s, next) : !take_lane(next, ranks[0], s.links)) return false;
  } else {
    ++next.trunks;
    geometry_.trunk(a, s.npu, here, to, nth_way(machine_, from_, s.trunks + way), &links_[s.links]);
    if (islands_ ? !take_links(s, next) : !take_trunk(s, next, ranks)) return false;
  }
  // On lane 1 a path cannot reach the target if it still differs in a dimension that is lost.
  const unsigned second = unsigned(next.lanes) >> (next.links - 1);
  return (next.differ & a.lost & (0 - second)) == 0 || policy_.illegal;
}

bool MeshWalk::go_over(const Stop& s, Stop& next, const Span& transit) {
  next.npu = transit.to.value;
  next.differ = geometry_.differ(transit.to.value);
  next.links = std::uint8_t(s.links + transit.count);
  next.spare_hops = std::int8_t(most_hops_ - depth_ - std::popcount(next.differ));
  next.spare_links = std::int8_t(goal_ - next.links - int(geometry_.links(next.differ)));
  next.trunks = s.trunks;
  next.borrowed = true;
  if (!leads_on(next)) return false;
  std::copy_n(transit.links.begin(), transit.count, &links_[s.links]);
  return take_links(s, next);
}

// Whether the spare hops and links can still be used up exactly, and the node is new on the path.
[[gnu::always_inline]] inline bool MeshWalk::leads_on(const Stop& next) const {
  const int links = next.spare_links, hops = next.spare_hops;
  if (links < 0 || (links > 0 && next.differ == 0)) return false;
  if (may_borrow(next)) {
    const bool several = (next.differ & (next.differ - 1)) != 0;
    if (hops + several < 0) return false;
  } else if (hops < 0 || links > hops * geometry_.dearest) {
    return false;
  }
  for (unsigned i = 0; rings_ && i < depth_; ++i)
    if (stops_[i].npu == next.npu) return false;
  return true;
}

// If each node is one island, the links along a dimension differ only in direction.
[[gnu::always_inline]] inline bool MeshWalk::take_lane(Stop& next, const LaneRanks& ranks,
                                                       unsigned link) const {
  const std::uint8_t before = next.rank;
  const bool second = ranks[0] < before;
  next.rank = ranks[second];
  next.lanes = std::uint16_t(next.lanes | unsigned(second) << link);
  return next.rank >= before || policy_.illegal;
}

bool MeshWalk::take_trunk(const Stop& s, Stop& next, const std::array<LaneRanks, 3>& ranks) const {
  const LinkId* const links = &links_[s.links];
  if (s.links > 0 && links[0] == reverse(links[-1]) && !policy_.illegal) return false;
  for (unsigned i = 0; i < ranks.size(); ++i)
    if (!take_lane(next, ranks[i], s.links + i)) return false;
  return true;
}

// Takes the lanes of any hop, link by link.
bool MeshWalk::take_links(const Stop& s, Stop& next) const {
  LaneLink in = s.links > 0 ? lane_link(machine_, links_[s.links - 1]) : LaneLink();
  unsigned lane = s.links > 0 ? s.lanes >> (s.links - 1) & 1 : 0;
  next.lanes = s.lanes;
  for (unsigned i = s.links; i < next.links; ++i) {
    const LaneLink out = lane_link(machine_, links_[i]);
    const std::optional<unsigned> on = i == 0 ? std::optional(0u) : next_lane(in, lane, out);
    if (!on && !policy_.illegal) return false;
    if (!on && !forwards(machine_, links_[i - 1], links_[i])) return false;
    in = out;
    lane = on.value_or(lane);
    next.lanes = std::uint16_t(next.lanes | lane << i);
  }
  next.rank = in.rank[lane];
  return true;
}

}  // namespace ub::routing
