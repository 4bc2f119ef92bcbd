// Rights while peers are attached: revoke, grant, rotate; no op continues under a revoked right.
#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/pair.h"
#include "tests/plugins.h"

namespace ub {
namespace {

using test::code;
using test::must;
using test::now;
using test::Pair;

TEST_CASE("revoke: each right is revoked and granted separately; the other rights still work") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    const RemoteSegment& s = p.remote;
    REQUIRE(s.store<int>(0, 7).ok());

    REQUIRE(p.segment.revoke(Access::write).ok());
    CHECK(p.segment.access() == (Access::read | Access::atomic));
    CHECK(code(s.store<int>(0, 8)) == Code::access_denied);
    CHECK(code(s.write(0, "x", 1)) == Code::access_denied);
    CHECK(code(s.write_signal(0, "x", 1, 8, 1)) == Code::access_denied);
    CHECK(s.load<int>(0).value() == 7);
    CHECK(s.fetch_add<int>(0, 1).value() == 7);

    REQUIRE(p.segment.revoke(Access::atomic).ok());
    CHECK(code(s.fetch_add<int>(0, 1)) == Code::access_denied);
    CHECK(code(s.masked_swap<int>(0, 0, 1)) == Code::access_denied);
    CHECK(s.load<int>(0).value() == 8);

    REQUIRE(p.segment.revoke(Access::all).ok());
    CHECK(code(s.load<int>(0)) == Code::access_denied);
    CHECK(code(s.read(0, nullptr, 0)) == Code::access_denied);
    CHECK(p.segment.access() == Access::none);
    CHECK(code(p.peer.attach(0, "segment", now(Access::read))) == Code::access_denied);

    // With the right, misaligned and out_of_range are still reported as such.
    REQUIRE(p.segment.grant(Access::all).ok());
    CHECK(code(s.load<int>(2)) == Code::misaligned);
    CHECK(s.store<int>(0, 9).ok());
    CHECK(s.fetch_add<int>(0, 1).value() == 9);
    CHECK(s.load<int>(0).value() == 10);
    CHECK(code(p.segment.grant(Access(8))) == Code::invalid_argument);
    CHECK(code(p.segment.revoke(Access(8))) == Code::invalid_argument);
  }
}

TEST_CASE("revoke: a queued op that has not started is denied, and its completion says so") {
  for (const std::string& url : test::kUrls) {
    Pair p("fault+" + url + (url.find('?') == std::string::npos ? "?" : "&") + "delay=0.9&seed=3", 4096,
           {.exactly_once = true});
    Queue q = must(Queue::create(p.peer, 64));
    for (std::uint64_t i = 0; i < 32; ++i)
      REQUIRE(q.store<std::uint64_t>(p.remote, 8 * i, 1, {.tag = i}).ok());
    REQUIRE(p.segment.revoke(Access::write).ok());
    std::vector<std::byte> before(p.segment.local_view().begin(), p.segment.local_view().end());
    REQUIRE(q.flush().ok());
    std::vector<std::byte> after(p.segment.local_view().begin(), p.segment.local_view().end());
    CHECK(before == after);
    Completion c;
    std::uint64_t done = 0, denied = 0;
    while (q.poll({&c, 1}) == 1) {
      const bool stored = after[8 * c.tag] == std::byte(1);
      CHECK(stored == c.status.ok());
      ++(c.status.ok() ? done : denied);
      if (!c.status.ok()) CHECK(c.status.code() == Code::access_denied);
    }
    CHECK(done + denied == 32);
    CHECK(denied > 0);
  }
}

TEST_CASE("revoke: a store that was executed but whose response was lost does not end with access_denied") {
  const test::PluginPath path(test::plugin_folder());
  for (const char* base :
       {"fault+loopback://pair?", "fault+emu://pair?machine=mesh:2x2&", "fault+shm://pair?"})
    for (const char* seed : {"1", "2", "3"}) {
      CAPTURE(base);
      CAPTURE(seed);
      Pair p(std::string(base) + "drop=0.4&seed=" + seed, 4096, {.single_writer = true});
      Queue q = must(Queue::create(p.peer, 64));
      for (std::uint64_t i = 0; i < 64; ++i)
        REQUIRE(q.store<std::uint64_t>(p.remote, 8 * i, 1, {.tag = i}).ok());
      REQUIRE(p.segment.revoke(Access::write).ok());
      REQUIRE(q.flush().ok());
      for (Completion c; q.poll({&c, 1}) == 1;)
        if (c.status.fate() == Fate::not_done) CHECK(p.segment.local_view()[8 * c.tag] == std::byte(0));
    }
}

TEST_CASE("revoke: threads that write all the time change nothing once it has returned") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url, 1 << 16);
    std::vector<std::jthread> writers;
    for (unsigned t = 0; t < 3; ++t)
      writers.emplace_back([&p, t](std::stop_token stop) {
        std::vector<std::uint64_t> data(t == 2 ? 4096 : 8);
        for (std::uint64_t i = 1; !stop.stop_requested(); ++i) {
          data.assign(data.size(), i);
          if (t == 0)
            (void)p.remote.store<std::uint64_t>(0, i);
          else
            (void)p.remote.write(4096 * t, data.data(), data.size() * 8);
        }
      });
    const auto word = [&](std::uint64_t offset) {
      return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(p.segment.local_view().data() + offset))
          .load();
    };
    for (int round = 0; round < 8; ++round) {
      const std::uint64_t seen = word(0);
      while (word(0) == seen) std::this_thread::yield();  // they are at it
      REQUIRE(p.segment.revoke(Access::write).ok());
      const std::vector<std::byte> before(p.segment.local_view().begin(), p.segment.local_view().end());
      for (int i = 0; i < 3; ++i) std::this_thread::yield();
      const std::vector<std::byte> after(p.segment.local_view().begin(), p.segment.local_view().end());
      REQUIRE(before == after);
      REQUIRE(p.segment.grant(Access::write).ok());
    }
  }
}

TEST_CASE("revoke: several threads revoke concurrently; the other rights still work") {
  const test::PluginPath path(test::plugin_folder());
  Pair p(
      "loopback://several?sleeps=1&ranks=4");  // every other change of the grant takes longer than the next
  const OpOptions soon{.deadline = Deadline::in(std::chrono::seconds(2))};
  for (int round = 0; round < 20; ++round) {
    std::vector<std::jthread> revokers;
    for (int t = 0; t < 2; ++t) revokers.emplace_back([&] { CHECK(p.segment.revoke(Access::write).ok()); });
    revokers.clear();
    CHECK(code(p.remote.store<int>(0, 1)) == Code::access_denied);
    REQUIRE(p.remote.load<int>(0, soon).ok());
  }
  REQUIRE(p.segment.grant(Access::write).ok());
  CHECK(p.remote.store<int>(0, 1, soon).ok());
}

TEST_CASE("revoke: a repeated transfer ends with access_denied only if none of its pieces has arrived") {
  constexpr std::size_t kPieces = 8 << 20;
  Pair p("fault+shm://pair?drop=0.5&seed=5", kPieces, {.exactly_once = true});
  const std::vector<std::byte> ones(kPieces, std::byte(1));
  const auto memory = p.segment.local_view();
  for (int round = 0; round < 40; ++round) {
    REQUIRE(p.segment.grant(Access::write).ok());
    std::fill(memory.begin(), memory.end(), std::byte(0));
    std::atomic<bool> begun{false};
    Status written;
    std::jthread writer([&] {
      begun = true;
      written = p.remote.write(0, ones.data(), kPieces);
    });
    while (!begun) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(200 * (round % 8)));
    REQUIRE(p.segment.revoke(Access::write).ok());
    writer.join();
    if (written.fate() != Fate::not_done) continue;
    CHECK(std::all_of(memory.begin(), memory.end(), [](std::byte b) { return b == std::byte(0); }));
  }
}

TEST_CASE("leave: a transfer in pieces does not continue after it") {
  constexpr std::size_t kPieces = 256 << 20;
  bool stopped = false;
  for (int round = 0; round < 5 && !stopped; ++round) {
    Pair p("emu://pair?machine=mesh:2x2", kPieces);
    const std::vector<std::byte> ones(kPieces, std::byte(1));
    auto* const first = reinterpret_cast<std::uint8_t*>(p.segment.local_view().data());
    Status written;
    std::jthread writer([&] { written = p.remote.write(0, ones.data(), kPieces); });
    while (std::atomic_ref(*first).load() == 0) std::this_thread::yield();
    p.peer.leave();
    writer.join();
    stopped = !written.ok();
    if (stopped) CHECK(written.code() == Code::outcome_unknown);
  }
  CHECK(stopped);
}

TEST_CASE("rotate: both tokens are valid until the old one is revoked") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url, 64, {.token = Token(1)}, {.token = Token(1)});
    REQUIRE(p.segment.rotate(Token(2)).ok());
    CHECK(p.remote.store<int>(0, 1).ok());
    const RemoteSegment moved = must(p.peer.attach(0, "segment", now(Access::none, Token(2))));
    CHECK(must(p.peer.attach(0, "segment", now(Access::none, Token(1)))).load<int>(0).value() == 1);
    CHECK(code(p.peer.attach(0, "segment", now(Access::none, Token(3)))) == Code::access_denied);
    CHECK(code(p.segment.rotate(Token(3))) == Code::busy);
    CHECK(p.segment.rotate(Token(2)).ok());  // it is there

    CHECK(code(p.segment.revoke(Token(9))) == Code::invalid_argument);
    REQUIRE(p.segment.revoke(Token(1)).ok());
    CHECK(code(p.remote.store<int>(0, 2)) == Code::access_denied);
    CHECK(code(p.remote.load<int>(0)) == Code::access_denied);
    CHECK(moved.load<int>(0).value() == 1);
    CHECK(moved.store<int>(0, 3).ok());
    CHECK(code(p.peer.attach(0, "segment", now(Access::none, Token(1)))) == Code::access_denied);
    CHECK(code(p.segment.revoke(Token(2))) == Code::invalid_argument);  // the only one
    CHECK(p.segment.revoke(Token(1)).ok());                             // gone already

    // Granted again: what was denied works.
    REQUIRE(p.segment.rotate(Token(1)).ok());
    CHECK(p.remote.load<int>(0).value() == 3);
  }
}

TEST_CASE("rotate: from no token to a token") {
  Pair p("shm://pair", 64);
  REQUIRE(p.segment.rotate(Token(5)).ok());
  CHECK(p.peer.attach(0, "segment", now()).ok());
  REQUIRE(p.segment.revoke(Token()).ok());
  CHECK(code(p.peer.attach(0, "segment", now())) == Code::access_denied);
  CHECK(code(p.remote.load<int>(0)) == Code::access_denied);
  CHECK(p.peer.attach(0, "segment", now(Access::none, Token(5))).ok());
}

TEST_CASE("revoke: other segments of the home, and other homes, are not affected") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    const Segment other = must(p.home.expose("other", 64));
    const RemoteSegment far = must(p.peer.attach(0, "other", now()));
    REQUIRE(p.segment.revoke(Access::all).ok());
    CHECK(far.store<int>(0, 1).ok());
    CHECK(far.load<int>(0).value() == 1);
  }
}

TEST_CASE("revoke: of no rights, of a closed segment, and after leaving") {
  CHECK(code(Segment().revoke(Access::all)) == Code::not_joined);
  CHECK(code(Segment().rotate(Token(1))) == Code::not_joined);
  Pair p("shm://pair", 64);
  p.home.leave();
  CHECK(code(p.segment.revoke(Access::all)) == Code::not_joined);
  CHECK(p.segment.access() == Access::none);
}

}  // namespace
}  // namespace ub
