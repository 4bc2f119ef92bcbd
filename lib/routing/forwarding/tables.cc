#include "routing/forwarding/tables.h"

#include <algorithm>
#include <set>

#include "base/check.h"

namespace ub::routing {
namespace {

using topology::kMaxDimensions;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;
using topology::Reach;

// The dimensions of a segment, from `first` up to `end`, and its size.
struct Segment {
  std::size_t first = 0, end = 0;
  std::uint32_t size = 1;
};

struct Segments {
  std::array<Segment, kMaxDimensions> of;
  std::uint8_t count = 0;
};

Segments segments(const Machine& m) {
  Segments s;
  std::size_t dimension = 0;
  for (const topology::Segment& named : m.layout().segments) {
    s.of[s.count++] = {dimension, dimension + named.dimensions, std::uint32_t(named.size)};
    dimension += named.dimensions;
  }
  return s;
}

std::uint32_t coordinate_of(const Machine& m, const Segment& s, std::uint32_t number, std::size_t dimension) {
  for (std::size_t d = s.end - 1; d > dimension; --d) number /= m.profile().dimensions[d].size;
  return number % m.profile().dimensions[dimension].size;
}

std::uint32_t number_of(const Machine& m, const Segment& s, NodeId npu) {
  std::uint32_t n = 0;
  for (std::size_t d = s.first; d < s.end; ++d) n = n * m.profile().dimensions[d].size + m.coordinate(npu, d);
  return n;
}

// The segments in the order in which a node reads them.
std::array<std::uint8_t, kMaxDimensions> order(const Machine& m, NodeId here, const Segments& s) {
  std::array<std::uint8_t, kMaxDimensions> o{};
  for (std::uint8_t i = 0; i < s.count; ++i) o[i] = i;
  if (m.kind(here) != NodeKind::npu) return o;
  const auto inner = std::find_if(o.begin(), o.begin() + s.count,
                                  [&](std::uint8_t i) { return m.reach(s.of[i].first) != Reach::clos; });
  std::reverse(inner, o.begin() + s.count);
  return o;
}

// The neighbourhood of a node that is not an NPU: an NPU below each port that leads down, the ports that lead up, and the
// trunks.
struct View {
  struct Port {
    std::uint16_t number;
    LinkId link;
    NodeId npu;  // of ports up: any
  };
  std::vector<Port> below, above, trunks;
  std::array<bool, kMaxDimensions> told{};  // by segment: the numbers up to it determine the port downwards
};

bool leads_down(const Machine& m, LinkId l) {
  const LinkKind k = m.link(l).kind;
  return !up(l) && (k == LinkKind::npu_switch || k == LinkKind::switch_switch || k == LinkKind::tier_link);
}

std::optional<NodeId> npu_below(const Machine& m, NodeId n) {
  while (m.kind(n) != NodeKind::npu) {
    const auto out = m.links_from(n);
    const auto next = std::find_if(out.begin(), out.end(), [&](LinkId l) { return leads_down(m, l); });
    if (next == out.end()) return {};
    n = m.to(*next);
  }
  return n;
}

View view(const Machine& m, NodeId here, const Segments& s) {
  View v;
  std::uint16_t number = 0;
  for (LinkId l : m.links_from(here)) {
    const View::Port port{number++, l, {}};
    const LinkKind k = m.link(l).kind;
    if (leads_down(m, l) || k == LinkKind::trunk) {
      if (const auto npu = npu_below(m, m.to(l)))
        (k == LinkKind::trunk ? v.trunks : v.below).push_back({port.number, l, *npu});
    } else if (up(l) && k != LinkKind::switch_switch) {
      v.above.push_back(port);
    }
  }
  std::vector<std::uint64_t> prefix(v.below.size(), 0);
  for (std::uint8_t i = 0; i < s.count; ++i) {
    for (std::size_t b = 0; b < v.below.size(); ++b)
      prefix[b] = prefix[b] * s.of[i].size + number_of(m, s.of[i], v.below[b].npu);
    v.told[i] = std::set(prefix.begin(), prefix.end()).size() == prefix.size();
  }
  return v;
}

Entry out_by(std::size_t port) { return {Entry::port, std::uint16_t(port)}; }

// At an NPU: the next segment, if the NPU has the number; else the innermost dimension that differs. The number selects among
// equal links.
Entry of_npu(const Machine& m, NodeId here, const Segment& s, std::uint32_t number) {
  for (std::size_t d = s.end; d-- > s.first;) {
    const std::uint32_t to = coordinate_of(m, s, number, d);
    if (m.coordinate(here, d) == to) continue;
    if (m.reach(d) == Reach::direct) return out_by(m.link(m.mesh_link(here, d, to)).from_port);
    if (m.reach(d) == Reach::trunk)
      return out_by(m.link(m.hop(here, d, to, number % m.ways(d)).links[0]).from_port);
    const auto ways = m.links_from(here, LinkKind::npu_switch);
    return ways.empty() ? Entry{} : out_by(m.link(ways[number % ways.size()]).from_port);
  }
  return {Entry::base, 0};
}

// At a switch, backup or CPU: down if that leads to the number, by the sum of the segments' entries; else over a trunk that
// leads there or nearer; else up; else, at a switch of the top tier, down by any port.
Entry of_other(const Machine& m, const View& v, const Segment& s, std::uint8_t segment,
               std::uint32_t number) {
  for (const View::Port& p : v.below)
    if (number_of(m, s, p.npu) == number)
      return v.told[segment] ? Entry{Entry::offset, p.number}
                             : Entry{Entry::base, std::uint16_t(p.number - v.below.front().number)};
  if (!v.below.empty())
    for (std::size_t d = s.end; d-- > s.first;) {
      const std::uint32_t to = coordinate_of(m, s, number, d);
      if (m.coordinate(v.below.front().npu, d) == to) continue;
      for (const View::Port& p : v.trunks)
        if (m.link(p.link).dimension == d && m.coordinate(p.npu, d) == to) return out_by(p.number);
    }
  const std::vector<View::Port>& ports = v.above.empty() ? v.below : v.above;
  return ports.empty() ? Entry{} : out_by(ports[number % ports.size()].number);
}

// Reads the segments until one determines the port; `entry` returns the entry of a segment.
template <class F> std::optional<std::uint32_t> look_up(std::uint8_t segments, F entry) {
  std::uint32_t sum = 0;
  for (std::uint8_t i = 0; i < segments; ++i) {
    const Entry e = entry(i);
    if (e.kind == Entry::none) return {};
    if (e.kind == Entry::port) return e.number;
    sum += e.number;
    if (e.kind == Entry::offset) return sum;
  }
  return {};
}

}  // namespace

Address address(const Machine& m, NodeId npu) {
  const Segments s = segments(m);
  Address a{.segments = s.count};
  for (std::uint8_t i = 0; i < s.count; ++i) a.number[i] = number_of(m, s.of[i], npu);
  return a;
}

ForwardingTable::ForwardingTable(const Machine& m, NodeId here) {
  const Segments s = segments(m);
  const bool npu = m.kind(here) == NodeKind::npu;
  const View v = npu ? View{} : view(m, here, s);
  segments_ = s.count;
  order_ = order(m, here, s);
  for (std::uint8_t i = 0; i < s.count; ++i) {
    begin_[i] = std::uint32_t(entries_.size());
    for (std::uint32_t n = 0; n < s.of[i].size; ++n)
      entries_.push_back(npu ? of_npu(m, here, s.of[i], n) : of_other(m, v, s.of[i], i, n));
  }
}

std::optional<std::uint32_t> ForwardingTable::port(const Address& to) const {
  UB_ASSERT(to.segments == segments_);
  return look_up(segments_,
                 [&](std::uint8_t i) { return entries_[begin_[order_[i]] + to.number[order_[i]]]; });
}

std::optional<LinkId> by_table(const Machine& m, NodeId at, NodeId to) {
  if (at == to || m.kind(to) != NodeKind::npu) return {};
  const Segments s = segments(m);
  const bool npu = m.kind(at) == NodeKind::npu;
  const View v = npu ? View{} : view(m, at, s);
  const auto o = order(m, at, s);
  const auto port = look_up(s.count, [&](std::uint8_t i) {
    const std::uint8_t segment = o[i];
    const std::uint32_t number = number_of(m, s.of[segment], to);
    return npu ? of_npu(m, at, s.of[segment], number) : of_other(m, v, s.of[segment], segment, number);
  });
  if (!port) return {};
  return m.links_from(at)[*port];
}

}  // namespace ub::routing
