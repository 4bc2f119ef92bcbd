// Virtual lanes, and the search for rings that proves them: legal routes by plain enumeration, the channel dependency
// graph from them, and the orders that are known to be wrong.
#include "routing/deadlock/lanes.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "routing/deadlock/deadlock.h"
#include "routing/paths/path_set.h"
#include "tests/machine.h"
#include "tests/sanitized.h"
#include "tests/seed.h"
#include "topology/builtin_profiles.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;

namespace {

using test::machine;
Profile profile(std::string_view name) { return machine(name).profile(); }

// Every node-simple route over mesh links of at most `most` hops that begins at `from`.
template <class F> void each_route(const Machine& m, NodeId from, unsigned most, F found) {
  std::vector<bool> been(m.node_count());
  Route r;
  const auto walk = [&](const auto& self, NodeId at) -> void {
    if (r.count > 0) found(r, at);
    if (r.count == most) return;
    been[at.value] = true;
    for (LinkId l : m.links_from(at)) {
      if (m.link(l).kind != LinkKind::mesh || been[m.to(l).value]) continue;
      r.links[r.count++] = l;
      self(self, m.to(l));
      --r.count;
    }
    been[at.value] = false;
  };
  walk(walk, from);
}

// Every legal route, over links of any kind, of at most `most` of them.
template <class F> void each_legal_route(const Machine& m, NodeId from, unsigned most, F found) {
  std::vector<bool> been(m.node_count());
  Route r;
  const auto walk = [&](const auto& self, NodeId at, const LaneWalk& lanes) -> void {
    if (r.count > 0) found(r, at);
    if (r.count == most) return;
    been[at.value] = true;
    for (LinkId l : m.links_from(at)) {
      LaneWalk on = lanes;
      if (been[m.to(l).value] || !on.take(m, l)) continue;
      r.links[r.count++] = l;
      self(self, m.to(l), on);
      --r.count;
    }
    been[at.value] = false;
  };
  walk(walk, from, {});
}

// All and legal routes of each length.
std::map<unsigned, std::pair<unsigned, unsigned>> count(const Machine& m, NodeId from, NodeId to,
                                                        unsigned most) {
  std::map<unsigned, std::pair<unsigned, unsigned>> n;
  each_route(m, from, most, [&](const Route& r, NodeId end) {
    if (end == to) ++n[r.count].first, n[r.count].second += lanes_of(m, r).has_value();
  });
  return n;
}

using Edge = std::array<Channel, 2>;

// Link after link, from every channel that a packet may come to.
std::set<Edge> dependencies(const Machine& m) {
  std::set<Edge> edges;
  std::set<Channel> reached;
  std::vector<Channel> queue;
  for (std::uint32_t l = 0; l < m.link_count(); ++l) queue.push_back({LinkId(l), 0});
  while (!queue.empty()) {
    const Channel in = queue.back();
    queue.pop_back();
    if (!reached.insert(in).second) continue;
    for (LinkId out : m.links_from(m.to(in.link)))
      if (const auto lane = next_lane(lane_link(m, in.link), in.lane, lane_link(m, out))) {
        edges.insert({in, Channel{out, *lane}});
        queue.push_back({out, *lane});
      }
  }
  return edges;
}

// The same from whole routes, of at most `most` links.
std::set<Edge> dependencies_of_routes(const Machine& m, unsigned most, bool mesh_only) {
  std::set<Edge> edges;
  const auto note = [&](const Route& r, NodeId) {
    const auto lanes = lanes_of(m, r);
    for (unsigned i = 1; lanes && i < r.count; ++i)
      edges.insert({Channel{r.links[i - 1], *lanes >> (i - 1) & 1u}, Channel{r.links[i], *lanes >> i & 1u}});
  };
  for (NodeId from : m.endpoints())
    if (mesh_only)
      each_route(m, from, most, note);
    else
      each_legal_route(m, from, most, note);
  return edges;
}

// Two pods of racks of 2 x 2 NPUs with all that the large machines have, and the least of each.
Profile small_pods(std::uint32_t pods, std::uint32_t columns, std::uint32_t rows) {
  Profile p = profile("ubmesh-pod");
  p.dimensions[0].size = columns, p.dimensions[1].size = rows;
  p.dimensions[2].size = p.dimensions[3].size = 2;
  p.dimensions[0].lanes = p.dimensions[1].lanes = 2;
  p.plane->groups = 1, p.plane->first_level = 2, p.plane->second_level = 2;
  p.plane->outward_lanes = 16;
  p.npu_between_racks_lanes = 3, p.npu_to_hrs_lanes = 1, p.npu_lanes = 12;
  p.cpu.count = 1;
  if (pods > 1) {
    p.dimensions.insert(p.dimensions.begin(), Dimension());
    p.dimensions[0].name = "pod", p.dimensions[0].size = pods, p.dimensions[0].reach = Reach::clos;
    p.tiers.emplace_back();
    p.tiers[0].name = "hrs", p.tiers[0].switches = 1, p.tiers[0].switch_lanes = 512,
    p.tiers[0].link_lanes = 1;
  }
  return p;
}

unsigned dimension(const Machine& m, Channel c) { return m.link(c.link).dimension; }

}  // namespace

TEST_CASE("lanes: on a full mesh the legal routes are as many as were counted by hand") {
  const Machine m = machine("mesh:8x8");
  using All = std::pair<unsigned, unsigned>;  // all, and legal
  const NodeId corner = *m.find("n0.0");
  auto row = count(m, corner, *m.find("n0.4"), 3);
  CHECK(row[1] == All(1, 1));
  CHECK(row[2] == All(6, 6));
  CHECK(row[3] == All(37, 30));
  auto column = count(m, corner, *m.find("n4.0"), 3);
  CHECK(column[1] == All(1, 1));
  CHECK(column[2] == All(6, 6));
  CHECK(column[3] == All(37, 37));
  auto diagonal = count(m, corner, *m.find("n4.4"), 3);
  CHECK(diagonal[2] == All(2, 2));
  CHECK(diagonal[3] == All(36, 27));
}

TEST_CASE("lanes: of the n! orders of a minimal route 2^(n-1) are legal") {
  unsigned orders = 1, n = 0;
  for (const char* shape : {"mesh:3", "mesh:3x3", "mesh:3x3x3", "mesh:3x3x3x3", "mesh:2x2x2x2x2"}) {
    CAPTURE(shape);
    const Machine m = machine(shape);
    orders *= ++n;
    const NodeId middle(m.npu_count() / 2);
    unsigned opposite = 0;
    std::map<std::uint32_t, std::pair<unsigned, unsigned>> minimal;
    each_route(m, middle, n, [&](const Route& r, NodeId end) {
      if (r.count == n) ++minimal[end.value].first, minimal[end.value].second += lanes_of(m, r).has_value();
    });
    for (NodeId to : m.endpoints()) {
      bool differs = true;  // in every coordinate
      for (unsigned d = 0; d < n; ++d) differs = differs && m.coordinate(to, d) != m.coordinate(middle, d);
      if (!differs) continue;
      ++opposite;
      CHECK(minimal[to.value] == std::pair(orders, 1u << (n - 1)));
    }
    CHECK(opposite > 0);
  }
}

TEST_CASE("lanes: no ring among the legal routes of any mesh") {
  for (const char* shape :
       {"mesh:4x4", "mesh:8x8", "mesh:3x3x3", "mesh:2x2x2x2", "mesh:3x3x2x2", "mesh:1", "mesh:2", "mesh:9"}) {
    const Machine m = machine(shape);
    CHECK_MESSAGE(find_ring(m).empty(), shape);
  }
}

TEST_CASE("lanes: the graph from structure has every dependency of the routes, and hardly any other") {
  struct Case {
    const char* shape;
    unsigned more;  // dependencies of walks alone that have to come by a node twice: there are few nodes
  };
  for (const Case& c : {Case{"mesh:4", 1}, Case{"mesh:6", 0}, Case{"mesh:3x3", 9}, Case{"mesh:2x3", 0},
                        Case{"mesh:2x2x2", 0}, Case{"mesh:2x3x2", 0}}) {
    CAPTURE(c.shape);
    const Machine m = machine(c.shape);
    const std::set<Edge> structure = dependencies(m), routes = dependencies_of_routes(m, 6, true);
    CHECK(!routes.empty());
    CHECK(std::includes(structure.begin(), structure.end(), routes.begin(), routes.end()));
    CHECK(structure.size() == routes.size() + c.more);
  }
}

TEST_CASE("lanes: the same with switches, trunks and tiers") {
  struct Case {
    std::uint32_t pods, columns, rows;
  };
  for (const Case& c : {Case{1, 1, 2}, Case{1, 2, 2}, Case{2, 1, 1}, Case{2, 1, 2}}) {
    if (test::kEvery > 1 && c.pods > 1) continue;  // a sanitizer takes half a minute for these
    INFO(c.pods << " pods of " << c.columns << " x " << c.rows << " racks");
    const Machine m(small_pods(c.pods, c.columns, c.rows));
    const std::set<Edge> structure = dependencies(m), routes = dependencies_of_routes(m, 12, false);
    CHECK(structure == routes);
    CHECK(find_ring(m).empty());
  }
}

TEST_CASE("lanes: every built-in machine is proven, with all its legal routes") {
  for (std::size_t i = 0; i < kBuiltinProfileCount; ++i) {
    CAPTURE(kBuiltinProfiles[i].name);
    const Machine m = machine(kBuiltinProfiles[i].name);
    // 163,840 NPUs take too long here, ub-topo check --deadlock does them; and so does a SuperPod with a sanitizer.
    if (m.link_count() > 1'000'000 / test::kEvery) continue;
    const auto ring = find_ring(m);
    CHECK_MESSAGE(ring.empty(), describe(m, ring));
  }
}

TEST_CASE("lanes: what a search goes through is known before it begins") {
  CHECK(pairs(machine("mesh:2x2")) == 4 * 2 * 2);
  CHECK(pairs(machine("ubmesh-165k")) < kMostPairs);
  CHECK(pairs(machine("mesh:65536")) > kMostPairs);
}

TEST_CASE("lanes: machines of all sorts of shapes are proven") {
  test::Random random("machines for lanes");
  for (int round = 0; round < 30; ++round) {
    Profile p = small_pods(1 + std::uint32_t(random.below(3)), 1 + std::uint32_t(random.below(4)),
                           1 + std::uint32_t(random.below(4)));
    const std::size_t d = p.dimensions.size();
    p.dimensions[d - 1].size = 2 * (1 + std::uint32_t(random.below(3)));
    p.dimensions[d - 2].size = 1 + std::uint32_t(random.below(5));
    p.npu_lanes = 4 * (p.dimensions[d - 1].size + p.dimensions[d - 2].size - 2) + 4;
    if (random.below(2) == 0) p.backup.count = 0;
    if (random.below(2) == 0) p.cpu.count = 0;
    if (random.below(2) == 0) {
      const std::uint32_t ports = std::uint32_t(lay_out(p).groups[0].port_count),
                          die = std::uint32_t(random.below(ports + 1));
      p.router_islands = {die, ports - die};
    }
    INFO(p.dimensions[0].size << " of the first dimension, " << p.npu_count() << " NPUs");
    const Machine m(p);
    const auto ring = find_ring(m);
    CHECK_MESSAGE(ring.empty(), describe(m, ring));
  }
  for (int round = 0; round < 30; ++round) {
    std::string shape = "mesh:" + std::to_string(1 + random.below(9));
    for (auto more = random.below(5), nodes = std::uint64_t(9); more--;)
      if (const auto size = 1 + random.below(9); (nodes *= size) < 1000) shape += "x" + std::to_string(size);
    CAPTURE(shape);
    CHECK(find_ring(machine(shape)).empty());
  }
}

TEST_CASE("lanes: no route passes between a router's islands") {
  Profile p = profile("mesh:2x3x3");
  p.router_islands = {3, 2};  // ports 0 to 3 lead along X and Y, of which the last is on the other die
  const Machine m(p), whole = machine("mesh:2x3x3");
  unsigned legal = 0, refused = 0;
  for (NodeId from : m.endpoints())
    each_route(m, from, 3, [&](const Route& r, NodeId) {
      bool crosses = false;
      for (unsigned i = 1; i < r.count; ++i) {
        const NodeId at = m.from(r.links[i]);
        crosses = crosses ||
                  m.island(at, m.link(r.links[i - 1]).to_port) != m.island(at, m.link(r.links[i]).from_port);
      }
      const bool has = lanes_of(m, r).has_value(), would = lanes_of(whole, r).has_value();
      CHECK(has == (would && !crosses));
      legal += has, refused += would && crosses;
    });
  CHECK(legal > 0);
  CHECK(refused > 0);
  CHECK(find_ring(m).empty());
}

TEST_CASE(
    "lanes: the rack with its NPUs' ports on two dies, 9 each: every pair has a legal path, and no ring") {
  Profile p = profile("ubmesh-rack");
  p.router_islands = {9, 9};
  const Machine m(p);
  CHECK(find_ring(m).empty());
  unsigned turned = 0;  // pairs that no shortest path over the mesh connects any more
  for (std::uint32_t a = 0; a < m.npu_count(); ++a)
    for (std::uint32_t b = 0; b < m.npu_count(); ++b) {
      if (a == b) continue;
      const auto any = paths(m, NodeId(a), NodeId(b), {}, 1);
      REQUIRE(any.size() == 1);
      REQUIRE(lanes_of(m, any[0].route));
      turned += paths(m, NodeId(a), NodeId(b), kShortest, 1).empty();
    }
  CHECK(turned == 1680);
}

TEST_CASE("lanes: shortest routes are legal, those between racks too") {
  Profile p = small_pods(1, 3, 3);
  p.plane->groups = 2, p.npu_between_racks_lanes = 6, p.npu_to_hrs_lanes = 2, p.npu_lanes = 16;
  p.dimensions[0].lanes = p.dimensions[1].lanes = 4;
  for (const Machine& m : {Machine(p), machine("ubmesh-rack"), machine("mesh:3x4x2")})
    for (NodeId a : m.endpoints())
      for (NodeId b : m.endpoints())
        if (const auto r = shortest(m, a, b))
          REQUIRE_MESSAGE(lanes_of(m, *r), m.name(a) << " to " << m.name(b));
}

TEST_CASE("lanes: what is known to deadlock is found to") {
  const auto ring_on_one_lane = [](const Machine& m, auto follows) {
    const auto ring = find_ring(m, 1, follows);
    for (std::size_t i = 0; i < ring.size();
         ++i) {  // it is one: each channel begins where the last one ended
      const Channel next = ring[(i + 1) % ring.size()];
      CHECK(m.to(ring[i].link) == m.from(next.link));
      CHECK(follows(ring[i], next));
    }
    return ring.size();
  };
  for (const char* shape : {"mesh:2x2", "mesh:4x4", "mesh:8x8"}) {
    CAPTURE(shape);
    const Machine m = machine(shape);
    const auto by_dimension = [&](Channel in, Channel out) { return dimension(m, out) < dimension(m, in); };
    const auto both_orders = [&](Channel in, Channel out) { return dimension(m, out) != dimension(m, in); };
    CHECK(ring_on_one_lane(m, by_dimension) == 0);
    CHECK(ring_on_one_lane(m, both_orders) >= 4);
  }
  for (unsigned size = 2; size <= 9; ++size) {
    CAPTURE(size);
    const Machine m = machine("mesh:" + std::to_string(size));
    const auto detours = [&](Channel in, Channel out) { return m.to(out.link) != m.from(in.link); };
    CHECK((ring_on_one_lane(m, detours) > 0) == (size >= 3));
  }
}

// Two ways to give switches the lanes of the mesh that look right and are not.
TEST_CASE("lanes: the links between NPUs and switches are in no dimension's order") {
  const auto between_switches = [](const Machine& m, Channel c) {
    return m.link(c.link).kind == LinkKind::trunk;
  };
  const auto in = [](const Machine& m, Channel c) {
    return m.link(c.link).kind == LinkKind::npu_switch && up(c.link);
  };
  const auto out = [](const Machine& m, Channel c) {
    return m.link(c.link).kind == LinkKind::npu_switch && !up(c.link);
  };

  // A step to another rack as a hop of its dimension, even rows before columns, one lane. Steps along both share the links
  // between NPUs and LRS: whatever has come in may wait for a link out that another packet wants for the first step.
  const Machine pod = machine("ubmesh-pod");
  const auto stepwise = [&](Channel a, Channel b) {
    return b.link != reverse(a.link) &&
           ((in(pod, a) && between_switches(pod, b)) || (between_switches(pod, a) && out(pod, b)) ||
            (out(pod, a) && in(pod, b)));
  };
  CHECK(describe(pod, find_ring(pod, 1, stepwise)) ==
        "rack0.board0.npu0>rack0.lrs.g0.f0 lane 0\nrack0.lrs.g0.f0>rack1.lrs.g0.f0 lane 0\n"
        "rack1.lrs.g0.f0>rack1.board0.npu0 lane 0\nrack1.board0.npu0>rack1.lrs.g1.f0 lane 0\n"
        "rack1.lrs.g1.f0>rack0.lrs.g1.f0 lane 0\nrack0.lrs.g1.f0>rack0.board0.npu0 lane 0\n");

  // A borrowed way over the plane between two hops of the mesh, one lane.
  const Machine rack = machine("ubmesh-rack");
  const auto borrowed = [&](Channel a, Channel b) {
    if (out(rack, b)) return in(rack, a) && b.link != reverse(a.link);
    if (in(rack, b)) return rack.link(a.link).kind == LinkKind::mesh;
    return rack.link(b.link).kind == LinkKind::mesh &&
           (out(rack, a) || rack.link(a.link).dimension > rack.link(b.link).dimension);
  };
  // Y, over an LRS, X, and so back to where it began: four packets, each on one of these links, wait for the next.
  CHECK(describe(rack, find_ring(rack, 1, borrowed)) ==
        "board0.npu0>board1.npu0 lane 0\nboard1.npu0>lrs.g0.f1 lane 0\n"
        "lrs.g0.f1>board0.npu1 lane 0\nboard0.npu1>board0.npu0 lane 0\n");
}

namespace {

// Packets on their routes through buffers that hold one each, a buffer a channel: whoever can go on does, in turn, until all have
// arrived or nobody can. `lanes` of them are used. Answers how many are stuck.
unsigned stuck(const Machine& m, std::vector<Route> routes, unsigned lanes) {
  constexpr unsigned kOutside = ~0u;
  struct Packet {
    Route route;
    std::uint16_t lanes;
    unsigned at = kOutside;  // the link in whose buffer it is
    bool arrived = false;
  };
  std::vector<Packet> packets;
  for (const Route& r : routes) packets.push_back({r, lanes > 1 ? *lanes_of(m, r) : std::uint16_t(0)});
  std::set<Channel> full;
  const auto channel = [](const Packet& p, unsigned i) {
    return Channel{p.route.links[i], p.lanes >> i & 1u};
  };
  unsigned left = unsigned(packets.size());
  for (bool moved = true; moved;) {
    moved = false;
    for (Packet& p : packets) {
      if (p.arrived) continue;
      const unsigned next = p.at == kOutside ? 0 : p.at + 1;
      p.arrived = next == p.route.count;
      if (!p.arrived && !full.insert(channel(p, next)).second) continue;
      if (p.at != kOutside) full.erase(channel(p, p.at));
      left -= p.arrived;
      p.at = next;
      moved = true;
    }
  }
  return left;
}

}  // namespace

TEST_CASE("lanes: packets in buffers of one get stuck on one lane, and never on two") {
  const Machine m = machine("mesh:4x4");
  std::vector<Route> all;  // legal ones of two and three hops
  for (NodeId from : m.endpoints())
    each_legal_route(m, from, 3, [&](const Route& r, NodeId) {
      if (r.count > 1) all.push_back(r);
    });
  unsigned deadlocks = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Route> routes;
    for (int i = 0; i < 500; ++i) routes.push_back(all[random() % all.size()]);
    deadlocks += stuck(m, routes, 1) > 0;
    CHECK(stuck(m, routes, 2) == 0);
  }
  CHECK(deadlocks > 0);
}
