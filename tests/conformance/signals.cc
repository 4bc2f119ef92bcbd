// Signals and waiting: the data arrive before the signal; a signal and a notifying op wake a sleeper.
#include <thread>

#include "world.h"

namespace ub::conformance {
namespace {

// A home that awaits `rounds` signals, and checks the data as soon as it has seen each: asleep, so that only the doorbell
// wakes it, or polling.
enum class How { asleep, awake };

class Listener {
 public:
  Listener(const Bench& b, How how, std::size_t size, std::uint64_t rounds)
      : thread_([&b, how, size, rounds, this] {
          for (std::uint64_t i = 1; i <= rounds; ++i) {
            const auto expected = pattern(size, i);
            if (!signalled(b, how, i)) return stop();
            const auto data = b.memory().subspan(64, size);
            const bool last = data.back() == expected.back();  // the last byte would arrive last
            good_ += last && same(data, expected);
            seen_.store(i);
            seen_.notify_one();
          }
        }) {}
  ~Listener() {
    given_up_ = true;
    join();
  }
  /// Waits until the round's data have been checked and may be overwritten.
  void await(std::uint64_t round) {
    for (std::uint64_t s = seen_.load(); s < round; s = seen_.load()) seen_.wait(s);
  }
  std::uint64_t join() {
    if (thread_.joinable()) thread_.join();
    return good_;
  }

 private:
  bool signalled(const Bench& b, How how, std::uint64_t i) {
    if (how == How::asleep) return b.world.ran(Op::wait, b.await(0, i)).ok();
    while (b.word(0) < i && !given_up_) std::this_thread::yield();
    return !given_up_;
  }
  void stop() {  // no further round can succeed
    seen_.store(~0ull);
    seen_.notify_one();
  }
  std::uint64_t good_ = 0;
  std::atomic<bool> given_up_{false};
  std::atomic<std::uint64_t> seen_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("signals: who sees the signal sees the data, blocking and queued; a sleeper wakes") {
  on_every_transport("signals", [](const World& w) {
    for (const How how : {How::asleep, How::awake}) {
      Bench b(w, {.size = 1 << 17});
      const std::uint64_t rounds = std::uint64_t(w.times(200));
      const std::size_t size = how == How::asleep ? 3001 : 100000;
      Listener home(b, how, size, rounds);
      for (std::uint64_t i = 1; i <= rounds; ++i) {
        Step s;
        s.op = Op::write_signal;
        s.offset = 64;
        s.data = pattern(size, i);
        s.value = i;
        const Outcome sent = perform(i % 2 == 0 ? Form::queued : Form::plain, b.remote, b.queue, s);
        REQUIRE(w.ran(s.op, sent.status).ok());
        home.await(i);
      }
      CHECK(home.join() == rounds);
    }
  });
}

TEST_CASE("signals: a strong store with notify after relaxed writes publishes them all") {
  on_every_transport("signals", [](const World& w) {
    Bench b(w, {.size = 1 << 16});
    const std::uint64_t rounds = std::uint64_t(w.times(100));
    constexpr std::size_t kSize = 500;
    Listener home(b, How::asleep, kSize, rounds);
    for (std::uint64_t i = 1; i <= rounds; ++i) {
      const auto data = pattern(kSize, i);
      for (std::size_t at = 0; at < kSize; at += 100)
        REQUIRE(b.queue.write(b.remote, 64 + at, data.data() + at, 100, {.order = Order::relaxed}).ok());
      REQUIRE(b.queue.store<std::uint64_t>(b.remote, 0, i, {.order = Order::strong, .notify = true}).ok());
      REQUIRE(b.queue.flush().ok());
      Completion done;
      while (b.queue.poll({&done, 1}) == 1) REQUIRE(w.ran(Op::store, done.status).ok());
      home.await(i);
    }
    CHECK(home.join() == rounds);
  });
}

TEST_CASE("signals: every comparison, size and sign of wait_until") {
  with_homes_here("waits", [](const World& w) {
    Bench b(w);
    REQUIRE(w.ran(Op::store, b.remote.store<std::int8_t>(8, -2)).ok());
    const auto holds = [&](Compare how, auto value) {
      return w
          .ran(Op::wait, b.segment.wait_until<decltype(value)>(8, how, value,
                                                               {.deadline = Deadline::in(Duration::zero())}))
          .ok();
    };
    const auto each = [&](auto minus_two, auto below, auto above) {
      CHECK(holds(Compare::equal, minus_two));
      CHECK(holds(Compare::not_equal, above));
      CHECK(holds(Compare::less, above));
      CHECK(holds(Compare::less_equal, minus_two));
      CHECK(holds(Compare::greater, below));
      CHECK(holds(Compare::greater_equal, minus_two));
      CHECK_FALSE(holds(Compare::equal, above));
      CHECK_FALSE(holds(Compare::not_equal, minus_two));
      CHECK_FALSE(holds(Compare::less, minus_two));
      CHECK_FALSE(holds(Compare::less_equal, below));
      CHECK_FALSE(holds(Compare::greater, minus_two));
      CHECK_FALSE(holds(Compare::greater_equal, above));
    };
    each(std::int8_t(-2), std::int8_t(-3), std::int8_t(1));
    each(std::uint8_t(0xfe), std::uint8_t(1), std::uint8_t(0xff));
    REQUIRE(w.ran(Op::store, b.remote.store<std::int16_t>(8, -2)).ok());
    each(std::int16_t(-2), std::int16_t(-300), std::int16_t(1));
    each(std::uint16_t(0xfffe), std::uint16_t(1), std::uint16_t(0xffff));
    REQUIRE(w.ran(Op::store, b.remote.store<std::int32_t>(8, -2)).ok());
    each(std::int32_t(-2), std::int32_t(-70000), std::int32_t(1));
    each(~1u, 1u, ~0u);
    REQUIRE(w.ran(Op::store, b.remote.store<std::int64_t>(8, -2)).ok());
    each(std::int64_t(-2), std::int64_t(-1) << 40, std::int64_t(1));
    each(~std::uint64_t(1), std::uint64_t(1), ~std::uint64_t(0));
    CHECK(w.ran(Op::wait, b.segment.wait_until<unsigned>(9, Compare::equal, 0)).status.code() ==
          Code::misaligned);
    CHECK(w.ran(Op::wait, b.segment.wait_until<unsigned>(4096, Compare::equal, 0)).status.code() ==
          Code::out_of_range);
  });
}

}  // namespace ub::conformance
