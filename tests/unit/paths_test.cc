#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "routing/path_set.h"
#include "tests/machines.h"

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
    REQUIRE(p.route.count >= length);
    length = p.route.count;
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
  for (int i = 0; i < 12; ++i) shapes.push_back(test::random_mesh(random, 40));
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
