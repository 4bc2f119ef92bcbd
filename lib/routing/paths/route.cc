#include "routing/paths/route.h"

#include "routing/paths/mesh_geometry.h"
#include "routing/paths/path_set.h"
#include "routing/paths/tier_walk.h"

namespace ub::routing {
namespace {

using topology::LinkId;
using topology::Machine;
using topology::Steps;

// Not inlined, so that the mesh loop fits in registers.
[[gnu::noinline]] void add_trunk(const Machine& m, std::uint32_t at, const Steps::Along& a,
                                 std::uint32_t here, std::uint32_t there, std::uint32_t way, Route& r) {
  const Steps& s = m.steps();
  const std::uint32_t next = at + (there - here) * a.stride.divisor();
  r.links[r.count++] = LinkId(s.plane_link(at, way));
  r.links[r.count++] = LinkId(s.trunk_link(a, at, s.place(at), way, here, there));
  r.links[r.count++] = reverse(LinkId(s.plane_link(next, way)));
}

// One step for each dimension in which the two differ, from the last: later dimensions already have the target's coordinate,
// earlier ones still have the source's.
std::optional<Route> over_the_mesh(const Machine& m, NodeId from, NodeId to) {
  const Steps& s = m.steps();
  std::optional<Route> route(std::in_place);
  Route& r = *route;
  std::uint32_t at = from.value, trunks = 0;
  // The two numbers without the later coordinates. Once they are equal, so are all earlier coordinates.
  std::uint32_t source = from.value, target = to.value;
  for (const Steps::Along* a = s.along.data() + s.dimensions; source != target;) {
    --a;
    const std::uint32_t outer = a->size.quotient(source), here = source - outer * a->size.divisor();
    const std::uint32_t there = a->size.remainder(target);
    const std::uint32_t line = at - (source - outer) * a->stride.divisor();
    source = outer, target = a->size.quotient(target);
    if (here == there) continue;
    if (a->reach == topology::Reach::direct)
      r.links[r.count++] = LinkId(a->link(line, here, there));
    else
      add_trunk(m, at, *a, here, there, nth_way(m, from, trunks++), r);
    at += (there - here) * a->stride.divisor();
  }
  return route;
}

// The first path of the set, whichever walk finds it.
std::optional<Route> first_of_set(const Machine& m, NodeId from, NodeId to) {
  PathSet set(m, from, to);
  const Path* path = set.next();
  return path ? std::optional(path->route) : std::nullopt;
}

std::optional<Route> over_tiers(const Machine& m, NodeId from, NodeId to) {
  const TierWalk walk(m, from, to, {});
  std::optional<Route> route;
  if (walk.links() > 0) walk.route(0, route.emplace());
  return route;
}

}  // namespace

std::optional<Route> shortest(const Machine& m, NodeId from, NodeId to) {
  if (from == to) return Route{};
  const bool npus = from.value < m.npu_count() && to.value < m.npu_count();
  if (!npus || !m.profile().router_islands.empty()) return first_of_set(m, from, to);
  return mesh_joins(m, from, to) ? over_the_mesh(m, from, to) : over_tiers(m, from, to);
}

}  // namespace ub::routing
