// What a home remembers of initiators' streams: bounded, given back, and never believed when it is not complete.
#include <set>

#include "tests/pair.h"
#include "transports/rdma/memories.h"
#include "transports/rdma/patience.h"

namespace ub {
namespace {

using rdma::Call;
using rdma::Memories;

constexpr std::uint64_t kOne = 11, kOther = 12;  // sessions
constexpr SegmentId kSegment{1};

Call call(std::uint64_t stream, std::uint32_t in_flight, std::uint64_t sequence = 1,
          std::uint16_t attempt = 1) {
  Call c;
  c.id = {stream, sequence};
  c.segment = kSegment;
  c.in_flight = in_flight;
  c.attempt = attempt;
  c.remember = true;
  return c;
}

struct Known {
  std::set<std::uint64_t> forgotten;
  Memories all{[this](SegmentId, std::uint64_t stream) { forgotten.insert(stream); }};
};

TEST_CASE("rdma memories: endless new streams of one session are busy, and cost the others nothing") {
  Known known;
  known.all.come(kOne, false);
  known.all.come(kOther, false);
  const std::uint32_t depth = 4096;
  std::uint32_t lane = 0;
  while (known.all.admit(kOne, lane, call(100 + lane, depth)) == Code::ok)
    REQUIRE(++lane <= Memories::kMostOfSession / depth);
  CHECK(known.all.admit(kOne, lane, call(100 + lane, depth)) == Code::busy);
  CHECK(known.all.entries() == Memories::kMostOfSession);
  CHECK(known.all.admit(kOne, 0, call(100, depth, 2)) == Code::ok);  // what is known goes on
  CHECK(known.all.admit(kOther, 0, call(7, depth)) == Code::ok);
  // A lane is one stream's.
  CHECK(known.all.admit(kOne, 0, call(999, depth)) == Code::busy);
  CHECK(known.all.admit(kOne, 0, call(100, depth + 1)) == Code::busy);
  // Whoever ends a lane may begin another.
  known.all.end(kOne, 0);
  CHECK(known.forgotten == std::set<std::uint64_t>{100});
  CHECK(known.all.admit(kOne, lane, call(100 + lane, depth)) == Code::ok);
  known.all.conceal(kSegment);
  CHECK(known.all.entries() == 0);
}

TEST_CASE(
    "rdma memories: all sessions together have a bound; the one that left first makes room, nobody who is "
    "there") {
  Known known;
  const std::uint32_t depth = Memories::kMostOfSession;
  const std::uint64_t sessions = Memories::kMost / depth;
  const Instant now = Instant() + std::chrono::hours(1);
  for (std::uint64_t s = 0; s < sessions; ++s) {
    known.all.come(s, false);
    REQUIRE(known.all.admit(s, 0, call(s, depth)) == Code::ok);
  }
  known.all.come(sessions, false);
  CHECK(known.all.admit(sessions, 0, call(sessions, depth)) == Code::busy);
  CHECK(known.forgotten.empty());
  known.all.part(4, now + std::chrono::seconds(1));
  known.all.part(3, now);
  CHECK(known.all.admit(sessions, 0, call(sessions, depth)) == Code::ok);
  CHECK(known.forgotten == std::set<std::uint64_t>{3});
}

TEST_CASE(
    "rdma memories: who comes back in time is known; later his repeats are not executed, and new ops are") {
  for (const bool late : {false, true}) {
    CAPTURE(late);
    Known known;
    const Instant now = Instant() + std::chrono::hours(1);
    known.all.come(kOne, false);
    REQUIRE(known.all.admit(kOne, 5, call(100, 16, 40)) == Code::ok);
    known.all.part(kOne, now);
    known.all.look(now + rdma::kRemembered - (late ? Duration::zero() : Duration(1)));
    CHECK(known.forgotten.count(100) == std::size_t(late));
    CHECK(known.all.entries() == (late ? 0 : 16));
    known.all.come(kOne, true);
    const Code repeat = late ? Code::cancelled : Code::ok;
    // A new op comes before the repeats of what may have been executed, older and younger.
    CHECK(known.all.admit(kOne, 5, call(100, 16, 45)) == Code::ok);
    for (const std::uint64_t sequence : {40, 41, 46, 55})
      CHECK(known.all.admit(kOne, 5, call(100, 16, sequence, 2)) == repeat);
    CHECK(known.all.admit(kOne, 5, call(100, 16, 61, 2)) == Code::ok);
    CHECK(known.all.admit(kOne, 6, call(101, 16, 1, 2)) == repeat);
  }
  Known fresh;  // one that has never been here has nothing to be unsure of
  fresh.all.come(kOne, false);
  CHECK(fresh.all.admit(kOne, 5, call(100, 16, 3, 2)) == Code::ok);
}

}  // namespace
}  // namespace ub
