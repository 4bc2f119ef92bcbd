// The source-route header and the forwarding tables: every legal route told in 8 bytes and followed hop by hop, every
// malformed header named, and tables that lead everywhere without one.
#include "routing/forwarding/header.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <queue>

#include "routing/deadlock/lanes.h"
#include "routing/forwarding/tables.h"
#include "tests/machine.h"
#include "tests/seed.h"

using namespace ub;
using namespace ub::topology;
using namespace ub::routing;

namespace {

using test::machine;

HeaderBytes bytes(std::initializer_list<unsigned> values) {
  HeaderBytes b{};
  std::transform(values.begin(), values.end(), b.begin(), [](unsigned v) { return std::byte(v); });
  return b;
}

// A walk of so many links that comes to no node twice, wherever chance leads.
Route wander(const Machine& m, NodeId from, unsigned links, test::Random& random) {
  Route r;
  std::vector<NodeId> been{from};
  while (r.count < links) {
    const auto out = m.links_from(been.back());
    if (out.size() == 0) break;
    const LinkId l = out[std::uint32_t(random.below(out.size()))];
    if (std::find(been.begin(), been.end(), m.to(l)) != been.end()) break;
    r.links[r.count++] = l;
    been.push_back(m.to(l));
  }
  return r;
}

// Where the packet goes: by the bytes of its header, decoded and encoded again at each node as a router would.
Route follow(const Machine& m, NodeId from, NodeId to, const Header& sent) {
  Route r;
  HeaderBytes wire = encode(sent);
  for (NodeId at = from; at != to && r.count < kMaxHops;) {
    Header h;
    REQUIRE(decode(wire, h) == HeaderFault::none);
    const auto l = forward(m, at, to, h);
    REQUIRE(l);
    REQUIRE(m.from(*l) == at);
    REQUIRE(h.ptr == r.count + 1);
    wire = encode(h);
    r.links[r.count++] = *l;
    at = m.to(*l);
  }
  return r;
}

// Hops over the mesh by plain search.
unsigned distance(const Machine& m, NodeId from, NodeId to) {
  std::vector<unsigned> d(m.node_count(), ~0u);
  std::queue<NodeId> queue({from});
  d[from.value] = 0;
  for (; !queue.empty(); queue.pop())
    for (LinkId l : m.links_from(queue.front()))
      if (const NodeId n = m.to(l); m.link(l).kind == LinkKind::mesh && d[n.value] == ~0u)
        d[n.value] = d[queue.front().value] + 1, queue.push(n);
  return d[to.value];
}

}  // namespace

TEST_CASE("header: eight bytes, and what they say") {
  Header h;
  REQUIRE(decode(bytes({0x10, 0x0b, 7, 200, 3, 0, 0, 0}), h) == HeaderFault::none);
  CHECK(h.ptr == 1);
  CHECK(h.bitmap == 0b1011);
  CHECK(encode(h) == bytes({0x10, 0x0b, 7, 200, 3, 0, 0, 0}));
  // Hop 0 is done and took the first instruction; hop 1 takes the second, hop 2 the table, hop 3 the third.
  CHECK(h.step() == Turn{Turn::port, 200});
  CHECK(h.step() == Turn{Turn::table});
  CHECK(h.step() == Turn{Turn::port, 3});
  while (h.ptr < 12) CHECK(h.step() == Turn{Turn::table});
  CHECK(h.step() == Turn{Turn::lost});
  CHECK(h.ptr == 12);
  CHECK(encode(h) == bytes({0xc0, 0x0b, 7, 200, 3, 0, 0, 0}));

  // Twelve hops and six instructions, the last bit with the last one.
  REQUIRE(decode(bytes({0xb8, 0x1f, 1, 2, 3, 4, 5, 6}), h) == HeaderFault::none);
  CHECK(h.step() == Turn{Turn::port, 6});
}

TEST_CASE("header: each way to be malformed has its name, and changes nothing") {
  const Header before{.ptr = 3, .bitmap = 1, .instructions = {9}};
  const auto refused = [&](std::span<const std::byte> b) {
    Header h = before;
    const HeaderFault f = decode(b, h);
    CHECK(h == before);
    CHECK(!meaning(f).empty());
    return f;
  };
  const HeaderBytes good = bytes({0, 3, 1, 2, 0, 0, 0, 0});
  CHECK(refused(std::span(good).first(7)) == HeaderFault::size);
  CHECK(refused({}) == HeaderFault::size);
  std::array<std::byte, 9> longer{};
  CHECK(refused(longer) == HeaderFault::size);
  for (unsigned ptr : {13, 14, 15})
    CHECK(refused(bytes({ptr << 4, 0, 0, 0, 0, 0, 0, 0})) == HeaderFault::pointer);
  CHECK(refused(bytes({0x00, 0x7f, 1, 2, 3, 4, 5, 6})) == HeaderFault::instructions);
  CHECK(refused(bytes({0x0f, 0xff, 1, 2, 3, 4, 5, 6})) == HeaderFault::instructions);
  CHECK(refused(bytes({0, 3, 1, 2, 1, 0, 0, 0})) == HeaderFault::stray);
  CHECK(refused(bytes({0, 0, 0, 0, 0, 0, 0, 1})) == HeaderFault::stray);
  // An instruction may be 0 where a bit uses it: port 0.
  Header h;
  CHECK(decode(bytes({0, 3, 0, 0, 0, 0, 0, 0}), h) == HeaderFault::none);
}

TEST_CASE("header: any route of at most six hops, and any longer one of few turns, arrives") {
  test::Random random("routes through headers");
  for (int round = 0; round < 200; ++round) {
    std::string shape = "mesh:" + std::to_string(1 + random.below(9));
    for (auto more = random.below(4); more--;) shape += "x" + std::to_string(1 + random.below(4));
    const Machine m = machine(random.below(8) == 0 ? "ubmesh-rack" : shape);
    for (int i = 0; i < 20; ++i) {
      const NodeId from(std::uint32_t(random.below(m.npu_count())));
      const Route r = wander(m, from, unsigned(1 + random.below(kMaxHops)), random);
      if (r.count == 0) continue;
      CAPTURE(shape);
      const NodeId to = m.to(r.links[r.count - 1]);
      unsigned turns = 0;
      for (LinkId l : r) turns += by_table(m, m.from(l), to) != l;
      Unfit why{};
      const auto h = header_of(m, r, &why);
      REQUIRE(h.has_value() == (turns <= kMaxInstructions));
      REQUIRE(why == (h ? Unfit::none : Unfit::turns));
      if (h) REQUIRE(follow(m, from, to, *h) == r);
    }
  }
}

TEST_CASE("header: a port beyond 255 has no instruction, but the table knows it") {
  const Machine m = machine("mesh:300");
  Route direct;
  direct.links[direct.count++] = m.mesh_link(NodeId(0), 0, 299);
  const auto h = header_of(m, direct);
  REQUIRE(h);
  CHECK(h->bitmap == 0);
  CHECK(follow(m, NodeId(0), NodeId(299), *h) == direct);

  Route detour;  // out by port 298 towards 5, whose port is another
  detour.links[detour.count++] = m.mesh_link(NodeId(0), 0, 299);
  detour.links[detour.count++] = m.mesh_link(NodeId(299), 0, 5);
  Unfit why{};
  CHECK(!header_of(m, detour, &why));
  CHECK(why == Unfit::port);

  detour = {};
  detour.links[detour.count++] = m.mesh_link(NodeId(0), 0, 256);  // port 255, the last with a number
  detour.links[detour.count++] = m.mesh_link(NodeId(256), 0, 299);
  REQUIRE(header_of(m, detour));
  CHECK(follow(m, NodeId(0), NodeId(299), *header_of(m, detour)) == detour);
}

TEST_CASE("header: where a node has no such port, the packet goes nowhere") {
  const Machine m = machine("mesh:4");
  Header h{.bitmap = 1, .instructions = {3}};  // an NPU has ports 0 to 2
  CHECK(!forward(m, NodeId(0), NodeId(1), h));
  h = {.ptr = 12};
  CHECK(!forward(m, NodeId(0), NodeId(1), h));
}

TEST_CASE("tables: they alone lead from every NPU to every other by a shortest route, X first") {
  test::Random random("meshes for tables");
  std::vector<std::string> shapes{"mesh:8x8", "mesh:1", "mesh:2x1x3", "ubmesh-board8", "ubmesh-rack"};
  for (int i = 0; i < 6; ++i) {
    shapes.push_back("mesh:" + std::to_string(1 + random.below(6)));
    for (auto more = random.below(4); more--;) shapes.back() += "x" + std::to_string(1 + random.below(4));
  }
  for (const std::string& shape : shapes) {
    CAPTURE(shape);
    const Machine m = machine(shape);
    for (std::uint32_t a = 0; a < m.npu_count(); ++a) {
      const ForwardingTable table(m, NodeId(a));
      for (std::uint32_t b = 0; b < m.npu_count(); ++b) {
        const Route r = follow(m, NodeId(a), NodeId(b), {});
        REQUIRE(r == shortest(m, NodeId(a), NodeId(b)));
        if (a % 7 == 0) REQUIRE(r.count == distance(m, NodeId(a), NodeId(b)));
        const auto port = table.port(address(m, NodeId(b)));
        REQUIRE(port.has_value() == (a != b));
        if (port) REQUIRE(m.links_from(NodeId(a))[*port] == r.links[0]);
      }
    }
  }
}

TEST_CASE("tables: switches, the backup and CPUs know the way to every NPU too") {
  const Machine m = machine("ubmesh-rack");
  for (std::uint32_t a = m.npu_count(); a < m.node_count(); ++a) {
    const ForwardingTable table(m, NodeId(a));
    CHECK(table.entries() == 8 + 8);
    for (std::uint32_t b = 0; b < m.npu_count(); ++b) {
      const Route r = follow(m, NodeId(a), NodeId(b), {});
      REQUIRE(r.count > 0);
      REQUIRE(m.links_from(NodeId(a))[*table.port(address(m, NodeId(b)))] == r.links[0]);
      REQUIRE(lanes_of(m, r));
    }
  }
  // Nobody's table has the way to a node without a position.
  CHECK(!by_table(m, NodeId(0), NodeId(64)));
}

TEST_CASE("tables: they lead between racks as well, by one run over the planes") {
  const Machine m = machine("ubmesh-pod");
  CHECK(ForwardingTable(m, NodeId(0)).entries() == 16 + 8 + 8);
  for (std::uint32_t a = 0; a < m.npu_count(); a += 111)
    for (std::uint32_t b = 0; b < m.npu_count(); ++b) {
      const Route r = follow(m, NodeId(a), NodeId(b), {});
      unsigned apart = 0, links = 0;
      for (std::size_t d = 0; d < m.dimensions(); ++d)
        if (m.coordinate(NodeId(a), d) != m.coordinate(NodeId(b), d))
          m.reach(d) == Reach::trunk ? ++apart : ++links;
      // Into the plane and out of it once, and a trunk for each dimension of racks.
      REQUIRE(r.count == links + (apart > 0 ? 2 + apart : 0));
      REQUIRE(lanes_of(m, r));
    }
}

TEST_CASE("tables: 40 entries lead to each of 8,192 NPUs, and over one HRS to another pod") {
  const Machine m = machine("ubmesh-superpod");
  REQUIRE(m.npu_count() == 8192);
  CHECK(ForwardingTable(m, NodeId(4711)).entries() == 8 + 16 + 8 + 8);
  CHECK(ForwardingTable(m, *m.find("hrs17")).entries() == 40);
  const Address a = address(m, *m.find("pod3.rack14.board5.npu2"));
  CHECK(a.segments == 4);
  CHECK(a.number == std::array<std::uint32_t, kMaxDimensions>{3, 14, 5, 2});
  for (std::uint32_t from = 5; from < m.npu_count(); from += 1201)
    for (std::uint32_t to = 0; to < m.npu_count(); to += 31) {
      const Route r = follow(m, NodeId(from), NodeId(to), {});
      REQUIRE(lanes_of(m, r));
      if (m.coordinate(NodeId(from), 0) == m.coordinate(NodeId(to), 0)) continue;
      // LRS, HRS, LRS, an NPU of the target's board, and the target if that is another.
      const auto lrs = [&](std::uint32_t n) { return (n / 8 + n) % 8; };
      REQUIRE(r.count == (lrs(from) == lrs(to) ? 4 : 5));
    }
}

TEST_CASE("tables: in switched machines they lead up only as far as they have to") {
  struct Case {
    const char* name;
    unsigned nearest, farthest;
  };
  for (const Case& c : {Case{"cloudmatrix384", 2, 4}, Case{"nvl72", 2, 2}, Case{"fat-tree", 2, 6}}) {
    CAPTURE(c.name);
    const Machine m = machine(c.name);
    unsigned least = 12, most = 0;
    for (std::uint32_t from = 0; from < m.npu_count(); from += 211)
      for (std::uint32_t to = 0; to < m.npu_count(); ++to) {
        if (from == to) continue;
        const Route r = follow(m, NodeId(from), NodeId(to), {});
        REQUIRE(lanes_of(m, r));
        if (to % 17 == 0) REQUIRE(r.count == shortest(m, NodeId(from), NodeId(to))->count);
        least = std::min<unsigned>(least, r.count), most = std::max<unsigned>(most, r.count);
      }
    CHECK(least == c.nearest);
    CHECK(most == c.farthest);
  }
}
