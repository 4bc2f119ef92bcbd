#include "routing/affected/link_traversals.h"

#include <algorithm>

namespace ub::routing {

using topology::Link;
using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::Reach;
using Kind = LinkTraversal::Kind;
using Nodes = std::vector<NodeId>;

namespace {

// The traversals of a link at a first-level switch. They are built as if they led out of NPUs, up into the plane, and are
// reversed for a link down.
class OverPlane {
 public:
  OverPlane(const Machine& m, NodeId first_level, bool out) : machine_(m), out_(out) {
    for (LinkId l : m.links_from(first_level, LinkKind::npu_switch)) hanging_.push_back(m.to(l));
    while (m.to(m.plane_link(hanging_[0], group_)) != first_level) ++group_;
  }

  void npu(NodeId npu, bool transits) {
    Nodes beyond;
    for (std::size_t d = 0; d < machine_.dimensions(); ++d)
      for (std::uint32_t c = 0; machine_.reach(d) == Reach::trunk && c < size(d); ++c)
        if (c != machine_.coordinate(npu, d)) beyond.push_back(machine_.moved(npu, d, c));
    add(Kind::hop, {npu}, std::move(beyond));
    if (!transits) return;
    Nodes beside = hanging_;
    std::erase(beside, npu);
    add(Kind::transit, {npu}, std::move(beside));
    if (machine_.profile().plane->second_level > 0) add(Kind::final_transit, {npu}, others());
  }
  void second_level() { add(Kind::final_transit, hanging_, others()); }
  void trunk(std::size_t d, NodeId other_switch) {
    const NodeId there = machine_.to(machine_.links_from(other_switch, LinkKind::npu_switch)[0]);
    for (NodeId n : hanging_) add(Kind::hop, {n}, {machine_.moved(n, d, machine_.coordinate(there, d))});
  }

  std::vector<LinkTraversal> all;

 private:
  std::uint32_t size(std::size_t d) const { return machine_.profile().dimensions[d].size; }
  // The NPUs of the rack on other switches of the group.
  Nodes others() const {
    const std::uint32_t rack = machine_.rack(hanging_[0]), per_rack = machine_.npus_per_rack();
    Nodes nodes;
    for (std::uint32_t n = rack * per_rack; n < (rack + 1) * per_rack; ++n)
      if (std::find(hanging_.begin(), hanging_.end(), NodeId(n)) == hanging_.end())
        nodes.push_back(NodeId(n));
    return nodes;
  }
  void add(Kind kind, Nodes from, Nodes to) {
    if (from.empty() || to.empty()) return;
    if (!out_) std::swap(from, to);
    const LinkId first = machine_.plane_link(from[0], group_);
    all.push_back({kind, std::move(from), std::move(to), first});
  }

  const Machine& machine_;
  bool out_;
  Nodes hanging_;  // on the first-level switch
  std::uint32_t group_ = 0;
};

}  // namespace

std::vector<LinkTraversal> traversals_of(const Machine& m, LinkId id, bool transits) {
  const Link l = m.link(id);
  if (l.kind == LinkKind::mesh) return {{Kind::hop, {l.from}, {l.to}, id}};
  const bool in_plane = l.kind == LinkKind::npu_switch || l.kind == LinkKind::switch_switch;
  if (!m.profile().plane || (!in_plane && l.kind != LinkKind::trunk)) return {};
  const bool out = topology::up(id) || l.kind == LinkKind::trunk;
  const NodeId lower = out ? l.from : l.to, upper = out ? l.to : l.from;
  OverPlane over(m, l.kind == LinkKind::npu_switch ? upper : lower, out);
  if (l.kind == LinkKind::npu_switch)
    over.npu(lower, transits);
  else if (l.kind == LinkKind::trunk)
    over.trunk(l.dimension, upper);
  else if (transits)
    over.second_level();
  return std::move(over.all);
}

unsigned hops_saved_by_transit(const Machine& m) {
  unsigned dimensions = 0;
  for (std::size_t d = m.steps().rack_dimension; d < m.dimensions(); ++d)
    dimensions += m.steps().along[d].size.divisor() > 1;
  return std::max(1u, dimensions) - 1;
}

}  // namespace ub::routing
