#include "routing/route.h"

#include <limits>
#include <vector>

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

Route over_the_mesh(const Machine& m, NodeId from, NodeId to) {
  Route r;
  for (std::size_t d = m.profile().dimensions.size(); d-- > 0;) {
    const std::uint32_t c = m.coordinate(to, d);
    if (m.coordinate(from, d) == c) continue;
    r.links[r.count++] = m.mesh_link(from, d, c);
    from = m.moved(from, d, c);
  }
  return r;
}

constexpr std::uint8_t kFar = std::numeric_limits<std::uint8_t>::max();

// Hops to `to` of every node, over switches only: NPUs, backups and CPUs do not forward into the plane.
std::vector<std::uint8_t> distances(const Machine& m, NodeId to) {
  std::vector<std::uint8_t> hops(m.node_count(), kFar);
  std::vector<NodeId> queue{to};
  hops[to.value] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const NodeId n = queue[i];
    if (hops[n.value] == kMaxHops) break;
    if (n != to && m.kind(n) != NodeKind::switch_) continue;
    for (LinkId l : m.links_from(n)) {
      const NodeId next = m.to(l);
      if (m.link(l).kind == topology::LinkKind::mesh || hops[next.value] != kFar) continue;
      hops[next.value] = std::uint8_t(hops[n.value] + 1);
      queue.push_back(next);
    }
  }
  return hops;
}

// Downhill along the distances. Where several links lead down, the pair chooses by a number that is consumed
// like digits: the first choice by (from + to) modulo the ways, the next by what is left of it plus `from`,
// and so on. Plain arithmetic spreads better than a hash here: NPUs that share a first-level switch are 7 or
// 8 apart, so the group and the second-level switch come out even (a test counts the pairs on each link).
std::optional<Route> over_switches(const Machine& m, NodeId from, NodeId to) {
  const std::vector<std::uint8_t> hops = distances(m, to);
  if (hops[from.value] > kMaxHops) return {};
  Route r;
  std::uint64_t digits = std::uint64_t(from.value) + to.value;
  for (NodeId n = from; n != to;) {
    const auto down = [&](LinkId l) {
      return hops[m.to(l).value] < hops[n.value] && m.link(l).kind != topology::LinkKind::mesh;
    };
    std::uint32_t ways = 0;
    for (LinkId l : m.links_from(n)) ways += down(l);
    std::uint64_t chosen = digits % ways;
    if (ways > 1) digits = digits / ways + from.value;
    for (LinkId l : m.links_from(n))
      if (down(l) && chosen-- == 0) {
        r.links[r.count++] = l;
        n = m.to(l);
        break;
      }
  }
  return r;
}

}  // namespace

std::optional<Route> shortest(const Machine& m, NodeId from, NodeId to) {
  if (from == to) return Route{};
  if (m.kind(from) == NodeKind::npu && m.kind(to) == NodeKind::npu) return over_the_mesh(m, from, to);
  return over_switches(m, from, to);
}

}  // namespace ub::routing
