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
using topology::Steps;

// Step by step along the dimensions in which the two differ: those behind are the target's, those before the source's.
std::optional<Route> over_the_mesh(const Machine& m, NodeId from, NodeId to) {
  const Steps& s = m.steps();
  std::optional<Route> route(std::in_place);
  Route& r = *route;
  std::uint32_t at = from.value, trunks = 0;
  for (std::size_t d = s.dimensions; at != to.value;) {
    const Steps::Along& a = s.along[--d];
    const std::uint32_t here = a.coordinate(from.value), there = a.coordinate(to.value);
    if (here == there) continue;
    const std::uint32_t next = at + (there - here) * a.stride.divisor();
    if (a.reach == topology::Reach::direct) {
      r.links[r.count++] = LinkId(a.mesh_link(at, here, there));
    } else {
      const std::uint32_t way = nth_way(m, from, trunks++);
      r.links[r.count++] = LinkId(s.plane_link(at, way));
      r.links[r.count++] = LinkId(s.trunk_link(a, at, s.place(at), way, here, there));
      r.links[r.count++] = reverse(LinkId(s.plane_link(next, way)));
    }
    at = next;
  }
  return route;
}

template <typename Walk> std::optional<Route> first_of(Walk walk) {
  Path path;
  if (!walk.next(path)) return {};
  return path.route;
}

}  // namespace

std::optional<Route> shortest(const Machine& m, NodeId from, NodeId to) {
  if (from == to) return Route{};
  if (from.value >= m.npu_count() || to.value >= m.npu_count()) return first_of(SwitchWalk(m, from, to, {}));
  const bool one_island = m.profile().router_islands.empty();
  if (one_island && mesh_joins(m, from, to)) return over_the_mesh(m, from, to);
  if (mesh_joins(m, from, to)) {
    PathSet set(m, from, to);
    const Path* path = set.next();
    return path ? std::optional(path->route) : std::nullopt;
  }
  const TierWalk walk(m, from, to, {});
  if (one_island && walk.links() > 0) return walk.route(0);
  return first_of(walk);
}

}  // namespace ub::routing
