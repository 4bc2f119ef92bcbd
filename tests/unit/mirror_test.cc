// Mirrors: what is told of a rank stands on the board afterwards, and what makes no sense never gets there.
#include "directory/mirror.h"

#include "directory/ranks.h"
#include "directory/seats.h"
#include "tests/pair.h"
#include "tests/seed.h"

namespace ub::directory {
namespace {

using board::SegmentRecord;
using test::code;
using test::must;

constexpr Bounds kBounds{4, 16};
Instant far() { return Deadline::in(std::chrono::minutes(3)).from(std::chrono::steady_clock::now(), {}); }

std::shared_ptr<board::Board> mirror_board() {
  board::BoardPlan plan;
  plan.ranks = kBounds.ranks;
  plan.mirror = {77, kBounds.share, "127.0.0.1"};
  return must(board::open_board(base::Url{"t", "mirror", {}}, &plan, far()));
}

Found segment(Rank home, std::uint32_t epoch, std::uint32_t slot, std::uint32_t serial,
              std::string_view name) {
  Found f;
  f.id = board::make_segment_id(slot, serial);
  f.record = {SegmentRecord::kLive, serial, home.value, epoch, 64, {1, 2, 3, 4}, {}, 7, 0, {}};
  name.copy(f.record.name, sizeof f.record.name - 1);
  return f;
}

Snapshot good(Rank rank = 1, std::uint32_t epoch = 1) {
  Snapshot s;
  s.rank = rank;
  s.record.state = board::RankRecord::kJoined;
  s.record.epoch = epoch;
  s.record.node = 3;
  s.record.address[7] = 9;
  s.gate = board::make_gate(epoch, 5);
  s.serial = 6;
  const std::uint32_t first = rank.value * kBounds.share;
  s.segments = {segment(rank, epoch, first, 6, "a"), segment(rank, epoch, first + 15, 2, "b")};
  return s;
}

TEST_CASE("snapshot: each thing that can be wrong with one is found") {
  CHECK(!wrong_with(good(), kBounds));
  const std::vector<std::pair<const char*, std::function<void(Snapshot&)>>> wrongs{
      {"rank", [](Snapshot& s) { s.rank = Rank(4); }},
      {"another rank", [](Snapshot& s) { s.rank = Rank(2); }},
      {"state", [](Snapshot& s) { s.record.state = 2; }},
      {"epoch", [](Snapshot& s) { s.record.epoch = 0; }},
      {"free and alive", [](Snapshot& s) { s.record.state = board::RankRecord::kFree; }},
      {"dead with segments", [](Snapshot& s) { s.gate = board::make_gate(1, 0x40000000); }},
      {"host", [](Snapshot& s) { s.host.assign(kMaxHostName + 1, 'h'); }},
      {"slot below", [](Snapshot& s) { s.segments[0].id = board::make_segment_id(15, 6); }},
      {"slot above", [](Snapshot& s) { s.segments[1].id = board::make_segment_id(32, 2); }},
      {"slot beyond", [](Snapshot& s) { s.segments[1].id = SegmentId(0x2ffff); }},
      {"slot twice", [](Snapshot& s) { s.segments[1] = s.segments[0]; }},
      {"order", [](Snapshot& s) { std::swap(s.segments[0], s.segments[1]); }},
      {"another home", [](Snapshot& s) { s.segments[0].record.home = 2; }},
      {"another life", [](Snapshot& s) { s.segments[0].record.epoch = 2; }},
      {"reserved", [](Snapshot& s) { s.segments[0].record.state = SegmentRecord::kReserved; }},
      {"serial", [](Snapshot& s) { s.segments[0].record.serial = 7; }},
      {"no size", [](Snapshot& s) { s.segments[0].record.size = 0; }},
      {"odd size", [](Snapshot& s) { s.segments[0].record.size = 65; }},
      {"huge size", [](Snapshot& s) { s.segments[0].record.size = board::kMaxSegmentSize + 64; }},
      {"access", [](Snapshot& s) { s.segments[0].record.access = 8; }},
      {"flags", [](Snapshot& s) { s.segments[0].record.flags = 16; }},
      {"no name", [](Snapshot& s) { s.segments[0].record.name[0] = 0; }},
      {"odd name", [](Snapshot& s) { s.segments[0].record.name[0] = '/'; }},
      {"endless name",
       [](Snapshot& s) { std::memset(s.segments[0].record.name, 'n', sizeof s.segments[0].record.name); }},
  };
  for (const auto& wrong : wrongs) {
    const auto& name = wrong.first;
    const auto& make_wrong = wrong.second;
    CAPTURE(name);
    Snapshot s = good();
    make_wrong(s);
    CHECK(wrong_with(s, kBounds));
  }
  Snapshot many = good();
  many.segments.assign(17, many.segments[0]);
  CHECK(wrong_with(many, kBounds));
}

TEST_CASE("seats: later news replace earlier ones, and never the other way round; serials only grow") {
  Seats seats(kBounds.ranks);
  Snapshot s = good();
  s.sequence = 5;
  CHECK(seats.update(s));
  CHECK(!seats.update(s));
  Snapshot earlier = s;
  earlier.sequence = 4;
  earlier.gate = 1;
  CHECK(!seats.update(earlier));
  CHECK(seats.find(1)->gate == s.gate);
  Snapshot next_life = good(1, 2);
  next_life.serial = 1;
  CHECK(seats.update(next_life));
  CHECK(seats.find(1)->serial == 6);
  CHECK(!seats.update(s));
  CHECK(code(seats.claim(1, NodeId(0), "h", 1)) == Code::taken);
  CHECK(seats.update(after_death(next_life)));
  const Claim c = must(seats.claim(1, NodeId(0), "h", 1));
  CHECK(c.epoch == 3);
  CHECK(c.serial == 6);
}

TEST_CASE("mirror: what is told is what stands there: ranks, gates and segments, lives and deaths") {
  const auto b = mirror_board();
  CHECK(b->header().incarnation == 77);
  CHECK(look(*b, 1).state == Peer::State::free);
  const std::uint32_t news = b->state().news.load();
  mirror(*b, good());
  CHECK(b->state().news.load() != news);
  CHECK(look(*b, 1).state == Peer::State::joined);
  CHECK(look(*b, 1).record.address[7] == 9);
  REQUIRE(find(*b, 1, "b"));
  CHECK(find(*b, 1, "b")->id == board::make_segment_id(31, 2));
  CHECK(find(*b, board::make_segment_id(16, 6)));
  CHECK(all_segments(*b).size() == 2);

  Snapshot next = good();
  next.gate += 1ull << 32;
  next.serial = 7;
  next.segments = {segment(1, 1, 16, 7, "c")};
  mirror(*b, next);
  CHECK(!find(*b, 1, "a"));
  CHECK(!find(*b, board::make_segment_id(16, 6)));
  CHECK(find(*b, 1, "c"));
  CHECK(look(*b, 1).gate == next.gate);
  const Snapshot again = describe(*b, 1);
  CHECK(again.gate == next.gate);
  CHECK(again.segments.size() == 1);

  // What has gone is told from what is not known yet, whatever slot it is in.
  CHECK(!may_come(*b, board::make_segment_id(16, 6)));
  CHECK(!may_come(*b, board::make_segment_id(20, 7)));
  CHECK(may_come(*b, board::make_segment_id(20, 8)));
  CHECK(may_come(*b, board::make_segment_id(33, 1)));  // of a rank that nobody has told of

  mirror(*b, after_death(next));
  CHECK(look(*b, 1).state == Peer::State::dead);
  CHECK(all_segments(*b).empty());
  mirror(*b, good(1, 2));
  CHECK(look(*b, 1).record.epoch == 2);
  mirror(*b, next);  // of an older life
  CHECK(look(*b, 1).record.epoch == 2);
  CHECK(find(*b, 1, "a"));
  mirror(*b, after_leaving(good(1, 2)));
  CHECK(look(*b, 1).state == Peer::State::free);
}

TEST_CASE(
    "mirror: a rank's own segments lie in its own slots, with serials above those of its former lives") {
  const auto b = mirror_board();
  Snapshot self = good(2);
  self.segments.clear();
  mirror(*b, self);
  mirror(*b, good(3));
  {
    auto lock = b->state().table_lock.lock(far());
    continue_serials(*b, 2, 40);
  }
  std::vector<SegmentId> all;
  for (std::uint32_t i = 0; i < kBounds.share; ++i) {
    all.push_back(must(reserve(*b, 2, 1, "s" + std::to_string(i), far())));
    CHECK(board::slot_of(all.back()) / kBounds.share == 2);
    CHECK(board::serial_of(all.back()) == 41 + i);
    CHECK(!publish(*b, all.back(), 64, {}, {}, far()));
  }
  CHECK(code(reserve(*b, 2, 1, "s0", far())) == Code::taken);
  CHECK(code(reserve(*b, 2, 1, "one more", far())) == Code::no_memory);
  const Snapshot told = describe(*b, 2);
  CHECK(told.segments.size() == kBounds.share);
  CHECK(told.serial == 40 + kBounds.share);
  CHECK(!wrong_with(told, kBounds));
  retire(*b, all[3], far());
  CHECK(must(reserve(*b, 2, 1, "again", far())) == board::make_segment_id(35, 41 + kBounds.share));
  CHECK(all_segments(*b).size() == 15 + 2);  // and those of the other rank
}

}  // namespace
}  // namespace ub::directory
