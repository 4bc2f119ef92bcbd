#include "routing/mesh_walk.h"

#include <algorithm>

namespace ub::routing {

using topology::LinkId;
using topology::LinkKind;
using topology::NodeKind;
using topology::Reach;

bool forwards(const topology::Machine& m, LinkId in, LinkId out) {
  if (m.profile().router_islands.empty()) return true;
  const topology::Link a = m.link(in), b = m.link(out);
  return m.island(a.to, a.to_port) == m.island(b.from, b.from_port);
}

MeshWalk::MeshWalk(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m),
      from_(from),
      to_(to),
      policy_(policy),
      dimensions_(std::uint8_t(m.profile().dimensions.size())) {
  unsigned dearest = 0;
  for (std::size_t d = 0; d < dimensions_; ++d) {
    size_[d] = m.profile().dimensions[d].size;
    target_[d] = m.coordinate(to, d);
    cost_[d] = m.reach(d) == Reach::trunk ? 3 : 1;
    ways_[d] = std::uint8_t(m.ways(d));
    stride_[d] = std::uint32_t(m.layout().strides[d]);
    if (size_[d] > 1 && m.reach(d) != Reach::clos) dearest = std::max<unsigned>(dearest, cost_[d]);
  }
  Stop s;
  s.npu = from;
  for (std::size_t d = 0; d < dimensions_; ++d) s.here[d] = m.coordinate(from, d);
  measure(s);
  fewest_hops_ = s.differ;
  fewest_links_ = s.apart;
  if (!m.profile().plane) policy_.borrow = false;
  const bool longer = policy.detours || policy_.borrow;
  const unsigned most = std::min<unsigned>(policy.max_hops, fewest_hops_ + policy.extra_hops);
  most_hops_ = std::uint8_t(longer ? std::clamp<unsigned>(most, fewest_hops_, kMaxHops) : fewest_hops_);
  // A hop more costs two at most, away and back; a run over the second level stands for a hop, and is 4 links.
  most_links_ = std::uint8_t(std::min<unsigned>(
      kMaxHops, fewest_links_ + 2 * dearest * (most_hops_ - fewest_hops_) + (policy_.borrow ? 3 : 0)));
}

void MeshWalk::measure(Stop& s) const {
  s.apart = s.differ = 0;
  for (std::size_t d = 0; d < dimensions_; ++d)
    if (s.here[d] != target_[d]) ++s.differ, s.apart = std::uint8_t(s.apart + cost_[d]);
}

void MeshWalk::start_shortest() { start(fewest_links_, true); }
void MeshWalk::start_others(std::uint8_t links) { start(links, false); }

void MeshWalk::start(std::uint8_t links, bool shortest) {
  goal_ = links;
  shortest_ = shortest;
  depth_ = 0;
  if (from_ == to_ || links < fewest_links_ || links > kMaxHops) return;
  Stop& s = stops_[depth_++];
  s = Stop();
  s.npu = from_;
  for (std::size_t d = 0; d < dimensions_; ++d) s.here[d] = machine_.coordinate(from_, d);
  measure(s);
  begin(s, Stage::on);
}

void MeshWalk::begin(Stop& s, Stage stage) const {
  const bool slack = goal_ > s.links + s.apart;
  if (stage == Stage::aside && (shortest_ || !slack)) stage = Stage::one_switch;
  const unsigned left = goal_ - s.links;
  if (stage == Stage::one_switch && (shortest_ || !policy_.borrow || s.borrowed || left < 2))
    stage = Stage::done;
  if (stage == Stage::second_level && left != 4) stage = Stage::done;
  s.stage = stage;
  s.dimension = dimensions_;
  s.way = s.a = s.b = 0;
}

bool MeshWalk::next_hop(Stop& s, Span& hop) const {
  for (;;) {
    switch (s.stage) {
      case Stage::on:
        if (next_on(s, hop)) return true;
        break;
      case Stage::aside:
        if (next_aside(s, hop)) return true;
        break;
      case Stage::one_switch:
        if (next_over_one(s, hop)) return true;
        break;
      case Stage::second_level:
        if (next_over_second(s, hop)) return true;
        break;
      case Stage::done:
        return false;
    }
    begin(s, Stage(unsigned(s.stage) + 1));
  }
}

// The hop along s.dimension over the next way; s.way is 0 again after the last.
void MeshWalk::over_mesh(Stop& s, std::uint32_t coordinate, Span& hop) const {
  const std::uint32_t d = s.dimension;
  s.tried = coordinate;
  if (cost_[d] > 1) {
    hop = mesh_span(machine_, s.npu, d, coordinate, nth_way(machine_, from_, s.trunks + s.way));
    s.way = (s.way + 1) % ways_[d];
    return;
  }
  hop.to = NodeId(s.npu.value + (coordinate - s.here[d]) * stride_[d]);
  hop.count = 1;  // take() looks the link up, if it comes to that
  hop.borrows = false;
}

bool MeshWalk::next_on(Stop& s, Span& hop) const {
  if (s.way == 0) do
      if (s.dimension-- == 0) return false;
    while (s.here[s.dimension] == target_[s.dimension]);
  over_mesh(s, target_[s.dimension], hop);
  return true;
}

// s.a is the coordinate to try, or one before it; 0: the dimension has yet to be found.
bool MeshWalk::next_aside(Stop& s, Span& hop) const {
  for (;;) {
    if (s.way > 0) {
      over_mesh(s, s.a - 1, hop);
      return true;
    }
    if (s.a == 0) {
      if (s.dimension-- == 0) return false;
      const unsigned away = s.here[s.dimension] == target_[s.dimension];
      const bool near = unsigned(goal_ - s.links - s.apart) < cost_[s.dimension] * (1 + away);
      if (near || machine_.reach(s.dimension) == Reach::clos) continue;
    }
    while (s.a == s.here[s.dimension] || s.a == target_[s.dimension]) ++s.a;
    if (s.a < size_[s.dimension]) {
      over_mesh(s, s.a++, hop);
      return true;
    }
    s.a = 0;
  }
}

// s.a is the group, s.b the port of its switch.
bool MeshWalk::next_over_one(Stop& s, Span& hop) const {
  for (; s.a < machine_.profile().plane->groups; ++s.a, s.b = 0) {
    const topology::LinkRange down =
        machine_.links_from(machine_.to(machine_.plane_link(s.npu, s.a)), LinkKind::npu_switch);
    while (s.b < down.size()) {
      const NodeId to = machine_.to(down[s.b++]);
      if (to == s.npu) continue;
      hop = run_over(machine_, s.npu, to, s.a);
      return true;
    }
  }
  return false;
}

// s.a is the group, s.b the number of the second-level switch.
bool MeshWalk::next_over_second(Stop& s, Span& hop) const {
  if (machine_.rack(s.npu) != machine_.rack(to_)) return false;
  for (; s.a < machine_.profile().plane->groups; ++s.a, s.b = 0) {
    if (s.b == machine_.profile().plane->second_level ||
        machine_.to(machine_.plane_link(s.npu, s.a)) == machine_.to(machine_.plane_link(to_, s.a)))
      continue;
    hop = run_over_second(machine_, s.npu, to_, s.a, s.b++);
    return true;
  }
  return false;
}

// Mesh links of a dimension differ only in their direction, where nodes are one island.
LaneLink MeshWalk::mesh_lane_link(LinkId l, std::uint32_t dimension, bool up) {
  std::optional<LaneLink>& known = mesh_lanes_[2 * dimension + up];
  if (!machine_.profile().router_islands.empty()) return lane_link(machine_, l);
  if (!known) known = lane_link(machine_, l);
  LaneLink out = *known;
  out.id = l;
  return out;
}

// Goes that hop; false if it may not be gone, or leads nowhere in the links and hops that are left.
bool MeshWalk::take(const Stop& s, const Span& hop) {
  Stop& next = stops_[depth_];
  next.links = std::uint8_t(s.links + hop.count);
  if (next.links > goal_ || (hop.to == to_ && next.links != goal_)) return false;
  for (unsigned i = 0; i < depth_; ++i)
    if (stops_[i].npu == hop.to) return false;
  next.npu = hop.to;
  if (hop.borrows) {
    for (std::size_t d = 0; d < dimensions_; ++d) next.here[d] = machine_.coordinate(hop.to, d);
    measure(next);
  } else {
    const std::size_t d = s.dimension;
    const std::uint32_t c = s.tried;
    const int nearer = (s.here[d] != target_[d]) - (c != target_[d]);
    next.here = s.here;
    next.here[d] = c;
    next.differ = std::uint8_t(s.differ - nearer);
    next.apart = std::uint8_t(s.apart - nearer * cost_[d]);
  }
  next.borrowed = s.borrowed || hop.borrows;
  next.trunks = std::uint8_t(s.trunks + (hop.count == 3));
  // A run can stand for two hops.
  const unsigned at_least = next.differ - (next.differ > 1 && policy_.borrow && !next.borrowed);
  if (next.links + next.apart > goal_ || depth_ + at_least > most_hops_) return false;
  next.lane = s.lane;
  next.lanes = s.lanes;
  const bool direct = !hop.borrows && cost_[s.dimension] == 1;
  for (unsigned i = 0; i < hop.count; ++i) {
    const LinkId l = direct ? machine_.mesh_link(s.npu, s.dimension, s.tried) : hop.links[i];
    route_.links[s.links + i] = l;
    const LaneLink out =
        direct ? mesh_lane_link(l, s.dimension, s.tried > s.here[s.dimension]) : lane_link(machine_, l);
    const std::optional<unsigned> lane =
        s.links + i == 0 ? std::optional(0u) : next_lane(i == 0 ? s.in : next.in, next.lane, out);
    if (!lane && !policy_.illegal) return false;
    if (!lane && !forwards(machine_, route_.links[s.links + i - 1], l)) return false;
    next.in = out;
    next.lane = std::uint8_t(lane.value_or(next.lane));
    next.lanes |= std::uint16_t(next.lane << (s.links + i));
  }
  begin(next, Stage::on);
  ++depth_;
  return true;
}

bool MeshWalk::next(Path& path) {
  Span hop;
  while (depth_ > 0) {
    Stop& s = stops_[depth_ - 1];
    if (!next_hop(s, hop)) {
      --depth_;
      continue;
    }
    if (!take(s, hop)) continue;
    const Stop& end = stops_[depth_ - 1];
    if (end.npu != to_) continue;
    path.hops = std::uint8_t(--depth_);
    path.path_class = end.borrowed                ? PathClass::borrow
                      : path.hops == fewest_hops_ ? PathClass::shortest
                                                  : PathClass::detour;
    if ((path.path_class == PathClass::shortest) != shortest_) continue;
    if (path.path_class == PathClass::detour && !policy_.detours) continue;
    path.route = route_;
    path.route.count = goal_;
    path.switches = std::uint8_t(goal_ - path.hops);
    path.lanes = end.lanes;
    return true;
  }
  return false;
}

}  // namespace ub::routing
