#include "topology/machine.h"

#include <algorithm>

#include "base/check.h"
#include "topology/profile_rules.h"

namespace ub::topology {
namespace {

// The range that contains n, by the beginnings of all ranges but the first. Linear, since there are few.
std::uint8_t range_of(const std::vector<std::uint32_t>& begins, std::uint32_t n) {
  std::uint8_t i = 0;
  while (i < begins.size() && n >= begins[i]) ++i;
  return i;
}

}  // namespace

Machine::Machine(const Profile& p) : profile_(p) {
  UB_ASSERT(!broken_rule(p));
  layout_ = lay_out(p);
  npus_ = std::uint32_t(layout_.npus);
  steps_ = Steps(p, layout_);
  for (std::size_t g = 1; g < layout_.groups.size(); ++g)
    group_begins_.push_back(std::uint32_t(layout_.groups[g].first));
  for (std::size_t c = 1; c < layout_.cables.size(); ++c)
    cables_begin_.push_back(std::uint32_t(layout_.cables[c].first));
}

std::uint8_t Machine::group_of(NodeId n) const {
  UB_ASSERT(n.value < node_count());
  return range_of(group_begins_, n.value);
}

std::uint8_t Machine::cables_of(LinkId l) const {
  UB_ASSERT(l.value < link_count());
  return range_of(cables_begin_, l.value / 2);
}

std::vector<NodeId> Machine::endpoints() const {
  std::vector<NodeId> all;
  for (std::uint32_t n = 0; n < endpoint_count(); ++n) all.push_back(NodeId(n));
  return all;
}

NodeKind Machine::kind(NodeId n) const { return layout_.groups[group_of(n)].kind; }
std::string_view Machine::type(NodeId n) const { return layout_.groups[group_of(n)].word; }
std::uint64_t Machine::hop_ps(NodeId n) const { return layout_.groups[group_of(n)].hop_ps; }
std::uint32_t Machine::lanes_used(NodeId n) const {
  return std::uint32_t(layout_.groups[group_of(n)].lanes_used);
}

std::uint32_t Machine::island(NodeId n, std::uint32_t port) const {
  if (profile_.router_islands.empty() || kind(n) != NodeKind::npu) return 0;
  std::uint32_t island = 0;
  for (std::uint32_t ports : profile_.router_islands) {
    if (port < ports) return island;
    port -= ports, ++island;
  }
  return island;
}

std::uint32_t Machine::ways(std::size_t dimension) const {
  const Reach r = reach(dimension);
  return r == Reach::direct ? 1 : r == Reach::trunk ? profile_.plane->groups : 0;
}

LinkId Machine::mesh_link(NodeId npu, std::size_t dimension, std::uint32_t to) const {
  const std::uint32_t here = coordinate(npu, dimension);
  const Steps::Along& a = steps_.along[dimension];
  UB_ASSERT(a.reach == Reach::direct && to < a.size.divisor() && to != here);
  return LinkId(a.mesh_link(npu.value, here, to));
}

LinkId Machine::plane_link(NodeId npu, std::uint32_t group) const {
  UB_ASSERT(npu.value < npus_ && steps_.has_plane && group < steps_.groups.divisor());
  return LinkId(steps_.plane_link(npu.value, group));
}

Hop Machine::hop(NodeId npu, std::size_t dimension, std::uint32_t to, std::uint32_t way) const {
  if (reach(dimension) == Reach::direct) return {{mesh_link(npu, dimension, to)}, 1};
  const std::uint32_t here = coordinate(npu, dimension);
  const Steps::Along& a = steps_.along[dimension];
  UB_ASSERT(a.reach == Reach::trunk && to < a.size.divisor() && to != here);
  const Steps::Place place = steps_.place(npu.value);
  return {{plane_link(npu, way), LinkId(steps_.trunk_link(a, npu.value, place, way, here, to)),
           reverse(plane_link(moved(npu, dimension, to), way))},
          3};
}

std::uint32_t Machine::rack(NodeId npu) const {
  UB_ASSERT(npu.value < npus_);
  return steps_.rack.quotient(npu.value);
}

std::optional<NodeId> Machine::backup(std::uint32_t rack) const {
  UB_ASSERT(rack < rack_count());
  if (profile_.backup.count == 0) return {};
  return NodeId(npus_ + rack);
}

NodeId Machine::end(const Cables& c, std::uint32_t cable, unsigned side) const {
  return NodeId(std::uint32_t(layout_.groups[c.group[side]].first) + c.end(cable, side).node);
}

NodeId Machine::from(LinkId l) const {
  const Cables& c = layout_.cables[cables_of(l)];
  return end(c, l.value / 2 - std::uint32_t(c.first), l.value & 1);
}
NodeId Machine::to(LinkId l) const { return from(reverse(l)); }

Link Machine::link(LinkId l) const {
  const std::uint8_t kind = cables_of(l);
  const Cables& c = layout_.cables[kind];
  const auto outlet = [&](unsigned side) {
    const Cables::End e = c.end(l.value / 2 - std::uint32_t(c.first), side);
    const NodeGroup& g = layout_.groups[c.group[side]];
    for (const NodeGroup::Ports& p : g.ports)
      if (p.cables == kind && (p.side == side || c.shape == Cables::Shape::line))
        return std::pair(NodeId(std::uint32_t(g.first) + e.node), std::uint16_t(p.first + e.port));
    UB_ASSERT(!"a cable without ports");
    return std::pair(NodeId(), std::uint16_t());
  };
  const auto [from, from_port] = outlet(l.value & 1);
  const auto [to, to_port] = outlet(1 - (l.value & 1));
  return {.from = from,
          .to = to,
          .from_port = from_port,
          .to_port = to_port,
          .kind = c.kind,
          .dimension = c.dimension,
          .medium = c.run.medium,
          .lanes = c.lanes,
          .length_mm = c.run.length_mm,
          .bytes_per_s = c.bytes_per_s,
          .propagation_ps = c.propagation_ps,
          .failures_per_year = c.run.failures_per_year};
}

LinkId Machine::link_at(std::uint8_t group, std::uint32_t in_group, std::uint32_t port) const {
  for (const NodeGroup::Ports& p : layout_.groups[group].ports)
    if (port - p.first < p.count) {
      const Cables& c = layout_.cables[p.cables];
      return id(c, c.at(p.side, in_group, port - p.first));
    }
  UB_ASSERT(!"a port that the node does not have");
  return {};
}

LinkRange Machine::links_from(NodeId n) const {
  const std::uint8_t group = group_of(n);
  const NodeGroup& g = layout_.groups[group];
  return {*this, group, n.value - std::uint32_t(g.first), 0, std::uint32_t(g.port_count)};
}

// Ports of one kind and direction are consecutive; a switch between two tiers has links of one kind both up and down.
LinkRange Machine::links_from(NodeId n, LinkKind kind) const {
  const std::uint8_t group = group_of(n);
  const NodeGroup& g = layout_.groups[group];
  std::uint32_t first = 0, count = 0;
  for (const NodeGroup::Ports& p : g.ports)
    if (layout_.cables[p.cables].kind == kind) {
      if (count == 0) first = p.first;
      count = p.first + p.count - first;
    }
  return {*this, group, n.value - std::uint32_t(g.first), first, count};
}

std::optional<LinkId> Machine::link_between(NodeId a, NodeId b) const {
  const std::uint8_t group = group_of(a), other = group_of(b);
  const NodeGroup& from = layout_.groups[group];
  for (const NodeGroup::Ports& p : from.ports) {
    const Cables& c = layout_.cables[p.cables];
    const std::uint8_t far = c.shape == Cables::Shape::line ? group : c.group[1 - p.side];
    if (far != other) continue;
    if (const auto place = c.between(p.side, a.value - std::uint32_t(from.first),
                                     b.value - std::uint32_t(layout_.groups[other].first)))
      return id(c, *place);
  }
  return {};
}

}  // namespace ub::topology
