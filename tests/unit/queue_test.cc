// Queues: every op posted ends once, in order where order was asked for, on direct memory and over lanes.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <vector>

#include "core/op_table.h"
#include "ub/ub.h"

using namespace ub;

namespace {

core::NewOp op(Op what, Order order = Order::none, bool fence = false, std::uint64_t tag = 0) {
  core::NewOp n;
  n.request.word.op = what;
  n.home = Rank(1);
  n.order = order;
  n.fence = fence;
  n.tag = tag;
  n.deadline = Instant::max();
  n.repeatable = true;
  return n;
}

transport::Ending ending(const core::OpTable::Slot& s) {
  transport::Ending e;
  e.id = s.request.id;
  return e;
}

}  // namespace

TEST_CASE("op table: the worked example of five ops starts as the specification says") {
  using State = core::OpTable::State;
  core::OpTable::Storage storage(8);
  core::OpTable table(1, storage, Duration::max());
  auto* write_relaxed = table.post(op(Op::write, Order::relaxed));
  auto* write_strong = table.post(op(Op::write, Order::strong));
  auto* read_a = table.post(op(Op::read));
  auto* write_fence = table.post(op(Op::write, Order::none, true));
  auto* read_b = table.post(op(Op::read));
  for (auto* s : {write_relaxed, read_a, read_b}) CHECK(s->state == State::ready);
  CHECK(write_strong->state == State::held);  // until the relaxed one has ended
  CHECK(write_fence->state == State::held);   // until the read before it has
  const auto finish = [&](core::OpTable::Slot* s) {
    table.sent(*s, Instant());
    REQUIRE(table.answer(ending(*s)) == s);
    table.end(*s, {});
  };
  finish(read_b);  // the last may complete first
  CHECK(write_fence->state == State::held);
  finish(read_a);
  CHECK(write_fence->state == State::ready);  // it does not wait for the strong one
  CHECK(write_strong->state == State::held);
  finish(write_relaxed);
  CHECK(write_strong->state == State::ready);
}

TEST_CASE("op table: late, double and foreign answers are counted and dropped") {
  core::OpTable::Storage storage(2);
  core::OpTable table(1, storage, Duration::max());
  auto* s = table.post(op(Op::load));
  table.sent(*s, Instant());
  const transport::Ending e = ending(*s);
  transport::Ending foreign = e;
  foreign.id.stream = 2;
  CHECK(table.answer(foreign) == nullptr);
  REQUIRE(table.answer(e) == s);
  table.end(*s, {});
  CHECK(table.answer(e) == nullptr);
  std::size_t slot = 0;
  (void)table.collect(&slot);
  CHECK(table.answer(e) == nullptr);
  CHECK(table.accounting().late == 3);
  CHECK(table.accounting().ok == 1);
}

TEST_CASE(
    "op table: at the deadline what was never sent was not done; what was sent is unknown, but for loads and "
    "reads") {
  const Instant t0{std::chrono::seconds(1)}, t1 = t0 + std::chrono::seconds(1);
  core::OpTable::Storage storage(4);
  core::OpTable table(1, storage, Duration::max());
  std::vector<core::NewOp> ops{op(Op::fetch_add), op(Op::fetch_add), op(Op::load)};
  for (auto& o : ops) o.deadline = t1, o.repeatable = false;
  auto* unsent = table.post(ops[0]);
  auto* sent = table.post(ops[1]);
  auto* load = table.post(ops[2]);
  table.sent(*sent, t0);
  table.sent(*load, t0);
  int asked = 0;
  table.pass_time(t1, [&](core::OpTable::Slot&) { return ++asked, false; });  // the buffers are not safe yet
  CHECK(asked == 2);
  CHECK(unsent->completion.status.code() == Code::timed_out);
  CHECK(table.in_flight() == 2);
  table.pass_time(t1, [](core::OpTable::Slot&) { return true; });
  CHECK(sent->completion.status.code() == Code::outcome_unknown);
  CHECK(load->completion.status.code() == Code::timed_out);
  CHECK(table.in_flight() == 0);
}

TEST_CASE("op table: at the deadline an op of which no attempt can have been executed has timed out") {
  const Instant t0{std::chrono::seconds(1)}, t1 = t0 + std::chrono::seconds(1);
  const Duration ms = std::chrono::milliseconds(1);
  core::OpTable::Storage storage(8);
  core::OpTable table(1, storage, ms);
  const auto pass = [&](Instant now, bool safe) {
    table.pass_time(now, [&](core::OpTable::Slot&) { return safe; });
  };
  const auto sent = [&] {
    auto* s = table.post(op(Op::store));
    table.due(*s, t1);
    table.sent(*s, t0);
    return s;
  };
  auto* lost = sent();
  pass(t0 + ms, true);  // its first attempt may still be executed
  table.later(*lost, 0, t1 + ms);
  auto* postponed = sent();
  table.later(*postponed, 0, t1 + ms);
  auto* ready = sent();
  table.again(*ready, 0);
  auto* in_part = sent();
  table.later(*in_part, 8, t1 + ms);
  auto* sent_again = sent();
  table.again(*sent_again, 0);
  table.sent(*sent_again, t1);
  pass(t1, false);  // the buffers are not safe yet
  CHECK(table.in_flight() == 5);
  CHECK(table.next_ready() == nullptr);
  pass(t1, true);
  CHECK(table.in_flight() == 0);
  CHECK(postponed->completion.status.code() == Code::timed_out);
  CHECK(ready->completion.status.code() == Code::timed_out);
  for (auto* s : {lost, in_part, sent_again}) CHECK(s->completion.status.code() == Code::outcome_unknown);
}

TEST_CASE("op table: an attempt without an answer goes again with the same id") {
  const Instant t0{std::chrono::seconds(1)};
  core::OpTable::Storage storage(2);
  core::OpTable table(1, storage, std::chrono::milliseconds(1));
  auto* s = table.post(op(Op::store));
  const transport::OpId id = s->request.id;
  table.sent(*s, t0);
  CHECK(table.next_ready() == nullptr);
  table.pass_time(t0 + std::chrono::milliseconds(2), [](core::OpTable::Slot&) { return true; });
  REQUIRE(table.next_ready() == s);
  CHECK(s->request.id == id);
  CHECK(table.accounting().repeated == 1);
  // The first attempt's answer comes in while the second waits to be sent.
  REQUIRE(table.answer(ending(*s)) == s);
  table.end(*s, {});
  CHECK(table.next_ready() == nullptr);
}

TEST_CASE("op table: time passes for an op at its own instant, whatever was looked for before") {
  const Instant t0{std::chrono::seconds(1)};
  const Duration ms = std::chrono::milliseconds(1);
  core::OpTable::Storage storage(2);
  core::OpTable table(1, storage, Duration::max());
  const auto pass = [&](Instant now) { table.pass_time(now, [](core::OpTable::Slot&) { return true; }); };
  auto* refused = table.post(op(Op::store));
  auto* blocking = table.post(op(Op::store));
  table.sent(*refused, t0);
  table.sent(*blocking, t0);
  pass(t0);  // nothing is due before the end of time

  table.later(*refused, 0, t0 + ms);
  pass(t0);
  CHECK(table.next_ready() == nullptr);
  pass(t0 + ms);
  CHECK(table.next_ready() == refused);

  table.due(*blocking, t0 + 2 * ms);
  pass(t0 + ms);
  CHECK(table.in_flight() == 2);
  pass(t0 + 2 * ms);
  CHECK(blocking->completion.status.code() == Code::outcome_unknown);

  table.sent(*refused, t0 + 2 * ms);
  REQUIRE(table.answer(ending(*refused)) == refused);
  table.settle(*refused, {});
  CHECK(table.in_flight() == 1);
  pass(t0 + 2 * ms);
  CHECK(table.in_flight() == 0);
}

TEST_CASE("queue: bounded, accounted, and every op completes once with its tag and value") {
  for (const std::string& url :
       {std::string("shm://queue"), std::string("emu://queue?machine=ubmesh-rack")}) {
    CAPTURE(url);
    Fabric home = Fabric::open(url).value(), far = Fabric::open(url).value();
    Segment segment = home.expose("x", 4096).value();
    RemoteSegment remote = far.attach(home.rank(), "x").value();
    Queue queue = Queue::create(far, 4).value();
    for (std::uint64_t i = 0; i < 4; ++i)
      REQUIRE(
          queue.atomic<std::uint64_t>(Op::fetch_add, remote, 0, 1, {.tag = i, .order = Order::strong}).ok());
    CHECK(queue.store<std::uint64_t>(remote, 8, 1).code() == Code::busy);
    std::vector<Completion> done(8);
    REQUIRE(queue.poll(done) == 4);
    for (std::uint64_t i = 0; i < 4; ++i) {
      CHECK(done[i].tag == i);
      CHECK(done[i].status.ok());
      CHECK(done[i].value == i);
    }
    CHECK(queue.poll(done) == 0);
    CHECK(queue.load<std::uint64_t>(remote, 4).code() == Code::misaligned);
    CHECK(queue.load<std::uint64_t>(remote, 4096).code() == Code::out_of_range);
    std::uint64_t buffer[4] = {1, 2, 3, 4};
    REQUIRE(queue.write_signal(remote, 64, buffer, sizeof buffer, 128, 9, {.tag = 7}).ok());
    REQUIRE(queue.flush().ok());
    CHECK(segment.wait_until<std::uint64_t>(128, Compare::equal, 9).ok());
    REQUIRE(queue.poll(done) == 1);
    CHECK(done[0].tag == 7);
    const Accounting a = queue.accounting();
    CHECK(a.posted == 5);
    CHECK(a.posted == a.ok + a.failed + a.unknown + a.cancelled + a.in_flight);
    home.leave();
    REQUIRE(queue.store<std::uint64_t>(remote, 8, 1, {.tag = 8}).ok());
    REQUIRE(queue.poll(done) == 1);
    CHECK(done[0].status.code() == Code::peer_gone);
  }
}
