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
      dimensions_(std::uint8_t(m.dimensions())),
      islands_(!m.profile().router_islands.empty()) {
  unsigned dearest = 0;
  for (std::size_t d = 0; d < dimensions_; ++d) {
    size_[d] = m.steps().along[d].size.divisor();
    target_[d] = m.coordinate(to, d);
    cost_[d] = m.reach(d) == Reach::trunk ? 3 : 1;
    ways_[d] = std::uint8_t(m.ways(d));
    stride_[d] = m.steps().along[d].stride.divisor();
    for (const bool up : {false, true})
      if (cost_[d] == 1)
        ranks_[d][up][0] = lane_ranks(m, LinkKind::mesh, d, up);
      else
        ranks_[d][up] = {lane_ranks(m, LinkKind::npu_switch, d, true), lane_ranks(m, LinkKind::trunk, d, up),
                         lane_ranks(m, LinkKind::npu_switch, d, false)};
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
    s.over = nth_way(machine_, from_, s.trunks + s.way);
    if (++s.way == ways_[d]) s.way = 0;
  }
  hop.to = NodeId(s.npu.value + (coordinate - s.here[d]) * stride_[d]);
  hop.count = cost_[d];  // take() looks the links up, if it comes to that
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
  if (!(hop.borrows || islands_ ? take_links(s, next, hop) : take_mesh_hop(s, next))) return false;
  begin(next, Stage::on);
  ++depth_;
  return true;
}

// The links of the mesh hop last tried. Where nodes are one island, those along a dimension differ only in their direction,
// and none but a trunk's can turn back.
bool MeshWalk::take_mesh_hop(const Stop& s, Stop& next) {
  const topology::Steps& steps = machine_.steps();
  const std::size_t d = s.dimension;
  const unsigned count = cost_[d];
  const auto& ranks = ranks_[d][s.tried > s.here[d]];
  unsigned lane = s.lane, rank = s.in.rank[lane];
  next.lanes = s.lanes;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned on = lane_on(std::uint8_t(rank), lane, ranks[i]);
    if (on < kLanes)
      lane = on;
    else if (!policy_.illegal)
      return false;
    rank = ranks[i][lane];
    next.lanes |= std::uint16_t(lane << (s.links + i));
  }
  LinkId* const links = &route_.links[s.links];
  if (count == 1) {
    links[0] = LinkId(steps.along[d].mesh_link(s.npu.value, s.here[d], s.tried));
  } else {
    links[0] = LinkId(steps.plane_link(s.npu.value, s.over));
    if (s.links > 0 && links[0] == reverse(s.in.id) && !policy_.illegal) return false;
    links[1] = LinkId(
        steps.trunk_link(steps.along[d], s.npu.value, steps.place(s.npu.value), s.over, s.here[d], s.tried));
    links[2] = reverse(LinkId(steps.plane_link(next.npu.value, s.over)));
  }
  next.lane = std::uint8_t(lane);
  next.in = {.id = links[count - 1], .rank = ranks[count - 1]};
  return true;
}

// Those of any hop, one by one.
bool MeshWalk::take_links(const Stop& s, Stop& next, const Span& hop) {
  const Span span = hop.borrows ? hop : mesh_span(machine_, s.npu, s.dimension, s.tried, s.over);
  next.lane = s.lane;
  next.lanes = s.lanes;
  for (unsigned i = 0; i < span.count; ++i) {
    const LinkId l = span.links[i];
    route_.links[s.links + i] = l;
    const LaneLink out = lane_link(machine_, l);
    const std::optional<unsigned> lane =
        s.links + i == 0 ? std::optional(0u) : next_lane(i == 0 ? s.in : next.in, next.lane, out);
    if (!lane && !policy_.illegal) return false;
    if (!lane && !forwards(machine_, route_.links[s.links + i - 1], l)) return false;
    next.in = out;
    next.lane = std::uint8_t(lane.value_or(next.lane));
    next.lanes |= std::uint16_t(next.lane << (s.links + i));
  }
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
