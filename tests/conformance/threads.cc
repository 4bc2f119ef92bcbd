// Atomics of several threads and queues on the same words: none is lost, and none is applied twice.
#include <thread>

#include "world.h"

namespace ub::conformance {
namespace {

constexpr unsigned kThreads = 3;

// Runs `body(i)` in each of several threads, and waits for them.
void together(const std::function<void(unsigned)>& body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (std::thread& t : threads) t.join();
}

}  // namespace

TEST_CASE("threads: sums by every form of add, and by compare-swap loops, are exact") {
  on_every_transport("threads", [](const World& w) {
    Bench b(w);
    const std::uint64_t each = std::uint64_t(w.times(400));
    std::atomic<unsigned> failed{0};
    together([&](unsigned) {
      Queue mine = test::must(Queue::create(b.peer, 8));
      Step add;
      add.op = Op::fetch_add;
      add.size = 8;
      add.value = 1;
      for (std::uint64_t i = 0; i < each; ++i) {
        for (const Form f : kForms) failed += !w.ran(add.op, perform(f, b.remote, mine, add).status).ok();
        for (;;) {  // and one addition by a compare-swap loop
          const auto old = w.ran(Op::load, b.remote.load<std::uint64_t>(8));
          const auto found =
              w.ran(Op::compare_swap, b.remote.compare_swap<std::uint64_t>(8, old.result, old.result + 1));
          failed += !old.ok() || !found.ok();
          if (!old.ok() || !found.ok() || found.result == old.result) break;
        }
      }
    });
    CHECK(failed == 0);
    CHECK(b.word(0) == each * kThreads * 3);
    CHECK(b.word(8) == each * kThreads);
  });
}

TEST_CASE("threads: masked atomics of different bits of one word do not disturb each other") {
  on_every_transport("threads", [](const World& w) {
    Bench b(w);
    std::atomic<unsigned> failed{0};
    together([&](unsigned thread) {
      const std::uint64_t mask = 0xffull << 8 * thread;
      std::uint64_t mine = 0;
      for (int i = 0; i < w.times(300); ++i) {
        const std::uint64_t next = std::uint64_t(i) << 8 * thread & mask;
        const auto old = i % 2 == 0
                             ? w.ran(Op::masked_swap, b.remote.masked_swap<std::uint64_t>(16, next, mask))
                             : w.ran(Op::masked_compare_swap,
                                     b.remote.masked_compare_swap<std::uint64_t>(16, mine, next, mask, mask));
        failed += !old.ok() || (old.result & mask) != mine;
        mine = next;
      }
      failed += (b.word(16) & mask) != mine;
    });
    CHECK(failed == 0);
  });
}

TEST_CASE("threads: the fabric's atomics agree with those of the home's own processor") {
  with_homes_here("threads", [](const World& w) {
    if (!w.has(w.caps.coherent_atomics, "coherent_atomics", "atomics against the home's own")) return;
    Bench b(w);
    const std::uint64_t each = std::uint64_t(w.times(1000));
    std::atomic_ref<std::uint64_t> own(*reinterpret_cast<std::uint64_t*>(b.memory().data()));
    std::atomic<unsigned> failed{0};
    together([&](unsigned thread) {
      for (std::uint64_t i = 0; i < each; ++i)
        if (thread == 0)
          own.fetch_add(1);
        else
          failed += !w.ran(Op::fetch_add, b.remote.fetch_add<std::uint64_t>(0, 1)).ok();
    });
    CHECK(failed == 0);
    CHECK(own.load() == each * kThreads);
  });
}

TEST_CASE("threads: a word is whole, whoever stores it and whoever loads it") {
  with_homes_here("threads", [](const World& w) {
    Bench b(w);
    constexpr std::uint64_t kTheirs = 64, kOwn = 128;
    const auto at = [&](std::uint64_t offset) {
      return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(b.memory().data() + offset));
    };
    const auto whole = [](std::uint64_t word) { return word == 0 || word == ~0ull; };
    std::atomic<bool> over{false};
    std::uint64_t torn = 0;
    std::thread home([&] {
      for (std::uint64_t next = 0; !over; next = ~next) {
        torn += !whole(at(kTheirs).load());
        at(kOwn).store(next);
      }
    });
    for (int i = 0; i < w.times(1000); ++i) {
      CHECK(w.ran(Op::store, b.remote.store<std::uint64_t>(kTheirs, i % 2 == 0 ? ~0ull : 0)).ok());
      const auto own = w.ran(Op::load, b.remote.load<std::uint64_t>(kOwn));
      CHECK(own.ok());
      CHECK(whole(own.result));
    }
    over = true;
    home.join();
    CHECK(torn == 0);
  });
}

}  // namespace ub::conformance
