#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <queue>
#include <random>

#include "routing/paths/route.h"
#include "tests/machine.h"
#include "tests/sanitized.h"

using namespace ub;
using namespace ub::topology;
using routing::Route;
using ub::test::machine;

namespace {

// A plain search, told only which links may be used and who may forward.
unsigned plain_distance(const Machine& m, NodeId from, NodeId to) {
  const bool mesh = m.kind(from) == NodeKind::npu && m.kind(to) == NodeKind::npu;
  std::vector<unsigned> d(m.node_count(), ~0u);
  std::queue<NodeId> queue({from});
  d[from.value] = 0;
  for (; !queue.empty(); queue.pop()) {
    const NodeId n = queue.front();
    if (n != from && !mesh && m.kind(n) != NodeKind::switch_) continue;
    for (LinkId l : m.links_from(n)) {
      if ((m.link(l).kind == LinkKind::mesh) != mesh || d[m.to(l).value] != ~0u) continue;
      d[m.to(l).value] = d[n.value] + 1;
      queue.push(m.to(l));
    }
  }
  return d[to.value];
}

// From end to end without a gap, over the links that the pair may use.
void expect_valid(const Machine& m, NodeId from, NodeId to, const Route& r) {
  const bool mesh = m.kind(from) == NodeKind::npu && m.kind(to) == NodeKind::npu;
  NodeId at = from;
  for (LinkId l : r) {
    REQUIRE(m.from(l) == at);
    REQUIRE((m.link(l).kind == LinkKind::mesh) == mesh);
    at = m.to(l);
    if (at != to && !mesh) REQUIRE(m.kind(at) == NodeKind::switch_);
  }
  REQUIRE(at == to);
}

}  // namespace

TEST_CASE("routes on random meshes are valid, minimal and in dimension order") {
  const unsigned seed = 7;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 12; ++round) {
    std::string name = "mesh:" + std::to_string(1 + random() % 5);
    for (unsigned more = random() % 4; more--;) name += "x" + std::to_string(1 + random() % 4);
    CAPTURE(name);
    const Machine m = machine(name);
    for (std::uint32_t a = 0; a < m.npu_count(); a += 1 + a % 2)
      for (std::uint32_t b = 0; b < m.npu_count(); ++b) {
        const auto r = routing::shortest(m, NodeId(a), NodeId(b));
        REQUIRE(r);
        expect_valid(m, NodeId(a), NodeId(b), *r);
        REQUIRE(r->count == plain_distance(m, NodeId(a), NodeId(b)));
        for (std::size_t i = 1; i < r->count; ++i)
          REQUIRE(m.link(r->links[i]).dimension < m.link(r->links[i - 1]).dimension);
        REQUIRE(r == routing::shortest(m, NodeId(a), NodeId(b)));
      }
  }
}

TEST_CASE("every pair of end points of the rack has its shortest route") {
  const Machine m = machine("ubmesh-rack");
  for (std::uint32_t i = 0; i < m.endpoint_count(); i += test::kEvery)
    for (std::uint32_t k = 0; k < m.endpoint_count(); ++k) {
      const NodeId a(i), b(k);
      const auto r = routing::shortest(m, a, b);
      REQUIRE(r);
      expect_valid(m, a, b, *r);
      REQUIRE(r->count == plain_distance(m, a, b));
    }
  // X, then Y: over the target's slot on the own board.
  const auto r = routing::shortest(m, *m.find("board0.npu0"), *m.find("board2.npu5"));
  CHECK(m.name(r->links[0]) == "board0.npu0>board0.npu5");
  CHECK(m.name(r->links[1]) == "board0.npu5>board2.npu5");
  CHECK(routing::shortest(m, NodeId(3), NodeId(3))->count == 0);
  CHECK(routing::shortest(m, NodeId(0), *m.find("backup"))->count == 2);
  CHECK(routing::shortest(m, NodeId(0), *m.find("cpu3"))->count == 3);
  CHECK(routing::shortest(m, *m.find("cpu0"), *m.find("cpu7"))->count == 2);
  CHECK(routing::shortest(m, *m.find("cpu0"), *m.find("backup"))->count == 3);
}

TEST_CASE("where there is no way over switches alone there is no route") {
  const Machine m = machine("ubmesh-rack");
  CHECK(routing::shortest(m, *m.find("lrs.g0.f0"), *m.find("lrs.g0.f1"))->count == 2);
  CHECK(!routing::shortest(m, *m.find("lrs.g0.f0"), *m.find("lrs.g1.f0")));  // groups do not touch
}

TEST_CASE("the rack's pairs spread over the switch plane") {
  const Machine m = machine("ubmesh-rack");
  // How many of the routes from each source to each target use the least and the most loaded link of a kind, among the
  // links towards nodes of kind `into`.
  const auto load = [&](NodeKind sources, NodeKind targets, LinkKind kind, NodeKind into,
                        bool first_to_second = true) {
    std::vector<unsigned> routes(m.link_count(), 0);
    for (NodeId a : m.endpoints())
      for (NodeId b : m.endpoints())
        if (m.kind(a) == sources && m.kind(b) == targets) {
          const Route r = routing::shortest(m, a, b).value();
          for (LinkId l : r) ++routes[l.value];
        }
    unsigned least = ~0u, most = 0;
    for (std::uint32_t i = 0; i < m.link_count(); ++i) {
      const Link l = m.link(LinkId(i));
      if (l.kind != kind || m.kind(l.to) != into) continue;
      if (kind == LinkKind::switch_switch && (l.from < l.to) != first_to_second) continue;
      least = std::min(least, routes[i]), most = std::max(most, routes[i]);
    }
    return std::pair(least, most);
  };
  using K = NodeKind;
  const auto even = [](unsigned n) { return std::pair(n, n); };
  CHECK(load(K::npu, K::backup, LinkKind::backup_switch, K::backup) == even(2));
  CHECK(load(K::backup, K::npu, LinkKind::backup_switch, K::switch_) == even(2));
  CHECK(load(K::npu, K::cpu, LinkKind::npu_switch, K::switch_) == even(2));
  CHECK(load(K::npu, K::cpu, LinkKind::switch_switch, K::switch_, true) == even(4));
  CHECK(load(K::npu, K::cpu, LinkKind::cpu_switch, K::cpu) == even(4));
  CHECK(load(K::cpu, K::npu, LinkKind::cpu_switch, K::switch_) == even(4));
  CHECK(load(K::cpu, K::npu, LinkKind::switch_switch, K::switch_, false) == std::pair(3u, 5u));
  CHECK(load(K::cpu, K::npu, LinkKind::npu_switch, K::npu) == even(2));
  CHECK(load(K::cpu, K::backup, LinkKind::backup_switch, K::backup).second == 1);
}
