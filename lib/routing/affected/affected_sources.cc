#include "routing/affected/affected_sources.h"

#include <algorithm>

#include "routing/affected/link_traversals.h"
#include "routing/affected/source_search.h"
#include "routing/affected/switch_sources.h"
#include "routing/affected/tier_sources.h"
#include "routing/paths/mesh_walk.h"

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

std::vector<NodeId> affected_sources(const Machine& m, LinkId l, const Policy& policy) {
  NodeSet all(m.endpoint_count());
  SourceSearch upstream(m, policy);
  for (const LinkTraversal& c : traversals_of(m, l, policy.borrow)) {
    const bool whole_pod = all.size() == m.steps().joined.divisor();
    if (!whole_pod) upstream.add(c, all);
  }
  TierSources(m, l).sources(all);
  SwitchSources(m, l).sources(all);
  return all.nodes();
}

// The hops to the traversal, over it and from it are the least that such a path has, minus the hops that a run saves.
std::vector<NodeId> targets_over(const Machine& m, NodeId from, LinkId l, const Policy& policy) {
  std::vector<NodeId> all;
  if (m.kind(from) != NodeKind::npu) return all;
  const unsigned extra = (policy.detours || policy.borrow ? policy.extra_hops : 0u) +
                         (policy.borrow && m.steps().has_plane ? hops_saved_by_transit(m) : 0u);
  const std::uint32_t joined = m.steps().joined.divisor(), pod = from.value - from.value % joined;
  for (const LinkTraversal& c : traversals_of(m, l, policy.borrow)) {
    if (!mesh_joins(m, from, c.from[0])) continue;
    unsigned before = m.dimensions();
    for (NodeId n : c.from) before = std::min(before, apart(m, from, n));
    const auto consider = [&](NodeId over, NodeId to) {
      const unsigned hops = before + 1 + apart(m, over, to);
      if (to != from && hops <= apart(m, from, to) + extra) all.push_back(to);
    };
    for (NodeId over : c.to) {
      if (c.kind == LinkTraversal::Kind::final_transit) consider(over, over);
      for (std::uint32_t n = pod; c.kind != LinkTraversal::Kind::final_transit && n < pod + joined; ++n)
        consider(over, NodeId(n));
    }
  }
  TierSources(m, l).targets(from, all);
  sort(all);
  return all;
}

std::vector<Notice> notices(const Machine& m, LinkId l, const Policy& policy) {
  std::vector<Notice> all;
  for (LinkId direction : {l, topology::reverse(l)})
    for (NodeId n : affected_sources(m, direction, policy)) all.push_back({m.from(direction), n});
  return all;
}

}  // namespace ub::routing
