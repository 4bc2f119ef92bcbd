// Global addresses: plain data, stored in one peer's memory and pointing to another peer's.
#include "world.h"

namespace ub::conformance {

TEST_CASE("pointers: a list that winds through the memory of three ranks is followed to its end") {
  with_homes_here("pointers", [](const World& w) {
    struct Node {
      GlobalAddress next;
      std::uint64_t value;
    };
    constexpr std::uint64_t kNodes = 30;
    std::vector<Fabric> ranks;
    std::vector<Segment> segments;
    for (std::uint32_t r = 0; r < 3; ++r) {
      ranks.push_back(w.open(Rank(r)));
      segments.push_back(test::must(ranks[r].expose("heap", 4096, w.certain())));
    }
    // Rank 1 links the nodes, wherever they are; rank 2 follows them from the address of the first one.
    GlobalAddress next;
    for (std::uint64_t i = kNodes; i-- > 0;) {
      const GlobalAddress here = segments[i % 3].address(64 * (i + 1));
      const RemoteSegment at = test::must(ranks[1].attach(here));
      const Node node{next, i * i};
      REQUIRE(w.ran(Op::write, at.write(here.offset, &node, sizeof node)).ok());
      next = here;
    }
    std::uint64_t followed = 0;
    for (GlobalAddress a = next; a != GlobalAddress{}; ++followed) {
      const RemoteSegment at = test::must(ranks[2].attach(a));
      Node node;
      REQUIRE(w.ran(Op::read, at.read(a.offset, &node, sizeof node)).ok());
      REQUIRE(node.value == followed * followed);
      a = node.next;
    }
    CHECK(followed == kNodes);
  });
}

TEST_CASE("pointers: a cursor moves by elements and reaches what it names") {
  with_homes_here("pointers", [](const World& w) {
    Bench b(w);
    RemotePtr<std::uint32_t> p(b.remote, 64);
    for (std::uint32_t i = 0; i < 8; ++i) CHECK(w.ran(Op::store, (p + i).store(i * 10)).ok());
    ++p;
    CHECK(w.ran(Op::load, p[2].load()).value() == 30);
    CHECK(w.ran(Op::fetch_add, p.fetch_add(5)).value() == 10);
    CHECK(w.ran(Op::compare_swap, p.compare_swap(15, 16)).value() == 15);
    std::uint32_t all[8] = {};
    CHECK(w.ran(Op::read, (p - 1).read(all, 8)).ok());
    CHECK(all[1] == 16);
    CHECK(all[7] == 70);
    CHECK(p.address() == b.segment.address(68));
    CHECK(w.ran(Op::load, (p + 4096).load()).status.code() == Code::out_of_range);
    CHECK(w.ran(Op::load, RemotePtr<std::uint32_t>().load()).status.code() == Code::not_joined);
  });
}

}  // namespace ub::conformance
