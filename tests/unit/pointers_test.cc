// RemotePtr's arithmetic, and global addresses that are stored in remote memory.
#include <vector>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::Pair;

TEST_CASE("pointers: the arithmetic of a pointer, in elements") {
  const Pair p("shm://pair");
  const RemotePtr<std::uint32_t> begin(p.remote), third(p.remote, 12);
  CHECK((begin + 3) == third);
  CHECK((3 + begin) == third);
  CHECK((third - 3) == begin);
  CHECK(third - begin == 3);
  CHECK(begin - third == -3);
  CHECK(begin < third);
  CHECK(begin[3].offset() == 12);
  RemotePtr<std::uint32_t> walk = begin;
  ++walk, walk += 3, --walk, walk -= 1;
  CHECK(walk.offset() == 8);
  CHECK((begin - 1).offset() == std::uint64_t(0) - 4);    // not checked here
  CHECK(code((begin - 1).load()) == Code::out_of_range);  // but by the op
  CHECK(code((begin + 1024).store(1)) == Code::out_of_range);
  CHECK(code(RemotePtr<std::uint32_t>(p.remote, 2).load()) == Code::misaligned);
  std::uint32_t one = 0;
  CHECK(code(begin.read(&one, (std::size_t(1) << 62) + 1)) == Code::out_of_range);  // of elements
}

TEST_CASE("pointers: every op has the effect of the same op of RemoteSegment") {
  for (const std::string& url : test::kUrls) {
    const Pair p(url);
    const RemotePtr<std::int64_t> x(p.remote, 64);
    CHECK(x.store(10).ok());
    CHECK(x.load().value() == 10);
    CHECK(x.fetch_add(5).value() == 10);
    CHECK(x.fetch_sub(1).value() == 15);
    CHECK(x.fetch_and(6).value() == 14);
    CHECK(x.fetch_or(9).value() == 6);
    CHECK(x.fetch_xor(1).value() == 15);
    CHECK(x.swap(-3).value() == 14);
    CHECK(x.compare_swap(-3, 4).value() == -3);
    CHECK(x.load().value() == 4);
    const std::int64_t out[3] = {1, -2, 3};
    std::int64_t in[3] = {};
    CHECK(x.write(out, 3).ok());
    CHECK(x.read(in, 3).ok());
    CHECK(in[1] == -2);
    CHECK(p.remote.load<std::int64_t>(80).value() == 3);
  }
}

TEST_CASE("pointers: a list over several ranks is traversed by its global addresses") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    constexpr unsigned kRanks = 4;
    std::vector<Fabric> fabrics;
    std::vector<Segment> segments;
    for (unsigned r = 0; r < kRanks; ++r) {
      fabrics.push_back(test::must(Fabric::open(url, {.rank = Rank(r)})));
      segments.push_back(test::must(fabrics.back().expose("node", 128)));
    }
    for (unsigned r = 0; r < kRanks; ++r) {
      const GlobalAddress next = segments[(r + 1) % kRanks].address(64);
      std::memcpy(segments[r].local_view().data() + 64, &next, sizeof next);
    }
    GlobalAddress at = segments[2].address(64);
    for (unsigned hop = 0; hop < 2 * kRanks; ++hop) {
      const RemoteSegment s = test::must(fabrics[0].attach(at));
      CHECK(s.peer() == Rank((2 + hop) % kRanks));
      CHECK(s.address(64) == at);
      REQUIRE(s.read(at.offset, &at, sizeof at).ok());
    }
    // Addresses of segments that never existed, of another rank, or of closed segments.
    GlobalAddress wrong = at;
    wrong.rank = Rank(3);
    CHECK(code(fabrics[0].attach(wrong)) == Code::segment_gone);
    for (const std::uint32_t id : {0u, 0xffffu, 0x10000u, 0xffffffffu, at.segment.value + 0x10000}) {
      CAPTURE(id);
      CHECK(code(fabrics[0].attach(GlobalAddress{at.rank, SegmentId(id), 0})) == Code::segment_gone);
    }
    CHECK(code(fabrics[0].attach(GlobalAddress{Rank(~0u), at.segment, 0})) == Code::segment_gone);
    segments[at.rank.value] = Segment();
    CHECK(code(fabrics[0].attach(at)) == Code::segment_gone);
  }
}

}  // namespace
}  // namespace ub
