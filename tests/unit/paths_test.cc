#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "routing/deadlock/lanes.h"
#include "routing/paths/path_set.h"
#include "tests/sanitized.h"
#include "tests/shapes.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;
using test::machine;

namespace {

using Way = std::vector<LinkId>;
Way links(const Path& p) { return Way(p.route.begin(), p.route.end()); }

// Every loop-free path over the mesh of at most so many links, by plain depth-first search.
void search(const Machine& m, NodeId at, NodeId to, unsigned most, std::set<NodeId>& seen, Way& way,
            std::set<Way>& found) {
  if (at == to) {
    found.insert(way);
    return;
  }
  if (way.size() == most) return;
  seen.insert(at);
  for (LinkId l : m.links_from(at)) {
    if (m.link(l).kind != LinkKind::mesh || seen.count(m.to(l))) continue;
    way.push_back(l);
    search(m, m.to(l), to, most, seen, way, found);
    way.pop_back();
  }
  seen.erase(at);
}
std::set<Way> all_mesh_paths(const Machine& m, NodeId from, NodeId to, unsigned most) {
  std::set<NodeId> seen;
  Way way;
  std::set<Way> found;
  search(m, from, to, most, seen, way, found);
  return found;
}

std::size_t count(const Machine& m, const char* from, const char* to, unsigned hops, bool illegal) {
  const Policy p{.extra_hops = 12, .max_hops = std::uint8_t(hops), .borrow = false, .illegal = illegal};
  const auto all = paths(m, *m.find(from), *m.find(to), p);
  return std::size_t(std::count_if(all.begin(), all.end(), [&](const Path& x) { return x.hops == hops; }));
}

}  // namespace

TEST_CASE("the paths of an 8x8 mesh are as many as published, and as many are legal") {
  const Machine m = machine("mesh:8x8");
  const auto expect = [&](const char* to, unsigned hops, std::size_t all, std::size_t legal) {
    CAPTURE(to);
    CAPTURE(hops);
    CHECK(count(m, "n0.0", to, hops, true) == all);
    CHECK(count(m, "n0.0", to, hops, false) == legal);
  };
  expect("n0.5", 1, 1, 1);
  expect("n0.5", 2, 6, 6);
  expect("n0.5", 3, 37, 30);
  expect("n5.0", 1, 1, 1);
  expect("n5.0", 2, 6, 6);
  expect("n5.0", 3, 37, 37);
  expect("n4.4", 2, 2, 2);
  expect("n4.4", 3, 36, 27);
}

namespace {

// What every path set has to be, whatever the machine: its paths end to end, loop-free, each once, in order.
void expect_sound(const Machine& m, NodeId from, NodeId to, const std::vector<Path>& set) {
  std::set<Way> seen;
  std::size_t length = 0;
  for (const Path& p : set) {
    NodeId at = from;
    std::set<NodeId> visited{from};
    for (LinkId l : p.route) {
      REQUIRE(m.from(l) == at);
      at = m.to(l);
      REQUIRE(visited.insert(at).second);
    }
    REQUIRE(at == to);
    REQUIRE(seen.insert(links(p)).second);
    if (p.path_class != PathClass::shortest) {
      REQUIRE(p.route.count >= length);
      length = p.route.count;
    } else {
      REQUIRE(length == 0);
    }
  }
  for (const auto& a : set)
    for (const auto& b : set)
      if (a.path_class == PathClass::shortest && b.path_class == PathClass::detour) REQUIRE(a.hops < b.hops);
}

// Each path of equally long ones shares no more with those before it than any that comes after.
void expect_disjoint_first(const std::vector<Path>& set) {
  std::map<LinkId, unsigned> uses;
  const auto shared = [&](const Path& p) {
    unsigned n = 0;
    for (LinkId l : p.route) n += uses[l];
    return n;
  };
  for (std::size_t i = 0; i < set.size(); ++i) {
    for (std::size_t j = i + 1; j < set.size() && set[j].route.count == set[i].route.count; ++j)
      REQUIRE(shared(set[i]) <= shared(set[j]));
    for (LinkId l : set[i].route) ++uses[l];
  }
}

}  // namespace

TEST_CASE("path sets of small meshes have every path that plain search finds") {
  test::Random random("every path");
  std::vector<std::string> shapes{"mesh:1",     "mesh:2",       "mesh:6",    "mesh:4x4",
                                  "mesh:3x3x3", "mesh:2x2x2x2", "mesh:1x3x1"};
  for (int i = 0; i < test::runs(12); ++i) shapes.push_back(test::random_mesh(random, 40));
  for (const std::string& shape : shapes) {
    CAPTURE(shape);
    const Machine m = machine(shape);
    const std::uint32_t step = m.npu_count() > 12 ? 5 : 1;
    for (std::uint32_t a = 0; a < m.npu_count(); a += step)
      for (std::uint32_t b = 0; b < m.npu_count(); b += 1 + random.below(step)) {
        if (a == b) continue;
        const unsigned fewest = routing::shortest(m, NodeId(a), NodeId(b))->count;
        const unsigned most = fewest + unsigned(random.below(fewest > 2 ? 2 : 3));
        const Policy policy{.extra_hops = std::uint8_t(most - fewest), .borrow = false, .illegal = true};
        const auto set = paths(m, NodeId(a), NodeId(b), policy);
        expect_sound(m, NodeId(a), NodeId(b), set);
        std::set<Way> ours;
        for (const Path& p : set) {
          ours.insert(links(p));
          REQUIRE(p.hops == p.route.count);
          REQUIRE((p.path_class == PathClass::shortest) == (p.hops == fewest));
        }
        REQUIRE(ours == all_mesh_paths(m, NodeId(a), NodeId(b), most));
        if (set.size() <= PathSet::kWindow) expect_disjoint_first(set);
        REQUIRE(set[0].route == *routing::shortest(m, NodeId(a), NodeId(b)));
      }
  }
}

TEST_CASE("a path set begins with the shortest route, on every kind of machine") {
  test::Random random("first paths");
  for (const char* name : {"mesh:3x5x2", "ubmesh-rack", "ubmesh-pod", "ubmesh-superpod", "ubmesh-165k",
                           "cloudmatrix384", "nvl72", "fat-tree"}) {
    CAPTURE(name);
    const Machine m = machine(name);
    for (int i = 0; i < 60; ++i) {
      const NodeId a(std::uint32_t(random.below(i < 8 ? m.endpoint_count() : m.npu_count()))),
          b(std::uint32_t(random.below(m.npu_count())));
      if (a == b) continue;
      const auto set = paths(m, a, b, {}, 24);
      REQUIRE(!set.empty());
      REQUIRE(set[0].route == *routing::shortest(m, a, b));
      REQUIRE(set[0].path_class == PathClass::shortest);
      expect_sound(m, a, b, set);
      for (const Path& p : set) REQUIRE(lanes_of(m, p.route) == p.lanes);
      REQUIRE(set == paths(m, a, b, {}, 24));
    }
  }
}

TEST_CASE("switched machines have as many paths as published, each in one plane") {
  const Machine cloud = machine("cloudmatrix384");
  const auto count = [](const Machine& m, NodeId a, NodeId b) { return paths(m, a, b).size(); };
  CHECK(count(cloud, NodeId(0), NodeId(1)) == 7);
  CHECK(count(cloud, NodeId(0), NodeId(15)) == 7);
  CHECK(count(cloud, NodeId(0), NodeId(16)) == 112);
  for (const Path& p : paths(cloud, NodeId(3), NodeId(767))) {
    const auto plane = [&](unsigned link) {
      return std::string(cloud.name(cloud.to(p.route.links[link])))
          .substr(cloud.name(cloud.to(p.route.links[link])).rfind("l1"));
    };
    REQUIRE(p.route.count == 4);
    REQUIRE(plane(0) == plane(2));
  }
  CHECK(count(machine("nvl72"), NodeId(0), NodeId(71)) == 18);
  const Machine tree = machine("fat-tree");
  CHECK(count(tree, NodeId(0), NodeId(1)) == 1);
  CHECK(count(tree, NodeId(0), NodeId(8)) == 8);
  CHECK(count(tree, NodeId(0), NodeId(1023)) == 64);
  // Between pods: 4 groups and 2 HRS each; straight, or over either neighbour that hangs on the right switch.
  const Machine super = machine("ubmesh-superpod");
  CHECK(count(super, *super.find("pod0.rack0.board0.npu0"), *super.find("pod1.rack5.board0.npu0")) == 8);
  CHECK(count(super, *super.find("pod0.rack0.board0.npu0"), *super.find("pod7.rack5.board2.npu3")) == 16);
}

TEST_CASE("the legal minimal orders of n dimensions are 2^(n-1)") {
  std::size_t want = 1;
  for (const char* name : {"mesh:3", "mesh:3x3", "mesh:3x3x3", "mesh:3x3x3x3"}) {
    const Machine m = machine(name);
    CHECK(paths(m, NodeId(0), NodeId(m.npu_count() - 1), kShortest).size() == want);
    want *= 2;
  }
}

TEST_CASE("the shortest routes of a pod's pairs spread evenly over the ways between racks") {
  const Machine m = machine("ubmesh-pod");
  std::vector<unsigned> load(m.link_count());
  for (std::uint32_t a = 0; a < m.npu_count(); ++a)
    for (std::uint32_t b = 0; b < m.npu_count(); ++b)
      for (const Route r = *routing::shortest(m, NodeId(a), NodeId(b)); LinkId l : r) ++load[l.value];
  std::map<LinkKind, std::pair<unsigned, unsigned>> least_most;
  for (std::uint32_t i = 0; i < m.link_count(); ++i) {
    const LinkKind kind = m.link(LinkId(i)).kind;
    if (kind != LinkKind::trunk && kind != LinkKind::npu_switch) continue;
    auto& [least, most] = least_most.try_emplace(kind, load[i], load[i]).first->second;
    least = std::min(least, load[i]), most = std::max(most, load[i]);
  }
  for (const auto& each : least_most) {
    CAPTURE(name(each.first));
    CHECK(each.second.first == each.second.second);
  }
}

namespace {

// Runs over the plane, looked for link by link: to an NPU on the same switch, or over the second level to the target.
void search_borrow(const Machine& m, NodeId at, NodeId to, unsigned hops, bool ran, std::set<NodeId>& seen,
                   Way& way, std::set<Way>& found) {
  if (at == to) {
    if (ran) found.insert(way);
    return;
  }
  if (hops == 0) return;
  seen.insert(at);
  const auto go = [&](const Way& links, bool run) {
    const NodeId next = m.to(links.back());
    if (seen.count(next)) return;
    way.insert(way.end(), links.begin(), links.end());
    search_borrow(m, next, to, hops - 1, ran || run, seen, way, found);
    way.resize(way.size() - links.size());
  };
  for (LinkId l : m.links_from(at)) {
    if (m.link(l).kind == LinkKind::mesh) go({l}, false);
    if (m.kind(m.to(l)) != NodeKind::switch_ || ran) continue;
    for (LinkId k : m.links_from(m.to(l))) {
      if (m.kind(m.to(k)) == NodeKind::npu && m.to(k) != at) go({l, k}, true);
      if (m.kind(m.to(k)) != NodeKind::switch_) continue;
      for (LinkId j : m.links_from(m.to(k)))
        if (m.kind(m.to(j)) == NodeKind::switch_ && m.to(j) != m.to(l))
          if (const auto last = m.link_between(m.to(j), to)) go({l, k, j, *last}, true);
    }
  }
  seen.erase(at);
}

}  // namespace

TEST_CASE("paths that borrow the plane are all there are, and come after the mesh's") {
  const Machine m = test::small_superpod(1, 1, 1, 3, 3);
  for (std::uint32_t a = 0; a < 9; ++a)
    for (std::uint32_t b = 0; b < 9; ++b) {
      if (a == b) continue;
      const Policy policy{.extra_hops = 1};
      const unsigned fewest = routing::shortest(m, NodeId(a), NodeId(b))->count;
      std::set<NodeId> seen;
      Way way;
      std::set<Way> found, legal, ours;
      search_borrow(m, NodeId(a), NodeId(b), fewest + 1, false, seen, way, found);
      for (const Way& w : found) {
        Route r;
        for (LinkId l : w) r.links[r.count++] = l;
        if (lanes_of(m, r)) legal.insert(w);
      }
      const auto set = paths(m, NodeId(a), NodeId(b), policy);
      expect_sound(m, NodeId(a), NodeId(b), set);
      for (const Path& p : set)
        if (p.path_class == PathClass::borrow) ours.insert(links(p));
      REQUIRE(ours == legal);
      REQUIRE(!ours.empty());
    }
}
