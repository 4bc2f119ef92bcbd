#include "routing/route.h"

#include "routing/mesh_walk.h"
#include "routing/path_set.h"
#include "routing/switch_walk.h"
#include "routing/tier_walk.h"

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::Machine;
using topology::NodeKind;

// Step by step along the dimensions in which the two differ.
Route over_the_mesh(const Machine& m, NodeId from, NodeId to) {
  Route r;
  NodeId at = from;
  std::uint32_t trunks = 0;
  for (std::size_t d = m.dimensions(); d-- > 0;) {
    const std::uint32_t c = m.coordinate(to, d);
    if (m.coordinate(at, d) == c) continue;
    if (m.reach(d) == topology::Reach::direct) {
      r.links[r.count++] = m.mesh_link(at, d, c);
    } else {
      for (LinkId l : m.hop(at, d, c, nth_way(m, from, d, trunks++))) r.links[r.count++] = l;
    }
    at = m.moved(at, d, c);
  }
  return r;
}

template <typename Walk> std::optional<Route> first_of(Walk walk) {
  Path path;
  if (!walk.next(path)) return {};
  return path.route;
}

}  // namespace

std::optional<Route> shortest(const Machine& m, NodeId from, NodeId to) {
  if (from == to) return Route{};
  if (m.kind(from) != NodeKind::npu || m.kind(to) != NodeKind::npu)
    return first_of(SwitchWalk(m, from, to, {}));
  const bool one_island = m.profile().router_islands.empty();
  if (!mesh_joins(m, from, to)) {
    const TierWalk walk(m, from, to, {});
    if (one_island && walk.links() > 0) return walk.route(0);
    return first_of(walk);
  }
  if (one_island) return over_the_mesh(m, from, to);
  PathSet set(m, from, to);
  const Path* path = set.next();
  return path ? std::optional(path->route) : std::nullopt;
}

}  // namespace ub::routing
