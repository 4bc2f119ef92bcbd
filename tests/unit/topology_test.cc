#include <doctest/doctest.h>

#include <map>
#include <queue>
#include <set>

#include "tests/machine.h"
#include "topology/builtin_profiles.h"
#include "topology/profile_rules.h"

using namespace ub;
using namespace ub::topology;
using test::expect_sound;
using test::machine;

namespace {

// Hops from one node to all others, over the given kind of links or over all.
std::vector<unsigned> hops(const Machine& m, NodeId from, std::optional<LinkKind> kind = {}) {
  std::vector<unsigned> d(m.node_count(), ~0u);
  std::queue<NodeId> queue({from});
  d[from.value] = 0;
  for (; !queue.empty(); queue.pop())
    for (LinkId l : m.links_from(queue.front()))
      if (NodeId to = m.to(l); (!kind || m.link(l).kind == *kind) && d[to.value] == ~0u)
        d[to.value] = d[queue.front().value] + 1, queue.push(to);
  return d;
}

}  // namespace

TEST_CASE("the rack's mesh is the published one") {
  const Machine m = machine("ubmesh-rack");
  expect_sound(m);
  CHECK(m.npu_count() == 64);
  unsigned mesh = 0;
  for (std::uint32_t i = 0; i < m.link_count(); i += 2) {
    const Link l = m.link(LinkId(i));
    if (l.kind != LinkKind::mesh) continue;
    ++mesh;
    CHECK(l.lanes == 4);
    CHECK(l.bytes_per_s == 56'000'000'000);
    CHECK(l.propagation_ps == 5000);
    CHECK(l.length_mm == 1000);
    CHECK(l.medium == Medium::passive_copper);
  }
  CHECK(mesh == 448);

  unsigned diameter = 0, sum = 0;
  for (std::uint32_t n = 0; n < 64; ++n) {
    const auto d = hops(m, NodeId(n), LinkKind::mesh);
    unsigned peers = 0, lanes = 0;
    for (std::uint32_t to = 0; to < 64; ++to)
      diameter = std::max(diameter, d[to]), sum += d[to], peers += d[to] == 1;
    for (LinkId l : m.links_from(NodeId(n))) lanes += m.link(l).kind == LinkKind::mesh ? m.link(l).lanes : 0;
    CHECK(peers == 14);
    CHECK(lanes == 56);
    CHECK(m.lanes_used(NodeId(n)) == 72);
  }
  CHECK(diameter == 2);
  CHECK(sum / double(64 * 63) == doctest::Approx(1.778).epsilon(0.0003));
}

TEST_CASE("the rack's switch plane keeps every budget of lanes") {
  const Machine m = machine("ubmesh-rack");
  const Plane& plane = *m.profile().plane;
  std::map<char, unsigned> switches;
  for (std::uint32_t n = 0; n < m.node_count(); ++n) {
    if (m.kind(NodeId(n)) != NodeKind::switch_) continue;
    const std::string name = m.name(NodeId(n));
    const bool first = name.find(".f") != name.npos;
    ++switches[first ? 'f' : 's'];
    CAPTURE(name);
    const std::uint32_t outward = first ? plane.outward_lanes / plane.first_level : 0;
    CHECK(m.lanes_used(NodeId(n)) + outward == (first ? 70 : 24));
    std::map<NodeKind, unsigned> lanes;
    for (LinkId l : m.links_from(NodeId(n))) lanes[m.kind(m.to(l))] += m.link(l).lanes;
    CHECK(lanes[NodeKind::npu] == (first ? 32 : 0));  // 8 NPUs x4
    CHECK(lanes[NodeKind::backup] == (first ? 2 : 0));
    CHECK(lanes[NodeKind::switch_] == (first ? 4 : 8));  // x1 between the levels
    CHECK(lanes[NodeKind::cpu] == (first ? 0 : 16));     // 8 CPUs x2
  }
  CHECK(switches['f'] == 32);
  CHECK(switches['s'] == 16);
  CHECK(plane.groups * plane.outward_lanes == 1024);  // = 64 NPUs x16: nothing is oversubscribed
  CHECK(m.lanes_used(*m.find("backup")) == 64);
  for (unsigned c = 0; c < 8; ++c) CHECK(m.lanes_used(*m.find("cpu" + std::to_string(c))) == 32);

  // NPU (b, s) hangs on first-level switch (b+s) mod 8 of each group.
  for (unsigned b = 0; b < 8; ++b)
    for (unsigned s = 0; s < 8; ++s)
      for (unsigned g = 0; g < 4; ++g) {
        const auto npu = m.find("board" + std::to_string(b) + ".npu" + std::to_string(s));
        const auto lrs = m.find("lrs.g" + std::to_string(g) + ".f" + std::to_string((b + s) % 8));
        const auto link = m.link_between(*npu, *lrs);
        REQUIRE(link);
        CHECK(m.link(*link).lanes == 4);
      }
  // The backup is two links from each of the 64.
  const auto d = hops(m, *m.find("backup"));
  for (unsigned n = 0; n < 64; ++n) CHECK(d[n] == 2);
}

TEST_CASE("nodes have one name each, and rank r's node is NPU r") {
  const Machine rack = machine("ubmesh-rack");
  CHECK(rack.node_count() == 64 + 1 + 8 + 48);
  CHECK(rack.endpoint_count() == 73);
  CHECK(rack.endpoints().size() == 73);
  CHECK(rack.endpoints()[21] == NodeId(21));
  CHECK(rack.name(NodeId(21)) == "board2.npu5");
  CHECK(rack.find("board2.npu5") == NodeId(21));
  CHECK(rack.find("21") == NodeId(21));
  CHECK(rack.find("backup") == NodeId(64));
  CHECK(rack.kind(NodeId(64)) == NodeKind::backup);
  CHECK(rack.name(NodeId(65)) == "cpu0");
  CHECK(rack.kind(NodeId(72)) == NodeKind::cpu);
  CHECK(rack.name(NodeId(73)) == "lrs.g0.f0");
  CHECK(rack.name(NodeId(120)) == "lrs.g3.s3");
  CHECK(rack.name(*rack.link_between(NodeId(0), NodeId(1))) == "board0.npu0>board0.npu1");
  for (const char* none : {"",
                           "64",
                           "-1",
                           "board8.npu0",
                           "board0.npu8",
                           "board0",
                           "board0.npu",
                           "board0.npu0.",
                           "cpu8",
                           "cpu00",
                           "cpu",
                           "lrs.g4.f0",
                           "lrs.g0.f8",
                           "lrs.g0.x1",
                           "board00.npu1",
                           " backup",
                           "Backup",
                           "99999999999999999999",
                           "lrs.g4294967295.f4294967295",
                           "board2.npu5 "})
    CHECK_MESSAGE(!rack.find(none), none);

  CHECK(machine("ubmesh-board8").name(NodeId(3)) == "npu3");
  const Machine mesh = machine("mesh:4x4");
  CHECK(mesh.name(NodeId(6)) == "n1.2");
  CHECK(mesh.find("n1.2") == NodeId(6));
  CHECK(!mesh.find("backup"));
  CHECK(!mesh.find("cpu0"));
  CHECK(!mesh.find("lrs.g0.f0"));
}

TEST_CASE("a mesh has the shape that was asked for") {
  struct Shape {
    const char* name;
    std::uint32_t npus, cables;
  };
  for (const Shape& s :
       {Shape{"mesh:1", 1, 0}, Shape{"mesh:2", 2, 1}, Shape{"mesh:4x4", 16, 48}, Shape{"mesh:2x3x4", 24, 72},
        Shape{"mesh:1x5", 5, 10}, Shape{"mesh:2x2x2x2x2x2", 64, 192}, Shape{"ubmesh-board8", 8, 28}}) {
    CAPTURE(s.name);
    const Machine m = machine(s.name);
    expect_sound(m);
    CHECK(m.npu_count() == s.npus);
    CHECK(m.node_count() == s.npus);
    CHECK(m.link_count() == 2 * s.cables);
  }
  // Coordinates and neighbours agree with names: the last number is X and counts on by one.
  const Machine m = machine("mesh:2x3x4");
  const NodeId n = *m.find("n1.2.3");
  CHECK(n == NodeId(23));
  CHECK(m.coordinate(n, 0) == 1);
  CHECK(m.coordinate(n, 1) == 2);
  CHECK(m.coordinate(n, 2) == 3);
  CHECK(m.name(m.moved(n, 1, 0)) == "n1.0.3");
}

TEST_CASE("whatever its shape, a machine's nodes, ports, links and names agree") {
  test::Random random("random machines");
  for (int round = 0; round < 80; ++round) {
    const Profile p = test::random_profile(random);
    std::string shape;
    for (const Dimension& d : p.dimensions)
      shape += " " + d.name + std::to_string(d.size) + std::string(name(d.reach));
    CAPTURE(shape);
    const auto broken = broken_rule(p);
    REQUIRE_MESSAGE(!broken, broken->key << ": " << broken->text);
    const Machine m(p);
    expect_sound(m, 1 + m.link_count() / 4000);
    for (std::uint32_t i = 0; i < 20; ++i) {
      const NodeId a(std::uint32_t(random.below(m.npu_count()))),
          b(std::uint32_t(random.below(m.npu_count())));
      // In a mesh there is a link where one coordinate differs, and nowhere else.
      std::size_t differ = 0, along = 0;
      for (std::size_t d = 0; d < m.dimensions(); ++d)
        if (m.coordinate(a, d) != m.coordinate(b, d)) ++differ, along = d;
      const auto link = m.link_between(a, b);
      REQUIRE(link.has_value() == (differ == 1 && m.reach(along) == Reach::direct));
      if (link) REQUIRE(*link == m.mesh_link(a, along, m.coordinate(b, along)));
      if (p.plane)
        for (std::uint32_t g = 0; g < p.plane->groups; ++g) {
          std::uint32_t sum = 0;
          for (std::size_t d = 0; d < m.dimensions(); ++d)
            sum += m.reach(d) == Reach::direct ? m.coordinate(a, d) : 0;
          const std::string lrs = m.name(m.to(m.plane_link(a, g)));
          const std::string tail =
              "lrs.g" + std::to_string(g) + ".f" + std::to_string(sum % p.plane->first_level);
          REQUIRE(lrs.substr(lrs.size() - tail.size()) == tail);
        }
    }
  }
}

TEST_CASE("the widest mesh of one dimension has its links without storing them") {
  const Machine m = machine("mesh:65536");
  expect_sound(m, 100'000'007);
  CHECK(m.link_count() == 65536u * 65535u);
  CHECK(m.name(m.mesh_link(NodeId(65535), 0, 0)) == "n65535>n0");
}
