// Means over all pairs by structure, and by walking from every NPU to every other.
#include "routing/paths/distances.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "routing/paths/path_set.h"
#include "tests/sanitized.h"
#include "tests/shapes.h"

using namespace ub;
using namespace ub::routing;
using namespace ub::topology;
using test::machine;

namespace {

void expect_as_walked(const Machine& m) {
  std::uint64_t pairs = 0, hops = 0, switches = 0;
  Distances walked;
  for (std::uint32_t a = 0; a < m.npu_count(); ++a)
    for (std::uint32_t b = 0; b < m.npu_count(); ++b) {
      PathSet set(m, NodeId(a), NodeId(b), kShortest, 1);
      const Path* p = set.next();
      if (!p) continue;
      ++pairs, hops += p->hops, switches += p->switches;
      walked.max_hops = std::max<unsigned>(walked.max_hops, p->hops);
      walked.max_links = std::max<unsigned>(walked.max_links, p->route.count);
    }
  const Distances d = distances(m);
  const double n = double(std::max<std::uint64_t>(pairs, 1));
  CHECK(d.mean_hops == doctest::Approx(double(hops) / n).epsilon(1e-12));
  CHECK(d.mean_switches == doctest::Approx(double(switches) / n).epsilon(1e-12));
  CHECK(d.max_hops == walked.max_hops);
  CHECK(d.max_links == walked.max_links);
}

}  // namespace

TEST_CASE("distances: means by structure are what walking every pair gives") {
  for (const char* name : {"ubmesh-board8", "ubmesh-rack", "nvl72", "mesh:1", "mesh:5x1x4", "mesh:2x3x4x2"}) {
    CAPTURE(name);
    expect_as_walked(machine(name));
  }
  Profile dies = machine("ubmesh-rack").profile();
  dies.router_islands = {9, 9};  // and no two NPUs are alike
  expect_as_walked(Machine(dies));
  if (test::kEvery == 1)
    for (const char* name : {"cloudmatrix384", "ubmesh-pod", "mesh:520"}) {
      CAPTURE(name);
      expect_as_walked(machine(name));
    }
  test::Random random("distances");
  for (int round = 0; round < test::runs(15); ++round) {
    const auto upto = [&](std::uint32_t n) { return 1 + std::uint32_t(random.below(n)); };
    const std::uint32_t pods = upto(3), rows = upto(3), columns = upto(2), boards = upto(4);
    CAPTURE(pods);
    CAPTURE(rows);
    CAPTURE(columns);
    CAPTURE(boards);
    const std::uint32_t ports = 2 + boards - 1 + 2;
    std::vector<std::uint32_t> islands;
    if (round % 3 == 0) islands = {upto(ports - 1)}, islands.push_back(ports - islands[0]);
    const std::uint32_t superpods = round % 4 == 0 ? 2 : 1;
    CAPTURE(superpods);
    expect_as_walked(test::machine(test::Racks{.superpods = superpods,
                                               .pods = pods,
                                               .rows = rows,
                                               .columns = columns,
                                               .boards = boards,
                                               .npus = 3,
                                               .islands = islands}));
  }
  for (int round = 0; round < test::runs(30); ++round) {
    const Profile p = test::random_profile(random);
    if (p.npu_count() > 300 || broken_rule(p)) continue;
    CAPTURE(p.npu_count());
    expect_as_walked(Machine(p));
  }
}

TEST_CASE("distances: known means") {
  CHECK(distances(machine("ubmesh-rack")).mean_hops == doctest::Approx(1.778).epsilon(0.0005));
  CHECK(distances(machine("ubmesh-pod")).mean_hops == doctest::Approx(3.253).epsilon(0.0005));
  CHECK(distances(machine("mesh:65536")).mean_hops == 1);
  const Distances tree = distances(machine("fat-tree"));
  CHECK(tree.max_links == 6);
  CHECK(tree.mean_switches == doctest::Approx((7 * 1 + 56 * 3 + 960 * 5) / 1023.0).epsilon(1e-12));
}
