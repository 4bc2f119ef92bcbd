#include "routing/affected/affected_sources.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "routing/paths/path_set.h"
#include "tests/sanitized.h"
#include "tests/shapes.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;
using test::machine;

namespace {

// By looking at every path of every pair.
struct Everything {
  Everything(const Machine& m, const Policy& policy) : sources(m.link_count()), triples(m.link_count()) {
    for (std::uint32_t a = 0; a < m.endpoint_count(); ++a)
      for (std::uint32_t b = 0; b < m.endpoint_count(); ++b)
        for (PathSet set(m, NodeId(a), NodeId(b), policy); const Path* p = set.next();)
          for (LinkId l : p->route) {
            sources[l.value].insert(NodeId(a));
            if (b < m.npu_count()) targets[{l, NodeId(a)}].insert(NodeId(b));
            ++triples[l.value];
          }
  }
  std::vector<std::set<NodeId>> sources;
  std::vector<unsigned> triples;
  std::map<std::pair<LinkId, NodeId>, std::set<NodeId>> targets;
};

std::size_t rack_dimensions(const Machine& m) {
  std::size_t n = 0;
  for (const Dimension& d : m.profile().dimensions) n += d.reach == Reach::direct && d.size > 1;
  return n;
}

void expect_the_same(const Machine& m, const Policy& policy, bool exact = true) {
  const Everything all(m, policy);
  for (std::uint32_t i = 0; i < m.link_count(); ++i) {
    const LinkId l(i);
    CAPTURE(m.name(l));
    const std::vector<NodeId> found = affected_sources(m, l, policy);
    if (exact)
      REQUIRE(std::set<NodeId>(found.begin(), found.end()) == all.sources[i]);
    else
      REQUIRE(std::includes(found.begin(), found.end(), all.sources[i].begin(), all.sources[i].end()));
    REQUIRE(std::is_sorted(found.begin(), found.end()));
    for (NodeId n : all.sources[i]) {
      if (m.kind(n) != NodeKind::npu) continue;
      const std::vector<NodeId> to = targets_over(m, n, l, policy);
      const auto want = all.targets.find({l, n});
      if (want == all.targets.end()) continue;
      REQUIRE(std::includes(to.begin(), to.end(), want->second.begin(), want->second.end()));
    }
  }
}

}  // namespace

TEST_CASE(
    "affected sources: 8 nodes use each link of an 8x8 mesh in 15 triples, and a cable has 2 + 14 notices") {
  const Machine m = machine("mesh:8x8");
  const Everything all(m, kShortest);
  for (std::uint32_t i = 0; i < m.link_count(); ++i) {
    const LinkId l(i);
    const std::vector<NodeId> found = affected_sources(m, l, kShortest);
    REQUIRE(found.size() == 8);
    REQUIRE(all.triples[i] == 15);
    const std::size_t d = m.link(l).dimension;
    for (NodeId n : found) REQUIRE(m.coordinate(n, d) == m.coordinate(m.from(l), d));
    if (!up(l)) continue;
    std::size_t local = 0, remote = 0;
    for (const Notice& n : notices(m, l, kShortest)) {
      n.teller == n.told ? ++local : ++remote;
      REQUIRE(shortest(m, n.teller, n.told)->count == (n.teller == n.told ? 0 : 1));
    }
    REQUIRE(local == 2);
    REQUIRE(remote == 14);
  }
}

TEST_CASE("affected sources of every link of random meshes: those that have a path over it") {
  test::Random random("users");
  for (int round = 0; round < test::runs(8); ++round) {
    const std::string shape = round == 0 ? "mesh:8x8" : test::random_mesh(random, 30);
    CAPTURE(shape);
    const Machine m = machine(shape);
    const bool few = m.link_count() > 300;
    const Policy policy{.extra_hops = std::uint8_t(random.below(few ? 2 : 3)),
                        .borrow = random.below(2) == 1};
    CAPTURE(unsigned(policy.extra_hops));
    expect_the_same(m, policy);
  }
}

TEST_CASE("affected sources of every link of racks, pods and their like: those that have a path over it") {
  const Policy with_detours{.extra_hops = 1, .borrow = false};
  expect_the_same(test::small_superpod(1, 1, 1, 3, 3), with_detours);
  expect_the_same(test::small_superpod(1, 1, 1, 3, 3), {});
  expect_the_same(test::small_superpod(1, 1, 1, 3, 3), {.extra_hops = 0});
  expect_the_same(test::small_superpod(1, 1, 2, 2, 3), with_detours);
  expect_the_same(test::small_superpod(1, 1, 2, 2, 3), {.extra_hops = 0});
  expect_the_same(test::small_superpod(1, 2, 2, 1, 3), {});
  expect_the_same(test::small_superpod(2, 1, 2, 1, 3), with_detours);
  expect_the_same(test::small_superpod(2, 1, 2, 2, 3), {});
}

TEST_CASE(
    "affected sources: backups and CPUs over the switches of racks, and CPUs of a machine that is all "
    "switches") {
  expect_the_same(test::machine(test::Racks{.superpods = 2, .pods = 2, .groups = 1}), kShortest);
  expect_the_same(test::machine(test::Racks{.pods = 2, .columns = 2}), kShortest);
  expect_the_same(test::machine(test::Racks{.rows = 2, .columns = 2}), kShortest);
  expect_the_same(test::small_switched(2, 2, 2), kShortest);
  expect_the_same(test::small_boards(2, 3, 1), kShortest);
}

TEST_CASE("affected sources: a path does not turn back in the only switch that an NPU hangs on") {
  expect_the_same(test::machine(test::Racks{.rows = 2, .columns = 2, .groups = 1}), {});
  expect_the_same(test::machine(test::Racks{.columns = 2, .boards = 2, .groups = 1}), {});
}

TEST_CASE("affected sources: dies that do not forward to each other leave a link fewer") {
  const Policy two_more{.extra_hops = 2, .borrow = false};
  expect_the_same(test::machine(test::Racks{.boards = 3, .islands = {2, 4}}),
                  {.extra_hops = 1, .borrow = false});
  expect_the_same(test::machine(test::Racks{.boards = 3, .islands = {3, 3}}), two_more);
  expect_the_same(test::machine(test::Racks{.pods = 2, .boards = 2, .islands = {3, 2}}), kShortest);
  expect_the_same(test::machine(test::Racks{.columns = 2, .boards = 2, .islands = {2, 3}}), {});
  expect_the_same(test::machine(test::Racks{.columns = 2, .boards = 2, .islands = {4, 1}}), {});
}

TEST_CASE(
    "affected sources of every link of random machines, by random policies,: those that have a path over "
    "it") {
  test::Random random("users of machines");
  for (int round = 0; round < test::runs(40);) {
    const Profile p = test::random_profile(random);
    const Machine m(p);
    if (m.endpoint_count() > 24) continue;
    ++round;
    const Policy policy{.extra_hops = std::uint8_t(random.below(3)),
                        .max_hops = std::uint8_t(random.below(2) ? 12 : 3),
                        .borrow = random.below(3) > 0};
    std::string shape;
    for (const Dimension& d : p.dimensions)
      shape += std::string(name(d.reach)) + " " + std::to_string(d.size) + ", ";
    INFO(shape, p.plane ? "plane of " + std::to_string(p.plane->groups) : "no plane", ", ", p.tiers.size(),
         " tiers, ", p.cpu.count, " CPUs, extra hops ", unsigned(policy.extra_hops), " of ",
         unsigned(policy.max_hops), ", borrow ", policy.borrow);
    expect_the_same(m, policy, !policy.borrow || rack_dimensions(m) <= 2);
  }
}

TEST_CASE(
    "affected sources: where the set may be too large, it still holds all that have a path over the link") {
  const Policy borrowed_alone{.detours = false}, illegal{.illegal = true};
  expect_the_same(test::machine(test::Racks{.shelves = 2, .boards = 2}), {.extra_hops = 0}, false);
  for (const Policy& policy : {borrowed_alone, illegal}) {
    expect_the_same(test::small_superpod(1, 1, 1, 3, 3), policy, false);
    expect_the_same(test::small_superpod(1, 1, 2, 2, 3), policy, false);
  }
}

TEST_CASE("longer paths make more nodes use each link: from 8 to all but one of 64 with three hops") {
  const Machine m = machine("mesh:8x8");
  std::map<unsigned, std::pair<std::size_t, std::size_t>> fewest_most;
  for (unsigned hops : {1u, 2u, 3u}) {  // 1: the shortest alone
    auto& [fewest, most] = fewest_most.try_emplace(hops, 64, 0).first->second;
    for (std::uint32_t i = 0; i < m.link_count(); ++i) {
      const std::size_t n =
          affected_sources(m, LinkId(i), {.extra_hops = 11, .max_hops = std::uint8_t(hops), .borrow = false})
              .size();
      fewest = std::min(fewest, n), most = std::max(most, n);
    }
    const std::string set = hops == 1 ? "minimal paths" : "paths of up to " + std::to_string(hops) + " hops";
    MESSAGE(set << ": " << fewest << " to " << most << " affected sources of a link");
  }
  CHECK(fewest_most[1] == std::pair<std::size_t, std::size_t>(8, 8));
  CHECK(fewest_most[2] == std::pair<std::size_t, std::size_t>(14, 14));
  CHECK(fewest_most[3].second == 63);
}
