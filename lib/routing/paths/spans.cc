#include "routing/paths/spans.h"

#include <algorithm>

namespace ub::routing {

using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::reverse;

Span mesh_span(const Machine& m, NodeId from, std::size_t d, std::uint32_t coordinate, std::uint32_t way) {
  Span s;
  s.from = from;
  s.to = m.moved(from, d, coordinate);
  const topology::Hop hop = m.hop(from, d, coordinate, way);
  std::copy(hop.begin(), hop.end(), s.links.begin());
  s.count = hop.count;
  return s;
}

Span switch_transit(const Machine& m, NodeId from, NodeId to, std::uint32_t group) {
  return {from, to, {m.plane_link(from, group), reverse(m.plane_link(to, group))}, 2, true};
}

Span second_level_transit(const Machine& m, NodeId from, NodeId to, std::uint32_t group,
                          std::uint32_t second) {
  const LinkId up = m.plane_link(from, group), down = m.plane_link(to, group);
  const LinkId there = m.links_from(m.to(up), LinkKind::switch_switch)[second],
               back = m.links_from(m.to(down), LinkKind::switch_switch)[second];
  return {from, to, {up, there, reverse(back), reverse(down)}, 4, true};
}

bool next_switch_transit(const Machine& m, NodeId from, std::uint32_t& group, std::uint32_t& port,
                         Span& transit) {
  for (; group < m.steps().groups.divisor(); ++group, port = 0) {
    const topology::LinkRange down = m.links_from(m.to(m.plane_link(from, group)), LinkKind::npu_switch);
    while (port < down.size()) {
      const NodeId to = m.to(down[port++]);
      if (to == from) continue;
      transit = switch_transit(m, from, to, group);
      return true;
    }
  }
  return false;
}

bool next_second_level_transit(const Machine& m, NodeId from, NodeId to, std::uint32_t& group,
                               std::uint32_t& second, Span& transit) {
  if (m.rack(from) != m.rack(to)) return false;
  for (; group < m.steps().groups.divisor(); ++group, second = 0) {
    if (second == m.profile().plane->second_level ||
        m.to(m.plane_link(from, group)) == m.to(m.plane_link(to, group)))
      continue;
    transit = second_level_transit(m, from, to, group, second++);
    return true;
  }
  return false;
}

}  // namespace ub::routing
