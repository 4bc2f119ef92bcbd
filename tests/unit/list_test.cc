// Gather and scatter lists in a queue: one op in several pieces, with one ending.
#include <numeric>

#include "core/op_table.h"
#include "tests/pair.h"

namespace ub {
namespace {

using core::OpTable;
using test::code;
using test::must;
using test::Pair;

core::NewOp piece(std::uint64_t tag, Order order = Order::none) {
  core::NewOp n;
  n.request.word.op = Op::write;
  n.home = Rank(1);
  n.order = order;
  n.tag = tag;
  n.deadline = Instant(std::chrono::hours(1));
  return n;
}

// A table of 8 in which a list of three is posted.
struct Listed {
  explicit Listed(Order order = Order::none) {
    for (std::uint32_t i = 0; i < 3; ++i) pieces.push_back(table.post(piece(5, order), i, 3));
  }
  void end(std::size_t i, Code c) {
    if (pieces[i]->state == OpTable::State::ready) table.sent(*pieces[i], Instant());
    table.end(*pieces[i], c == Code::ok ? Status() : Status(c, Op::write, Rank(1)));
  }
  Completion collect() {
    std::size_t slot = 99;
    const auto c = table.collect(&slot);
    REQUIRE(c.has_value());
    CHECK(table.pieces(slot) == 3);
    return *c;
  }
  OpTable::Storage storage{8};
  OpTable table{1, storage, Duration::max()};
  std::vector<OpTable::Slot*> pieces;
};

TEST_CASE("list: it ends when its last piece has, whichever that is, and counts once") {
  Listed l;
  CHECK(l.table.accounting().posted == 1);
  std::size_t slot = 0;
  for (const std::size_t i : {2, 0}) {
    l.end(i, Code::ok);
    CHECK(l.table.accounting().in_flight == 1);
    CHECK_FALSE(l.table.collect(&slot).has_value());
  }
  l.end(1, Code::ok);
  CHECK(l.table.accounting().ok == 1);
  const Completion c = l.collect();
  CHECK(c.tag == 5);
  CHECK(c.status.ok());
  CHECK(l.table.has_room(8));  // every piece's place is free again
}

TEST_CASE("list: done in part is neither done nor not done") {
  const auto ending = [](std::vector<Code> codes) {
    Listed l;
    for (std::size_t i = 0; i < 3; ++i) l.end(i, codes[i]);
    const Completion c = l.collect();
    const Accounting& a = l.table.accounting();
    CHECK(a.posted == a.ok + a.failed + a.unknown + a.cancelled);
    return c.status.code();
  };
  CHECK(ending({Code::ok, Code::peer_gone, Code::ok}) == Code::outcome_unknown);
  CHECK(ending({Code::peer_gone, Code::timed_out, Code::ok}) == Code::outcome_unknown);
  CHECK(ending({Code::timed_out, Code::outcome_unknown, Code::timed_out}) == Code::outcome_unknown);
  CHECK(ending({Code::peer_gone, Code::timed_out, Code::peer_gone}) == Code::peer_gone);
}

TEST_CASE("list: it is taken back as a whole, or not at all") {
  Listed l;
  CHECK(l.table.cancel(5) == 1);
  CHECK(l.collect().status.code() == Code::cancelled);
  CHECK(l.table.accounting().cancelled == 1);

  Listed sent;
  sent.table.sent(*sent.pieces[1], Instant());
  CHECK(sent.table.cancel(5) == 0);
  CHECK(sent.table.accounting().in_flight == 1);
}

TEST_CASE("list: its pieces wait for others as one, and not for each other") {
  OpTable::Storage storage(8);
  OpTable table(1, storage, Duration::max());
  OpTable::Slot* before = table.post(piece(1, Order::relaxed));
  std::vector<OpTable::Slot*> list;
  for (std::uint32_t i = 0; i < 2; ++i) list.push_back(table.post(piece(2, Order::strong), i, 2));
  OpTable::Slot* after = table.post(piece(3, Order::strong));
  for (const auto* s : list) CHECK(s->state == OpTable::State::held);
  table.end(*before, {});
  for (const auto* s : list) CHECK(s->state == OpTable::State::ready);
  table.end(*list[1], {});
  CHECK(after->state == OpTable::State::held);  // one piece is still under way
  table.end(*list[0], {});
  CHECK(after->state == OpTable::State::ready);
}

TEST_CASE("list: gathered and scattered through a queue, direct, over lanes and over faulty ones") {
  std::vector<std::string> urls(std::begin(test::kUrls), std::end(test::kUrls));
  urls.push_back("fault+emu://pair?machine=mesh:2x2&drop=0.2&delay=0.2&repeat=0.2&reorder=0.2&seed=11");
  for (const std::string& url : urls) {
    CAPTURE(url);
    Pair p(url);
    Queue q = must(Queue::create(p.peer, 4));
    std::vector<std::uint8_t> out(300), in(300);
    std::iota(out.begin(), out.end(), 1);
    const GatherPiece gather[] = {{&out[0], 100, 7}, {&out[100], 0, 4096}, {&out[100], 200, 1001}};
    const ScatterPiece scatter[] = {{&in[100], 200, 1001}, {&in[0], 100, 7}};
    REQUIRE(q.write(p.remote, gather, {.tag = 1, .order = Order::relaxed}).ok());
    CHECK(code(q.read(p.remote, scatter, {.tag = 2, .order = Order::strong})) ==
          Code::busy);  // three of four places
    REQUIRE(q.flush().ok());
    Completion c;
    REQUIRE(q.poll({&c, 1}) == 1);
    CHECK(c.tag == 1);
    CHECK(c.status.ok());
    REQUIRE(q.read(p.remote, scatter, {.tag = 2}).ok());
    REQUIRE(q.flush().ok());
    REQUIRE(q.poll({&c, 1}) == 1);
    CHECK(c.tag == 2);
    CHECK(in == out);
    CHECK(c.attempts >= 1);
    if (p.peer.caps().model_time) CHECK(c.model.picoseconds > 0);

    // Checked before the first piece moves; a list that never fits is no list for this queue; an empty one does nothing.
    const GatherPiece bad[] = {{&out[200], 8, 0}, {&out[0], 8, 4090}};
    CHECK(code(q.write(p.remote, bad)) == Code::out_of_range);
    CHECK(p.remote.load<std::uint8_t>(0).value() == 0);
    const std::vector<ScatterPiece> many(5, {in.data(), 1, 0});
    CHECK(code(q.read(p.remote, many)) == Code::invalid_argument);
    REQUIRE(q.read(p.remote, std::span<const ScatterPiece>(), {.tag = 3}).ok());
    REQUIRE(q.poll({&c, 1}) == 1);
    CHECK(c.tag == 3);
    const Accounting a = q.accounting();
    CHECK(a.posted == 3);
    CHECK(a.ok == 3);
    CHECK(a.in_flight == 0);
  }
}

TEST_CASE("list: what was revoked is refused before a piece moves, and back again when it is given back") {
  Pair p("shm://pair");
  const std::uint64_t one = 1;
  const GatherPiece gather[] = {{&one, 8, 8}, {&one, 8, 0}};
  REQUIRE(p.segment.revoke(Access::write).ok());
  CHECK(code(p.remote.write(gather)) == Code::access_denied);
  REQUIRE(p.segment.grant(Access::write).ok());
  CHECK(p.remote.write(gather).ok());
}

TEST_CASE("list: with notify it rings when it is all there") {
  Pair p("emu://pair?machine=mesh:2x2");
  Queue q = must(Queue::create(p.peer, 4));
  const std::uint64_t one = 1;
  const GatherPiece gather[] = {{&one, 8, 8}, {&one, 8, 0}};
  std::thread waiter([&] {
    CHECK(p.segment.wait_until<std::uint64_t>(0, Compare::equal, 1, {.poll = Duration::zero()}).ok());
  });
  CHECK(q.write(p.remote, gather, {.notify = true}).ok());
  waiter.join();
}

}  // namespace
}  // namespace ub
