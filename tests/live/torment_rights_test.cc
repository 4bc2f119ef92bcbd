// Rights that are revoked while the processes that use them are stopped or killed inside an op: revoke() returns, and after it
// returned ok no op under the old right changes the memory, not even when such a process continues.
#include "tests/live/child.h"
#include "tests/live/publish.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::eventually;
using test::must;
using test::Random;

constexpr std::uint64_t kBulk = 256 << 10, kRoom = kBulk + 4096;

// Changes its part of rank 0's "mine" by every op without end, with or without the right. Ends only on an unexpected code.
int hammer(const std::string& url, std::uint64_t at) {
  Fabric f = must(Fabric::open(url));
  const RemoteSegment s = must(f.attach(0, "mine"));
  Queue q = must(Queue::create(f, 8));
  std::vector<std::uint64_t> data(kBulk / 8), posted(kBulk / 8);
  const auto usual = [](Status x) { return x.ok() || x.code() == Code::access_denied; };
  const auto taken = [&](Status x) { return usual(x) || x.code() == Code::busy; };
  test::say("in");
  for (std::uint64_t k = 1;; ++k) {
    std::fill(data.begin(), data.end(), k);
    if (!usual(s.store<std::uint64_t>(at, k)) || !usual(s.fetch_add<std::uint64_t>(at + 8, k).status) ||
        !usual(s.write(at + 4096, data.data(), kBulk)) ||
        !usual(s.store<std::uint64_t>(at + 16, k, {.notify = true})))
      return 1;
    if (!taken(q.atomic<std::uint64_t>(Op::swap, s, at + 24, k, {.order = Order::strong})) ||
        !taken(q.write(s, at + 4096, posted.data(), kBulk)) ||
        !taken(q.write_signal(s, at + 64, posted.data(), 64, at + 32, k)))
      return 2;
    Completion done[8];
    for (std::size_t n = q.poll(done); n-- > 0;)
      if (!usual(done[n].status)) return 3;
  }
}

TEST_CASE("torment: rights are revoked while their users are stopped and killed inside their ops") {
  Random random("torment rights");
  std::uint64_t busy = 0;
  for (const std::string& url : test::kill_urls("rights", random)) {
    CAPTURE(url);
    Fabric home = must(Fabric::open(url, {.rank = Rank(0)}));
    const Segment mine = must(home.expose("mine", 3 * kRoom));
    const auto bytes = [&] { return mine.local_view(); };
    const auto start = [&](std::uint64_t at) {
      Child c([&url, at] { return hammer(url, at); });
      REQUIRE(c.line() == "in");
      return c;
    };
    const auto at_work = [&](std::uint64_t i) {
      const auto word = detail::word_at(bytes().data() + i * kRoom);
      return eventually([&, seen = word.load()] { return word.load() != seen; });
    };
    const auto frozen = [&](auto meanwhile) {
      const std::vector<std::byte> before(bytes().begin(), bytes().end());
      meanwhile();
      std::this_thread::sleep_for(
          std::chrono::milliseconds(1));  // time for a forbidden write to show; no other can happen
      return std::equal(before.begin(), before.end(), bytes().begin());
    };
    std::vector<Child> all;
    for (std::uint64_t i = 0; i < 3; ++i) all.push_back(start(i * kRoom));
    // Continues until at least one was stopped inside an op.
    for (int turn = 0; turn < 15 || (busy == 0 && turn < 1000); ++turn) {
      for (std::uint64_t i = 0; i < 3; ++i) REQUIRE(at_work(i));
      const std::uint64_t which = random.below(3);
      Child& victim = all[which];
      const Access gone = random.below(2) ? Access::write | Access::atomic : Access::all;
      const std::uint64_t what = random.below(3);
      switch (what) {
        case 0: {  // stopped: revoke() waits for its op, but not without limit
          victim.stop();
          const Status revoked = mine.revoke(gone, Deadline::in(std::chrono::milliseconds(30)));
          CHECK((revoked.ok() || revoked.code() == Code::busy));
          if (revoked.ok()) {
            CHECK(frozen([&] { victim.signal(SIGCONT); }));
          } else {
            ++busy;
            victim.signal(SIGCONT);
            REQUIRE(mine.revoke(gone).ok());
            CHECK(frozen([] {}));
          }
          break;
        }
        case 1: {  // stopped, and killed while revoke() waits for it
          victim.stop();
          std::thread killer([&, us = random.below(3000)] {
            std::this_thread::sleep_for(std::chrono::microseconds(us));
            victim.signal(SIGKILL);
          });
          const Status revoked = mine.revoke(gone);
          killer.join();
          REQUIRE(revoked.ok());
          CHECK(frozen([] {}));
          break;
        }
        default:  // killed at about the same moment
          victim.signal(SIGKILL);
          REQUIRE(mine.revoke(gone).ok());
          CHECK(frozen([] {}));
      }
      if (what != 0) CHECK(victim.end() == -SIGKILL);
      REQUIRE(mine.grant(Access::all).ok());
      if (what != 0) victim = start(which * kRoom);
    }
  }
  CHECK(busy > 0);
}

}  // namespace
}  // namespace ub
