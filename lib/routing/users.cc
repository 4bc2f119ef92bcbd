#include "routing/users.h"

#include <algorithm>

#include "routing/crossings.h"
#include "routing/mesh_walk.h"
#include "routing/switch_users.h"
#include "routing/tier_users.h"
#include "routing/upstream.h"

namespace ub::routing {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

namespace {

void sort(std::vector<NodeId>& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

unsigned apart(const Machine& m, NodeId a, NodeId b) {
  unsigned n = 0;
  for (std::size_t d = 0; d < m.dimensions(); ++d) n += m.coordinate(a, d) != m.coordinate(b, d);
  return n;
}

}  // namespace

std::vector<NodeId> users(const Machine& m, LinkId l, const Policy& policy) {
  NodeSet all(m.endpoint_count());
  Upstream upstream(m, policy);
  for (const Crossing& c : crossings_over(m, l, policy.borrow)) {
    const bool whole_pod = all.size() == m.steps().joined.divisor();
    if (!whole_pod) upstream.add(c, all);
  }
  TierUsers(m, l).sources(all);
  SwitchUsers(m, l).sources(all);
  return all.nodes();
}

// A path to the crossing, over it and on has at least these hops, but for what a run saves.
std::vector<NodeId> targets_over(const Machine& m, NodeId from, LinkId l, const Policy& policy) {
  std::vector<NodeId> all;
  if (m.kind(from) != NodeKind::npu) return all;
  const unsigned extra = (policy.detours || policy.borrow ? policy.extra_hops : 0u) +
                         (policy.borrow && m.steps().has_plane ? saved_by_a_run(m) : 0u);
  const std::uint32_t joined = m.steps().joined.divisor(), pod = from.value - from.value % joined;
  for (const Crossing& c : crossings_over(m, l, policy.borrow)) {
    if (!mesh_joins(m, from, c.from[0])) continue;
    unsigned before = m.dimensions();
    for (NodeId n : c.from) before = std::min(before, apart(m, from, n));
    const auto consider = [&](NodeId over, NodeId to) {
      const unsigned hops = before + 1 + apart(m, over, to);
      if (to != from && hops <= apart(m, from, to) + extra) all.push_back(to);
    };
    for (NodeId over : c.to) {
      if (c.kind == Crossing::Kind::last) consider(over, over);
      for (std::uint32_t n = pod; c.kind != Crossing::Kind::last && n < pod + joined; ++n)
        consider(over, NodeId(n));
    }
  }
  TierUsers(m, l).targets(from, all);
  sort(all);
  return all;
}

std::vector<Notice> notices(const Machine& m, LinkId l, const Policy& policy) {
  std::vector<Notice> all;
  for (LinkId direction : {l, topology::reverse(l)})
    for (NodeId n : users(m, direction, policy)) all.push_back({m.from(direction), n});
  return all;
}

}  // namespace ub::routing
