#include "routing/selection/backup_map.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "routing/deadlock/lanes.h"
#include "tests/sanitized.h"
#include "tests/shapes.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;
using test::machine;

TEST_CASE("with the backup in an NPU's place its 14 links go over the plane, and nothing else changes") {
  const Machine m = machine("ubmesh-rack");
  for (const char* name : {"board0.npu0", "board3.npu5"}) {
    const NodeId k = *m.find(name), backup = *m.find("backup");
    BackupMap spares(m);
    REQUIRE(!spares.replace(k));
    CHECK(spares.in_place_of(k) == backup);
    CHECK(spares.place_of(backup) == k);

    std::size_t redirected = 0;
    std::map<LinkId, unsigned> peers_on;  // of the switches' links to the backup
    for (std::uint32_t n = 0; n < 64; ++n) {
      const NodeId x(n);
      if (x == k) continue;
      const Path before = paths(m, x, k, kShortest)[0];
      const std::vector<Path> after = spares.paths(x, k, kShortest);
      for (const Path& p : after) {
        NodeId at = x;
        for (LinkId l : p.route) {
          REQUIRE(m.from(l) == at);
          at = m.to(l);
        }
        REQUIRE(at == backup);
        REQUIRE(lanes_of(m, p.route) == p.lanes);
      }
      if (before.hops > 1) continue;
      ++redirected;
      REQUIRE(after.size() == 4);  // by every group, one hop more, over the x4 to its own switch
      for (const Path& p : after) {
        CHECK(p.route.count == 2);
        CHECK(p.switches == 1);
        CHECK(m.link(p.route.links[0]).lanes == 4);
        ++peers_on[p.route.links[1]];
      }
      for (const Path& p : spares.paths(k, x, kShortest)) CHECK(m.from(p.route.links[0]) == backup);
    }
    CHECK(redirected == 14);
    // 14 x 4 ways over 28 links of x2, two peers on each: x1 of it, times 4 groups, is the x4 of the link that was.
    CHECK(peers_on.size() == 28);
    for (const auto& [link, peers] : peers_on) {
      CHECK(peers == 2);
      CHECK(m.link(link).lanes == 2);
    }
    // Paths that do not touch k are as they were; those through it pass through the backup.
    for (std::uint32_t a = 0; a < 64; a += test::kEvery)
      for (std::uint32_t b = 0; b < 64; b += 3)
        for (const Path& p : paths(m, NodeId(a), NodeId(b), {.extra_hops = 0})) {
          const std::vector<Path> now = spares.moved(p);
          bool touches = false;
          for (LinkId l : p.route) touches = touches || m.from(l) == k || m.to(l) == k;
          if (!touches) REQUIRE(now == std::vector<Path>{p});
          for (const Path& x : now)
            for (LinkId l : x.route) REQUIRE((m.from(l) != k && m.to(l) != k));
        }
    spares.restore(k);
    CHECK(spares.in_place_of(k) == k);
    CHECK(spares.paths(NodeId(1), k) == paths(m, NodeId(1), k));
  }
}

TEST_CASE("a second failure in a rack is refused, and so is what no backup can stand for") {
  const Machine m = machine("ubmesh-pod");
  BackupMap spares(m);
  const NodeId one = *m.find("rack3.board2.npu5"), other = *m.find("rack3.board0.npu0");
  CHECK(!spares.replace(one));
  CHECK(!spares.replace(one));
  CHECK(spares.replace(other) == BackupMap::Refusal::taken);
  CHECK(spares.in_place_of(other) == other);
  CHECK(!spares.replace(*m.find("rack4.board0.npu0")));  // another rack has its own
  CHECK(spares.replace(*m.find("rack3.backup")) == BackupMap::Refusal::taken);
  CHECK(!spares.replace(*m.find("rack5.backup")));
  CHECK(spares.replace(*m.find("rack5.board0.npu0")) == BackupMap::Refusal::backup_lost);
  spares.restore(*m.find("rack5.backup"));
  CHECK(!spares.replace(*m.find("rack5.board0.npu0")));
  CHECK(spares.replace(*m.find("rack3.cpu0")) == BackupMap::Refusal::not_an_npu);
  CHECK(spares.replace(NodeId(~0u)) == BackupMap::Refusal::not_an_npu);
  const Machine mesh = machine("mesh:4x4");
  CHECK(BackupMap(mesh).replace(NodeId(1)) == BackupMap::Refusal::no_backup);

  // Its trunks leave from the same switches as the NPU's did.
  const NodeId far = *m.find("rack7.board2.npu5");
  for (const Path& p : spares.paths(one, far, kShortest)) {
    CHECK(m.from(p.route.links[0]) == *m.find("rack3.backup"));
    CHECK(p.route.count == 3);
  }
  CHECK(spares.paths(one, far, kShortest).size() == 4);
}
