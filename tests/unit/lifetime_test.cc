// Closing segments and exposing them again, leaving a fabric while handles exist, full tables.
#include "board/layout.h"
#include "tests/pair.h"
#include "tests/place.h"

namespace ub {
namespace {

using test::code;
using test::must;
using test::now;
using test::Pair;

TEST_CASE(
    "lifetime: ops on a closed segment end with segment_gone; other segments of its home are not affected") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    Segment copy = p.segment;
    const Segment other = must(p.home.expose("other", 64));
    const RemoteSegment there = must(p.peer.attach(0, "other"));
    CHECK(there.store<int>(0, 5).ok());
    p.segment = Segment();
    CHECK(p.remote.load<int>(0).ok());  // a copy of the handle is left
    const RemoteSegment early = p.remote;
    copy = Segment();
    CHECK(code(p.remote.load<int>(0)) == Code::segment_gone);
    CHECK(code(p.remote.load<int>(0, OpOptions{})) == Code::segment_gone);
    CHECK(code(early.fetch_add<int>(0, 1)) == Code::segment_gone);
    std::byte b;
    CHECK(code(p.remote.read(0, &b, 1)) == Code::segment_gone);
    CHECK(code(p.peer.attach(0, "segment", now())) == Code::not_found);
    CHECK(there.load<int>(0).value() == 5);
    CHECK(there.load<int>(0, OpOptions{}).value() == 5);
    CHECK(p.remote.load<int>(0).status.op() == Op::load);
    CHECK(p.remote.load<int>(0).status.peer() == Rank(0));
  }
}

TEST_CASE("lifetime: a closed segment's name can be reused; the old attachment never reads the new memory") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    CHECK(code(p.home.expose("segment", 64)) == Code::taken);
    CHECK(p.peer.expose("segment", 64).ok());  // names are a rank's own
    REQUIRE(p.remote.store<int>(0, 7).ok());
    const SegmentId before = p.segment.id();
    p.segment = Segment();
    p.segment = must(p.home.expose("segment", 4096));
    CHECK(p.segment.id() != before);
    CHECK(code(p.remote.load<int>(0)) == Code::segment_gone);
    CHECK(must(p.peer.attach(0, "segment")).load<int>(0).value() == 0);
    CHECK(code(p.peer.attach(GlobalAddress{Rank(0), before, 0})) == Code::segment_gone);
  }
}

TEST_CASE(
    "lifetime: the 65,536th successor in the same slot has the same id, and is another segment all the "
    "same") {
  Pair p("shm://pair?ranks=8", 64);
  const SegmentId id = p.segment.id();
  p.segment = Segment();
  for (int i = 1; i < 0x10000; ++i) (void)must(p.home.expose("segment", 64));
  p.segment = must(p.home.expose("segment", 64));
  REQUIRE(p.segment.id() == id);
  CHECK(code(p.remote.store<int>(0, 1)) == Code::segment_gone);
}

TEST_CASE("lifetime: handles outlive their fabric, and return not_joined on both paths") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    RemoteSegment remote;
    Segment segment;
    {
      Pair p(url);
      remote = p.remote;
      segment = p.segment;
      REQUIRE(remote.store<int>(0, 1).ok());
      p.peer.leave();
      CHECK(code(p.peer.attach(0, "segment", now())) == Code::not_joined);
      CHECK(code(p.peer.expose("x", 64)) == Code::not_joined);
      // The home is alive and its gate has not changed: only this member has left.
      CHECK(code(remote.load<int>(0)) == Code::not_joined);
      CHECK(code(remote.fetch_add<int>(0, 1)) == Code::not_joined);
      CHECK(p.segment.local_view()[0] == std::byte(1));
    }
    std::uint64_t x = 0;
    Word16 old;
    CHECK(code(remote.load<int>(0)) == Code::not_joined);
    CHECK(code(remote.store<int>(0, 1)) == Code::not_joined);
    CHECK(code(remote.fetch_add<int>(0, 1)) == Code::not_joined);
    CHECK(code(remote.load<int>(0, OpOptions{})) == Code::not_joined);
    CHECK(code(remote.read(0, &x, 8)) == Code::not_joined);
    CHECK(code(remote.write(0, &x, 8)) == Code::not_joined);
    CHECK(code(remote.compare_swap16(0, {}, {}, old)) == Code::not_joined);
    CHECK(remote.path_name().empty());
    CHECK(remote.peer() == Rank(0));
    CHECK(segment.name() == "segment");
    CHECK(segment.local_view().size() == 4096);
    segment.local_view()[0] = std::byte(1);  // memory that is nobody's but ours
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE(
    "lifetime: peers of a rank that left get peer_gone, and stale_epoch once another process holds the "
    "rank") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    Segment kept = p.segment;
    p.home.leave();
    CHECK(code(p.remote.load<int>(0)) == Code::peer_gone);
    CHECK(code(p.remote.load<int>(0, OpOptions{})) == Code::peer_gone);
    CHECK(code(p.peer.attach(0, "segment", now())) == Code::not_found);
    Fabric successor = must(Fabric::open(url, {.rank = Rank(0)}));
    CHECK(successor.epoch() == 2);
    const Segment anew = must(successor.expose("segment", 4096));
    CHECK(code(p.remote.load<int>(0)) == Code::stale_epoch);
    CHECK(code(p.remote.atomic<int>(Op::fetch_add, 0, 1, {})) == Code::stale_epoch);
    CHECK(must(p.peer.attach(0, "segment")).fetch_add<int>(0, 1).value() == 0);
    // The old home's handle does not close the new home's segment.
    kept = Segment();
    p.segment = Segment();
    CHECK(must(p.peer.attach(0, "segment")).load<int>(0).value() == 1);
  }
}

TEST_CASE("lifetime: a left rank's stray handle does not mark the page of the rank's next holder") {
  Pair p("shm://pair?ranks=8");
  RemoteSegment stray = p.remote;
  REQUIRE(stray.store<int>(0, 1).ok());
  p.peer.leave();
  const Fabric next = must(Fabric::open("shm://pair", {.rank = Rank(1)}));
  // The board's marks, mapped directly.
  const FabricInfo info = must(inspect("pair"));
  REQUIRE(info.live);
  board::Region marks{};
  const auto file = test::map_board("pair");
  const auto& header = *reinterpret_cast<const board::Header*>(file.data());
  for (const board::Region& r : header.regions)
    if (r.kind == board::RegionKind::marks) marks = r;
  REQUIRE(marks.count == 8);
  auto* page = reinterpret_cast<board::MarksPage*>(file.data() + marks.offset + 1 * marks.stride);
  for (auto& slot : page->slots) slot.mark = 0x5a;
  CHECK(code(stray.store<int>(0, 2)) == Code::not_joined);
  CHECK(code(stray.load<int>(0, OpOptions{})) == Code::not_joined);
  for (auto& slot : page->slots) CHECK(slot.mark == 0x5a);
}

TEST_CASE("lifetime: a full table of segments gives no_memory, and closing a segment makes room") {
  Fabric f = must(Fabric::open("shm://table?ranks=1"));
  std::vector<Segment> all;
  Code ended = Code::ok;
  while (ended == Code::ok && all.size() < 5000) {
    auto s = f.expose("s" + std::to_string(all.size()), 64);
    ended = code(s);
    if (s.ok()) all.push_back(s.value());
  }
  CHECK(ended == Code::no_memory);
  CHECK(all.size() == 64);
  all.erase(all.begin() + 30);
  CHECK(must(f.expose("again", 64)).valid());
}

TEST_CASE("lifetime: attaching waits for a peer, and for a segment, that appear meanwhile") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric peer = must(Fabric::open(url, {.rank = Rank(1)}));
    CHECK(code(peer.attach(0, "late", now())) == Code::not_found);
    Code attached = Code::ok;
    std::thread waiting([&] { attached = code(peer.attach(0, "late", {.deadline = Deadline::never()})); });
    Fabric home = must(Fabric::open(url, {.rank = Rank(0)}));
    const Segment s = must(home.expose("late", 64));
    waiting.join();
    CHECK(attached == Code::ok);
    CHECK(code(peer.attach(Rank(9999), "late", {.deadline = Deadline::never()})) == Code::invalid_argument);
    CHECK(code(peer.attach(0, "../late", {.deadline = Deadline::never()})) == Code::invalid_argument);
  }
}

TEST_CASE("lifetime: leaving while other threads expose and attach ends their calls with a status") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    for (int round = 0; round < 20; ++round) {
      Fabric f = must(Fabric::open(url, {.rank = Rank(0)}));
      std::vector<std::thread> busy;
      std::atomic<int> wrong{0}, started{0};
      for (int t = 0; t < 3; ++t)
        busy.emplace_back([&, t] {
          for (int i = 0;; ++i) {
            ++started;
            const auto s = f.expose("s" + std::to_string(t), 4096);
            if (!s.ok() && code(s) != Code::not_joined) ++wrong;
            const auto a = f.attach(0, "s" + std::to_string(t), now());
            if (!a.ok() && code(a) != Code::not_joined && code(a) != Code::not_found &&
                code(a) != Code::peer_gone && code(a) != Code::segment_gone)
              ++wrong;
            if (!s.ok()) return;
          }
        });
      while (started < 5) std::this_thread::yield();
      f.leave();
      for (auto& t : busy) t.join();
      CHECK(wrong == 0);
    }
    CHECK(test::left_behind().empty());
  }
}

}  // namespace
}  // namespace ub
