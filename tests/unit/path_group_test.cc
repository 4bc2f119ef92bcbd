#include "routing/selection/path_group.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "routing/selection/backup_map.h"
#include "routing/selection/node_routes.h"
#include "tests/shapes.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;
using test::machine;

namespace {

PathGroup neighbours(const Machine& m, const Policy& policy) {
  return {m, paths(m, *m.find("board0.npu0"), *m.find("board0.npu1"), policy)};
}

// Which paths do not work, by looking at each.
Mask broken(const PathGroup& c, const std::vector<LinkId>& down) {
  Mask mask = 0;
  for (std::size_t i = 0; i < NodeRoutes::kPaths; ++i)
    if (i >= c.size() || std::any_of(down.begin(), down.end(), [&](LinkId l) {
          return std::find(c[i].route.begin(), c[i].route.end(), l) != c[i].route.end();
        }))
      mask |= Mask(1) << i;
  return mask;
}

}  // namespace

TEST_CASE("a flow keeps its path until that one fails, and flows spread by weight") {
  const Machine m = machine("ubmesh-rack");
  const PathGroup c = neighbours(m, {});
  REQUIRE(c.size() > 16);
  std::vector<unsigned> flows(c.size());
  const Mask without = Mask(kEveryPath & ~0b101u);
  for (std::uint64_t flow = 0; flow < 20000; ++flow) {
    const std::size_t path = c.by_flow(flow).value(), then = c.by_flow(flow, without).value();
    ++flows[path];
    REQUIRE((without >> then & 1) == 1);
    if (without >> path & 1) REQUIRE(then == path);
  }
  std::uint64_t rates = 0;
  for (std::size_t i = 0; i < c.size(); ++i) rates += c.bytes_per_s(i);
  for (std::size_t i = 0; i < c.size(); ++i)
    CHECK(flows[i] == doctest::Approx(20000.0 * double(c.bytes_per_s(i)) / double(rates)).epsilon(0.15));
  CHECK(!c.by_flow(1, 0));
}

TEST_CASE("in turn each path has exactly its weight: that of its slowest link") {
  const Machine m = machine("ubmesh-rack");
  // Seven of x4 and, over the second level, x1: 4 to 1.
  Policy all{.extra_hops = 1, .max_hops = 2};
  std::vector<Path> set;
  for (const Path& p : paths(m, *m.find("board0.npu0"), *m.find("board0.npu1"), all))
    if (p.path_class != PathClass::borrow || (p.switches == 3 && set.size() < 9)) set.push_back(p);
  const PathGroup c(m, set);
  std::vector<unsigned> turns(c.size());
  std::uint64_t round = 0;
  for (std::size_t i = 0; i < c.size(); ++i) round += c.bytes_per_s(i) / 14'000'000'000;
  for (std::uint32_t turn = 0; turn < round; ++turn) ++turns[c.spread().turn(turn)];
  for (std::size_t i = 0; i < c.size(); ++i) CHECK(turns[i] == c.bytes_per_s(i) / 14'000'000'000);
  for (std::uint32_t turn = 0; turn < 40; ++turn) CHECK(c.spread(0b10010).turn(turn) % 3 == 1);
}

TEST_CASE("rates that have no small weights in common are rounded, to a thousandth of the fastest") {
  const Machine m = test::mesh_of_lanes("mesh:2x2x2", {2003, 502, 1});
  std::vector<Path> set;
  for (std::size_t d = 0; d < 3; ++d) {
    Path path;
    path.route = *shortest(m, NodeId(0), m.moved(NodeId(0), d, 1));
    set.push_back(path);
  }
  const PathGroup c(m, set);
  std::vector<std::uint64_t> parts(3);
  c.spread().deal(1000 + 250 + 1, 0, parts);
  CHECK(parts == std::vector<std::uint64_t>{1000, 250, 1});
}

TEST_CASE("the least loaded path is the one that is done first") {
  const Machine m = machine("ubmesh-rack");
  const PathGroup c = neighbours(m, {.borrow = false});
  std::map<LinkId, std::uint64_t> waiting;
  const auto load = [&](LinkId l) { return waiting[l]; };
  CHECK(c.least_loaded(load) == 0);
  waiting[c[0].route.links[0]] = 4096;
  CHECK(c.least_loaded(load) == 1);
  waiting[c[1].route.links[1]] = 8192;
  CHECK(c.least_loaded(load) == 2);
  CHECK(c.least_loaded(load, 0b11) == 0);
  CHECK(!c.least_loaded(load, 0));
}

TEST_CASE("a transfer is striped over disjoint paths, each with what it carries in the same time") {
  const Machine m = machine("ubmesh-rack");
  const PathGroup c = neighbours(m, {.extra_hops = 1, .max_hops = 2, .borrow = false});
  REQUIRE(c.size() == 7);
  const Mask disjoint = c.disjoint();
  CHECK(disjoint == 0b1111111);  // the direct link and six detours: 7 x 56 GB/s
  std::vector<std::uint64_t> parts(c.size());
  c.spread(disjoint).deal(64 << 20, 0, parts);
  CHECK(*std::max_element(parts.begin(), parts.end()) - *std::min_element(parts.begin(), parts.end()) <= 1);
  c.spread(disjoint & 0b1010).deal(1001, 0, parts);
  CHECK(parts[1] + parts[3] == 1001);
  CHECK(parts[0] == 0);
}

TEST_CASE("what is usable and disjoint is so, whichever paths fail; who was in the way leaves room") {
  const Machine m = machine("mesh:3x3");
  const PathGroup c(m, paths(m, NodeId(0), NodeId(4), {.extra_hops = 1}));
  REQUIRE(c.size() > 4);
  for (Mask usable = 0; usable < Mask(1) << c.size(); ++usable) {
    const Mask chosen = c.disjoint(usable);
    REQUIRE((chosen & ~usable) == 0);
    std::vector<LinkId> links;
    for (std::size_t i = 0; i < c.size(); ++i)
      if (has(chosen, i)) links.insert(links.end(), c[i].route.begin(), c[i].route.end());
    const auto free = [&](LinkId l) { return std::count(links.begin(), links.end(), l) == 0; };
    for (std::size_t i = 0; i < c.size(); ++i) {
      const Route& r = c[i].route;
      if (has(chosen, i))
        REQUIRE(std::all_of(r.begin(), r.end(), [&](LinkId l) {
          return !free(l) && std::count(links.begin(), links.end(), l) == 1;
        }));
      else if (has(usable, i))
        REQUIRE(!std::all_of(r.begin(), r.end(), free));
    }
  }
}

TEST_CASE("the disjoint paths of a pair begin with the shortest, and are never more than a node has ports") {
  for (const char* name : {"ubmesh-rack", "nvl72", "cloudmatrix384"}) {
    const Machine m = machine(name);
    for (const std::uint32_t a : {0u, 27u})
      for (std::uint32_t b = 0; b < 64; ++b) {
        const PathGroup c = disjoint_paths(m, NodeId(a), NodeId(b), {});
        REQUIRE((c.size() == 0) == (a == b));
        if (a == b) continue;
        CHECK(c[0].route == *shortest(m, NodeId(a), NodeId(b)));
        REQUIRE(c.disjoint() == (Mask(1) << c.size()) - 1);
        CHECK(c.size() <= m.links_from(NodeId(a)).size());
        CHECK(c.size() >= (m.npu_count() == 64 ? 10 : m.links_from(NodeId(a)).size()));
      }
  }
}

TEST_CASE(
    "a pair whose first paths all leave by one link has a second disjoint one, if it is not far behind") {
  const Machine m = machine("ubmesh-pod");
  const NodeId corner(m.npu_count() - 1);
  const auto first = paths(m, NodeId(0), corner, {}, kDisjointSearch);
  REQUIRE(std::all_of(first.begin(), first.end(),
                      [&](const Path& p) { return p.route.links[0] == first[0].route.links[0]; }));
  CHECK(disjoint_paths(m, NodeId(0), corner, {}).size() == 2);
}

TEST_CASE("a node's masks are after any news what looking at every path says") {
  test::Random random("news");
  const Machine mesh = machine("mesh:5x4"), rack = test::small_superpod(1, 1, 1, 3, 3),
                pods = test::small_superpod(2, 1, 2, 2, 3);
  for (const Machine* m : {&mesh, &rack, &pods}) {
    NodeRoutes routes(*m, NodeId(std::uint32_t(random.below(m->npu_count()))));
    std::vector<LinkId> down;
    for (int step = 0; step < (m == &pods ? 8 : 16); ++step) {
      const LinkId l = down.empty() || random.below(3) ? LinkId(std::uint32_t(random.below(m->link_count())))
                                                       : down[random.below(down.size())];
      const auto at = std::find(down.begin(), down.end(), l);
      std::size_t expected = 0, changed = 0;
      std::vector<Mask> before;
      for (std::uint32_t n = 0; n < m->npu_count(); ++n)
        before.push_back(broken(routes.group(NodeId(n)), down));
      if (at == down.end()) {
        down.push_back(l);
        changed = routes.down(l);
      } else {
        down.erase(at);
        changed = routes.up(l);
      }
      for (NodeId peer : m->endpoints()) {
        if (peer == routes.self()) continue;
        const Mask now = broken(routes.group(peer), down);
        if (peer.value < m->npu_count())
          expected += std::size_t(__builtin_popcount(unsigned(now ^ before[peer.value])));
        const std::size_t size = routes.group(peer).size();
        const Mask real = (Mask(1) << size) - 1;
        REQUIRE((routes.usable(peer) & real) == (Mask(~now) & real));
      }
      REQUIRE(changed == expected);
    }
  }
}

TEST_CASE("a node's routing state for 8,192 peers is at most 64 KiB") {
  const Machine m = machine("ubmesh-superpod");
  NodeRoutes routes(m, NodeId(4711));
  routes.down(m.mesh_link(NodeId(4711), m.dimensions() - 1, 0));
  CHECK(routes.usable(m.moved(NodeId(4711), m.dimensions() - 1, 0)) != kEveryPath);
  CHECK(routes.bytes() <= 64 << 10);
}
