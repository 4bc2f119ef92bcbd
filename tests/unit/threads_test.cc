// More threads than there are slots for marks, and slots that become free when threads end.
#include "base/thread_slot.h"
#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::Pair;

TEST_CASE("threads: more than 63 concurrently, on both paths, lose no count") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    constexpr int kThreads = 80, kRounds = 200;
    std::atomic<int> ready{0}, without_slot{0};
    std::vector<std::thread> all;
    for (int t = 0; t < kThreads; ++t)
      all.emplace_back([&] {
        (void)p.remote.load<int>(0, OpOptions{});  // the slow path claims a slot if there is one
        if (!base::claim_thread_slot()) ++without_slot;
        ++ready;
        while (ready < kThreads) std::this_thread::yield();
        for (int i = 0; i < kRounds; ++i) {
          const std::uint64_t n = 1;
          if (!p.remote.fetch_add<std::uint64_t>(64, n).ok() ||
              !p.remote.atomic<std::uint64_t>(Op::fetch_add, 64, n, {}).ok())
            return;
        }
      });
    for (auto& t : all) t.join();
    CHECK(p.remote.load<std::uint64_t>(64).value() == std::uint64_t(2 * kThreads * kRounds));
    CHECK(without_slot >= kThreads - 63);
  }
}

TEST_CASE("threads: slots become free when threads end, also after ops in their last destructors") {
  const Pair p("shm://pair");
  struct LastWords {
    const RemoteSegment* remote = nullptr;
    ~LastWords() {
      if (remote) (void)remote->fetch_add<int>(0, 1);
    }
  };
  for (int i = 0; i < 200; ++i)
    std::thread([&] {
      thread_local LastWords last;  // made before the slot, so ended after it went back
      last.remote = &p.remote;
      (void)p.remote.fetch_add<int>(0, 1);
    }).join();
  CHECK(p.remote.load<int>(0).value() == 400);
  bool got = false;
  std::thread([&] { got = base::claim_thread_slot(); }).join();
  CHECK(got);
}

TEST_CASE("threads: ops while segments are closed and exposed again end with ok or the reason") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0}, gone{0};
    std::vector<std::thread> busy;
    for (int t = 0; t < 3; ++t)
      busy.emplace_back([&, t] {
        RemoteSegment comes_and_goes;
        std::uint64_t mine = 0;
        while (!done) {
          if (!p.remote.fetch_add<std::uint64_t>(std::uint64_t(64 * t), 1).ok()) ++wrong;
          ++mine;
          const Code c = code(comes_and_goes.store<int>(0, t));
          if (c == Code::ok) continue;
          if (c == Code::segment_gone)
            ++gone;
          else if (c != Code::not_joined)
            ++wrong;
          if (auto a = p.peer.attach(0, "coming", test::now()); a.ok()) comes_and_goes = *a;
        }
        if (p.remote.load<std::uint64_t>(std::uint64_t(64 * t)).value_or(0) != mine) ++wrong;
      });
    for (int i = 0; i < 100 || (gone == 0 && i < 100'000); ++i) {
      const Segment s = test::must(p.home.expose("coming", 64));
      std::this_thread::yield();
    }
    done = true;
    for (auto& t : busy) t.join();
    CHECK(wrong == 0);
    CHECK(gone > 0);
  }
}

}  // namespace
}  // namespace ub
