// Segment::wait_until: every comparison on every size, deadlines, and who wakes a sleeper. No thread here sleeps to be
// right: a wait that nobody wakes ends by the watchdog of the suite.
#include <limits>
#include <thread>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::Pair;

constexpr Compare kComparisons[] = {Compare::equal,      Compare::not_equal, Compare::less,
                                    Compare::less_equal, Compare::greater,   Compare::greater_equal};

template <class T> bool reference(T word, Compare how, T value) {
  switch (how) {
    case Compare::equal:
      return word == value;
    case Compare::not_equal:
      return word != value;
    case Compare::less:
      return word < value;
    case Compare::less_equal:
      return word <= value;
    case Compare::greater:
      return word > value;
    case Compare::greater_equal:
      return word >= value;
  }
  return false;
}

const WaitOptions kAtOnce{.deadline = Deadline::in(Duration::zero())};

template <class T> void compares(const Pair& p) {
  constexpr std::uint64_t kAt = 64 + sizeof(T);
  std::memset(p.segment.local_view().data() + 56, 0x81, 64);  // neighbours that must not count
  const T some[] = {
      std::numeric_limits<T>::min(), T(std::numeric_limits<T>::max() / 2), T(-1), T(0), T(1), T(100),
      std::numeric_limits<T>::max()};
  for (const T word : some) {
    std::memcpy(p.segment.local_view().data() + kAt, &word, sizeof word);
    for (const T value : some)
      for (const Compare how : kComparisons) {
        const Result<T> r = p.segment.wait_until<T>(kAt, how, value, kAtOnce);
        const bool expected = reference(word, how, value);
        if (r.ok() != expected || (r.ok() && r.result != word) || (!r.ok() && code(r) != Code::timed_out))
          FAIL_CHECK("size " << sizeof(T) << " signed " << std::is_signed_v<T> << " word " << +word << " how "
                             << int(how) << " value " << +value << " answers " << name(code(r)));
      }
  }
}

TEST_CASE("wait: every comparison on every integer, at its extremes, is that of C++") {
  const Pair p("shm://pair");
  compares<std::uint8_t>(p);
  compares<std::int8_t>(p);
  compares<std::uint16_t>(p);
  compares<std::int16_t>(p);
  compares<std::uint32_t>(p);
  compares<std::int32_t>(p);
  compares<std::uint64_t>(p);
  compares<std::int64_t>(p);
}

TEST_CASE("wait: what cannot be waited for is said at once, deadline or not") {
  for (const std::string& url : test::kUrls) {
    Pair p(url);
    const WaitOptions for_ever{.deadline = Deadline::never()};
    CHECK(code(p.segment.wait_until<int>(1, Compare::equal, 1, for_ever)) == Code::misaligned);
    CHECK(code(p.segment.wait_until<int>(4096, Compare::equal, 1, for_ever)) == Code::out_of_range);
    CHECK(code(p.segment.wait_until<std::uint64_t>(-std::uint64_t(8), Compare::equal, 1, for_ever)) ==
          Code::out_of_range);
    CHECK(code(Segment().wait_until<int>(0, Compare::equal, 1, for_ever)) == Code::not_joined);
    p.home.leave();
    CHECK(code(p.segment.wait_until<int>(0, Compare::equal, 0, for_ever)) == Code::not_joined);
  }
}

TEST_CASE("wait: a deadline ends it, with a poll and without, and past ones too") {
  const Pair p("shm://pair");
  for (const Duration poll : {Duration::zero(), Duration(std::chrono::microseconds(50)),
                              Duration(std::chrono::hours(1)), Duration::max()})
    for (const Deadline d : {Deadline::in(std::chrono::milliseconds(2)), Deadline::in(-std::chrono::hours(1)),
                             Deadline::at(Instant{}), Deadline::at(Instant(Duration(-5)))}) {
      const Instant begun = std::chrono::steady_clock::now();
      CHECK(code(p.segment.wait_until<int>(0, Compare::equal, 1, {.deadline = d, .poll = poll})) ==
            Code::timed_out);
      CHECK(std::chrono::steady_clock::now() >= std::max(begun, d.from(begun, {})));
    }
}

// A turn of a thread that asks and one that answers: each sleeps until the other has rung.
template <class Ring> void ping_pong(const Pair& p, Duration poll, std::uint64_t turns, Ring ring) {
  const RemoteSegment there = p.remote;
  Fabric& home = const_cast<Fabric&>(p.home);
  Fabric& peer = const_cast<Fabric&>(p.peer);
  const Segment mine = test::must(peer.expose("mine", 64));
  const RemoteSegment back = test::must(home.attach(1, "mine"));
  const WaitOptions for_ever{.deadline = Deadline::never(), .poll = poll};
  std::thread answering([&] {
    for (std::uint64_t turn = 1; turn <= turns; ++turn) {
      if (p.segment.wait_until<std::uint64_t>(0, Compare::equal, turn, for_ever).value() != turn) return;
      ring(back, turn);
    }
  });
  for (std::uint64_t turn = 1; turn <= turns; ++turn) {
    ring(there, turn);
    CHECK(mine.wait_until<std::uint64_t>(0, Compare::greater_equal, turn, for_ever).value() == turn);
  }
  answering.join();
}

TEST_CASE(
    "wait: a thread that sleeps without a poll is woken by signals, and by ops that notify; no wake-up is "
    "lost") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    ping_pong(Pair(url), Duration::zero(), 3000, [](const RemoteSegment& to, std::uint64_t turn) {
      CHECK(to.write_signal(8, &turn, 8, 0, turn).ok());
    });
    ping_pong(Pair(url), Duration::zero(), 3000, [](const RemoteSegment& to, std::uint64_t turn) {
      CHECK(to.store<std::uint64_t>(0, turn, {.notify = true}).ok());
    });
    ping_pong(Pair(url), Duration::zero(), 300, [](const RemoteSegment& to, std::uint64_t turn) {
      switch (turn % 5) {
        case 0:
          CHECK(to.write(0, &turn, 8, {.notify = true}).ok());
          break;
        case 1:
          CHECK(to.atomic<std::uint64_t>(Op::fetch_add, 0, 1, {.notify = true}).ok());
          break;
        case 2:
          CHECK(to.compare_swap<std::uint64_t>(0, turn - 1, turn, {.notify = true}).ok());
          break;
        case 3:
          CHECK(to.write(std::vector{GatherPiece{&turn, 8, 0}}, {.notify = true}).ok());
          break;
        default:
          CHECK(to.write(Strided{.stride = 8, .local_stride = 8, .block = 8, .count = 1}, &turn,
                         {.notify = true})
                    .ok());
      }
    });
  }
}

TEST_CASE("wait: a thread that polls sees plain stores, which ring nothing") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    ping_pong(
        Pair(url), std::chrono::microseconds(100), 100,
        [](const RemoteSegment& to, std::uint64_t turn) { CHECK(to.store<std::uint64_t>(0, turn).ok()); });
  }
}

TEST_CASE("wait: threads that wait for different words of a segment each get their own") {
  const Pair p("shm://pair");
  std::vector<std::thread> waiting;
  std::atomic<int> right{0};
  for (std::uint64_t i = 0; i < 8; ++i)
    waiting.emplace_back([&, i] {
      const auto r = p.segment.wait_until<std::uint64_t>(8 * i, Compare::not_equal, 0,
                                                         {.deadline = Deadline::never(), .poll = {}});
      if (r.value_or(0) == i + 1) ++right;
    });
  for (std::uint64_t i = 8; i-- > 0;)
    CHECK(p.remote.store<std::uint64_t>(8 * i, i + 1, {.notify = true}).ok());
  for (auto& t : waiting) t.join();
  CHECK(right == 8);
}

TEST_CASE("wait: leaving the fabric wakes a thread that would sleep for ever") {
  for (const std::string& url : test::kUrls) {
    Pair p(url);
    Code ended = Code::ok;
    std::thread waiting([&] {
      ended = code(p.segment.wait_until<int>(0, Compare::equal, 1,
                                             {.deadline = Deadline::never(), .poll = Duration::zero()}));
    });
    p.home.leave();
    waiting.join();
    CHECK(ended == Code::not_joined);
  }
}

}  // namespace
}  // namespace ub
