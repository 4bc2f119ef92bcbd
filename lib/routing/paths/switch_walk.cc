#include "routing/paths/switch_walk.h"

#include "routing/deadlock/lanes.h"

namespace ub::routing {

using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;

std::vector<std::uint8_t> links_over_switches(const Machine& m, NodeId node, std::optional<NodeId> until) {
  std::vector<std::uint8_t> links(m.node_count(), kFar);
  std::vector<NodeId> queue{node};
  links[node.value] = 0;
  for (std::size_t i = 0; i < queue.size() && (!until || links[until->value] == kFar); ++i) {
    const NodeId n = queue[i];
    if (links[n.value] == kMaxHops) break;
    if (n != node && m.kind(n) != NodeKind::switch_) continue;
    for (LinkId l : m.links_from(n)) {
      const NodeId next = m.to(l);
      if (links[next.value] != kFar || m.link(l).kind == LinkKind::mesh) continue;
      links[next.value] = std::uint8_t(links[n.value] + 1);
      queue.push_back(next);
    }
  }
  return links;
}

SwitchWalk::SwitchWalk(const Machine& m, NodeId from, NodeId to, const Policy& policy)
    : machine_(m), from_(from), to_(to), illegal_(policy.illegal), far_(links_over_switches(m, to, from)) {
  if (far_[from.value] != kFar) links_ = far_[from.value];
  start();
}

void SwitchWalk::start() {
  depth_ = 0;
  if (links_ > 0) stop_at(from_, from_.value);
}

void SwitchWalk::stop_at(NodeId n, std::uint64_t q) {
  Stop& s = stops_[depth_++];
  s = {n, 0, 0, q};
  if (n == to_) return;
  for (LinkId l : machine_.links_from(n)) s.ways += leads_down(l);
}

bool SwitchWalk::leads_down(LinkId l) const {
  const NodeId next = machine_.to(l);
  return far_[next.value] < far_[machine_.from(l).value] &&
         (next == to_ || machine_.kind(next) == NodeKind::switch_) && machine_.link(l).kind != LinkKind::mesh;
}

LinkId SwitchWalk::way_down(NodeId n, std::uint64_t nth) const {
  LinkId found;
  for (LinkId l : machine_.links_from(n)) {
    if (!leads_down(l)) continue;
    found = l;
    if (nth-- == 0) break;
  }
  return found;
}

bool SwitchWalk::next(Path& path) {
  while (depth_ > 0) {
    Stop& s = stops_[depth_ - 1];
    if (s.node == to_) {
      --depth_;
      const auto lanes = lanes_of(machine_, route_);
      if (!lanes && !illegal_) continue;
      path = {.route = route_,
              .path_class = PathClass::shortest,
              .hops = 1,
              .switches = std::uint8_t(links_ - 1),
              .lanes = lanes.value_or(0)};
      return true;
    }
    if (s.tried == s.ways) {
      --depth_;
      continue;
    }
    const LinkId l = way_down(s.node, (s.q + to_.value + s.tried++) % s.ways);
    route_.links[depth_ - 1] = l;
    route_.count = links_;
    stop_at(machine_.to(l), s.ways > 1 ? s.q / s.ways + from_.value : s.q);
  }
  return false;
}

}  // namespace ub::routing
