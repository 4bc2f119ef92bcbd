#include "routing/disjoint.h"

#include <algorithm>

namespace ub::routing {

std::vector<Path> disjoint_paths(const topology::Machine& m, NodeId from, NodeId to, const Policy& policy,
                                 std::size_t most) {
  std::vector<Path> chosen;
  std::vector<topology::LinkId> used;
  for (PathSet set(m, from, to, policy, kDisjointSearch); chosen.size() < most;) {
    const Path* p = set.next();
    if (!p) break;
    const auto taken = [&](topology::LinkId l) {
      return std::find(used.begin(), used.end(), l) != used.end();
    };
    if (std::any_of(p->route.begin(), p->route.end(), taken)) continue;
    used.insert(used.end(), p->route.begin(), p->route.end());
    chosen.push_back(*p);
  }
  return chosen;
}

}  // namespace ub::routing
