#include "routing/spans.h"

#include <algorithm>

namespace ub::routing {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::LinkRange;
using topology::Machine;
using topology::NodeKind;
using topology::Reach;
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

Span run_over(const Machine& m, NodeId from, NodeId to, std::uint32_t group) {
  return {from, to, {m.plane_link(from, group), reverse(m.plane_link(to, group))}, 2, true, false};
}

Span run_over_second(const Machine& m, NodeId from, NodeId to, std::uint32_t group, std::uint32_t second) {
  const LinkId up = m.plane_link(from, group), down = m.plane_link(to, group);
  const LinkId there = m.links_from(m.to(up), LinkKind::switch_switch)[second],
               back = m.links_from(m.to(down), LinkKind::switch_switch)[second];
  return {from, to, {up, there, reverse(back), reverse(down)}, 4, true, true};
}

namespace {

std::vector<NodeId> hanging_on(const Machine& m, NodeId first_level) {
  std::vector<NodeId> npus;
  for (LinkId l : m.links_from(first_level, LinkKind::npu_switch)) npus.push_back(m.to(l));
  return npus;
}

void runs_between(const Machine& m, NodeId from, NodeId to, std::uint32_t group, std::vector<Span>& out) {
  if (m.to(m.plane_link(from, group)) == m.to(m.plane_link(to, group)))
    out.push_back(run_over(m, from, to, group));
  else
    for (std::uint32_t s = 0; s < m.profile().plane->second_level; ++s)
      out.push_back(run_over_second(m, from, to, group, s));
}

// Spans out of an NPU, or into it, over one group of its plane.
void at(const Machine& m, NodeId npu, std::uint32_t group, bool out, bool runs, std::vector<Span>& all) {
  for (std::size_t d = 0; d < m.dimensions(); ++d) {
    if (m.reach(d) != Reach::trunk) continue;
    const std::uint32_t here = m.coordinate(npu, d);
    for (std::uint32_t c = 0; c < m.profile().dimensions[d].size; ++c)
      if (c != here)
        all.push_back(out ? mesh_span(m, npu, d, c, group)
                          : mesh_span(m, m.moved(npu, d, c), d, here, group));
  }
  const std::uint32_t begin = npu.value - npu.value % m.npus_per_rack();
  for (std::uint32_t n = begin; runs && n < begin + m.npus_per_rack(); ++n)
    if (n != npu.value)
      out ? runs_between(m, npu, NodeId(n), group, all) : runs_between(m, NodeId(n), npu, group, all);
}

std::uint32_t group_of(const Machine& m, NodeId npu, NodeId first_level) {
  std::uint32_t g = 0;
  while (m.to(m.plane_link(npu, g)) != first_level) ++g;
  return g;
}

}  // namespace

// Those of the NPUs at which such a span begins, or ends, are few; of them the ones that take the link.
std::vector<Span> spans_over(const Machine& m, LinkId id, bool runs) {
  const Link l = m.link(id);
  if (l.kind == LinkKind::mesh)
    return {mesh_span(m, l.from, l.dimension, m.coordinate(l.to, l.dimension), 0)};
  std::vector<Span> all;
  if (!m.profile().plane) return all;
  const bool out = topology::up(id) || l.kind == LinkKind::trunk;
  if (l.kind == LinkKind::npu_switch) {
    const NodeId npu = out ? l.from : l.to, first = out ? l.to : l.from;
    at(m, npu, group_of(m, npu, first), out, runs, all);
  } else if (l.kind == LinkKind::trunk || l.kind == LinkKind::switch_switch) {
    const NodeId first = out ? l.from : l.to;
    for (NodeId npu : hanging_on(m, first)) at(m, npu, group_of(m, npu, first), out, runs, all);
  }
  std::erase_if(all, [&](const Span& s) {
    return std::find(s.links.begin(), s.links.begin() + s.count, id) == s.links.begin() + s.count;
  });
  return all;
}

}  // namespace ub::routing
