#include "routing/route.h"

#include <limits>
#include <vector>

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::LinkKind;
using topology::Machine;
using topology::NodeKind;

// Step by step along the dimensions in which the two differ; there is none where a step leads over tiers of switches.
std::optional<Route> over_the_mesh(const Machine& m, NodeId from, NodeId to) {
  Route r;
  std::uint32_t trunks = 0;
  for (std::size_t d = m.dimensions(); d-- > 0;) {
    const std::uint32_t c = m.coordinate(to, d);
    if (m.coordinate(from, d) == c) continue;
    if (m.reach(d) == topology::Reach::clos) return {};
    // Another way each time: a packet does not turn back into the switch that it comes from.
    const std::uint32_t way = m.reach(d) == topology::Reach::trunk ? trunks++ % m.ways(d) : 0;
    for (LinkId l : m.hop(from, d, c, way)) r.links[r.count++] = l;
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
      if (m.link(l).kind == LinkKind::mesh || hops[next.value] != kFar) continue;
      hops[next.value] = std::uint8_t(hops[n.value] + 1);
      queue.push_back(next);
    }
  }
  return hops;
}

// Downhill along the distances. Where several links lead down, the pair chooses: at the k-th choice by
// (q_k + to) modulo the ways, with q_0 = from and q_k+1 = q_k / ways + from. Like digits of `from`, so that two
// sources that part at no choice are rare, turned by `to`. A hash would be as good on average but not even; in the
// rack this puts the same number of NPU-CPU and NPU-backup pairs on each link of a kind (a test counts them).
std::optional<Route> over_switches(const Machine& m, NodeId from, NodeId to) {
  const std::vector<std::uint8_t> hops = distances(m, to);
  if (hops[from.value] > kMaxHops) return {};
  Route r;
  std::uint64_t q = from.value;
  for (NodeId n = from; n != to;) {
    const auto down = [&](LinkId l) {
      const NodeId next = m.to(l);
      return hops[next.value] < hops[n.value] && (next == to || m.kind(next) == NodeKind::switch_) &&
             m.link(l).kind != LinkKind::mesh;
    };
    std::uint32_t ways = 0;
    for (LinkId l : m.links_from(n)) ways += down(l);
    std::uint64_t chosen = (q + to.value) % ways;
    if (ways > 1) q = q / ways + from.value;
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
  if (m.kind(from) == NodeKind::npu && m.kind(to) == NodeKind::npu)
    if (auto r = over_the_mesh(m, from, to)) return r;
  return over_switches(m, from, to);
}

}  // namespace ub::routing
