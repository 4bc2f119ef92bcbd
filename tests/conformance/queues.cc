// Queues: bounded; each op completes once with its tag and value, and is accounted for at all times. An op that is cancelled or
// abandoned was not done, or its fate is reported. After that the buffers belong to the caller.
#include <memory>

#include "world.h"

namespace ub::conformance {
namespace {

// The counts must balance whenever they are read.
Accounting balanced(const Queue& q) {
  const Accounting a = q.accounting();
  CHECK(a.posted == a.ok + a.failed + a.unknown + a.cancelled + a.in_flight);
  return a;
}

}  // namespace

TEST_CASE(
    "queues: bounded; every op completes once, with its tag and value, and the accounts balance at every "
    "poll") {
  on_every_transport("queues", [](const World& w) {
    for (const std::uint32_t depth : {1u, 7u, 100u}) {
      Bench b(w);
      Queue q = test::must(Queue::create(b.peer, depth));
      CHECK(q.depth() == depth);
      const std::uint64_t posts = std::uint64_t(w.times(1500));
      std::vector<int> completed(posts), fetched(posts);
      std::uint64_t held = 0;
      std::array<Completion, 16> done;
      const auto poll = [&] {
        const std::size_t n = q.poll(done);
        for (std::size_t i = 0; i < n; ++i) {
          REQUIRE(w.ran(Op::fetch_add, done[i].status).ok());
          REQUIRE(done[i].tag < posts);
          ++completed[done[i].tag];
          REQUIRE(done[i].value < posts);
          ++fetched[done[i].value];
          CHECK(done[i].attempts >= 1);
        }
        held -= n;
        CHECK(balanced(q).in_flight <= held);
      };
      for (std::uint64_t i = 0; i < posts;) {
        const Status s = q.atomic<std::uint64_t>(Op::fetch_add, b.remote, 0, 1, {.tag = i});
        if (s.ok()) {
          ++i;
          CHECK(++held <= depth);
          if (i % 40 != 0) continue;  // posts until the queue is full
        } else {
          REQUIRE(w.ran(Op::fetch_add, s).code() == Code::busy);
          CHECK(held > 0);  // otherwise there would be room
          (void)q.flush(Deadline::in(std::chrono::microseconds(200)));
        }
        poll();
      }
      REQUIRE(q.flush().ok());
      CHECK(balanced(q).in_flight == 0);
      while (held != 0) poll();
      CHECK(q.poll(done) == 0);
      for (std::uint64_t i = 0; i < posts; ++i) {
        CHECK(completed[i] == 1);
        CHECK(fetched[i] == 1);
      }
      CHECK(b.word(0) == posts);
      const Accounting a = balanced(q);
      CHECK(a.posted == posts);
      CHECK(a.ok == posts);
      if (!w.lossy()) CHECK(a.repeated + a.late == 0);
    }
  });
}

TEST_CASE("queues: what is taken back completes as cancelled and is never executed; the rest is") {
  on_every_transport("cancel", [](const World& w) {
    for (int round = 0; round < 10; ++round) {
      Bench b(w);
      constexpr std::uint64_t kWords = 8;
      Queue q = test::must(Queue::create(b.peer, 16));
      REQUIRE(q.store<std::uint64_t>(b.remote, 0, 100, {.tag = 1, .order = Order::relaxed}).ok());
      for (std::uint64_t i = 1; i <= kWords; ++i)
        REQUIRE(
            q.store<std::uint64_t>(b.remote, 8 * i, i, {.tag = i % 2 == 0 ? 2u : 3u, .order = Order::strong})
                .ok());
      const std::size_t taken = q.cancel(2);
      CHECK(q.cancel(2) == 0);
      REQUIRE(q.flush().ok());
      std::array<Completion, 16> done;
      CHECK(q.poll(done) == kWords + 1);
      std::uint64_t cancelled = 0;
      for (std::size_t i = 0; i <= kWords; ++i) {
        w.ran(Op::store, done[i].status.code());
        cancelled += done[i].status.code() == Code::cancelled;
        CHECK((done[i].status.ok() || (done[i].status.code() == Code::cancelled && done[i].tag == 2)));
      }
      CHECK(cancelled == taken);
      CHECK(balanced(q).cancelled == taken);
      std::uint64_t missing = 0;
      for (std::uint64_t i = 1; i <= kWords; ++i) {
        missing += b.word(8 * i) == 0;
        CHECK((b.word(8 * i) == i || (i % 2 == 0 && b.word(8 * i) == 0)));
      }
      CHECK(missing == taken);
    }
  });
}

TEST_CASE("queues: the end of a queue makes the buffers safe, whatever was in flight") {
  on_every_transport("the end of a queue", [](const World& w) {
    Bench b(w, {.size = 1 << 16});
    for (int round = 0; round < w.times(100); ++round) {
      auto q = std::make_unique<Queue>(test::must(Queue::create(b.peer, 8)));
      auto buffer = std::make_unique<std::vector<std::byte>>(pattern(8000, 7));
      for (std::uint64_t i = 0; i < 4; ++i) {
        REQUIRE(w.ran(Op::read, q->read(b.remote, 8192 * i, buffer->data() + 1000 * i, 1000)).ok());
        REQUIRE(w.ran(Op::write, q->write(b.remote, 8192 * i, buffer->data() + 4000 + 1000 * i, 1000)).ok());
      }
      q.reset();
      buffer->assign(buffer->size(), std::byte(round));  // AddressSanitizer detects later accesses
      buffer.reset();
      // Reads change nothing. At this size, a write is done as a whole or not at all once it has ended.
      CHECK(w.ran(Op::load, b.remote.load<std::uint64_t>(1 << 15)).ok());
    }
  });
}

TEST_CASE("queues: flush joins a queue and the blocking ops that follow") {
  on_every_transport("flush", [](const World& w) {
    Bench b(w);
    for (std::uint64_t i = 1; i <= std::uint64_t(w.times(200)); ++i) {
      for (std::uint64_t k = 0; k < 4; ++k)
        REQUIRE(w.ran(Op::store, b.queue.store<std::uint64_t>(b.remote, 8 * k, i)).ok());
      REQUIRE(b.queue.flush().ok());
      for (std::uint64_t k = 0; k < 4; ++k)
        CHECK(w.ran(Op::load, b.remote.load<std::uint64_t>(8 * k)).value() == i);
      std::array<Completion, 4> done;
      CHECK(b.queue.poll(done) == 4);
    }
  });
}

}  // namespace ub::conformance
