// Virtual lanes, and the search for rings that proves them: legal routes by plain enumeration, the channel dependency
// graph from them, and the orders that are known to be wrong.
#include "routing/lanes.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "routing/deadlock.h"
#include "tests/seed.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;

namespace {

Machine machine(std::string_view name) {
  const std::string text = profile_text(name).value();
  return Machine(parse_profile(text, name).value());
}

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

// All and legal routes of each length.
std::map<unsigned, std::pair<unsigned, unsigned>> count(const Machine& m, NodeId from, NodeId to,
                                                        unsigned most) {
  std::map<unsigned, std::pair<unsigned, unsigned>> n;
  each_route(m, from, most, [&](const Route& r, NodeId end) {
    if (end == to) ++n[r.count].first, n[r.count].second += lanes_of(m, r).has_value();
  });
  return n;
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
