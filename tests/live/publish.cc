#include "tests/live/publish.h"

#include <sys/mman.h>

namespace ub::test {
namespace {

// How many additions the initiators have begun, and how many completed; outside any fabric.
struct Tally {
  std::atomic<std::uint64_t> begun, answered;
};
Tally& tally() {
  static void* memory =
      ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *static_cast<Tally*>(memory);
}

constexpr std::uint64_t kBlock = 64, kBlocks = 16, kDepth = 8;
// In each initiator's area: the number of its last block, and its blocks; the same for signals.
constexpr std::uint64_t kFlag = 0, kSignal = 8, kPublished = 64, kSignalled = 2048;

}  // namespace

std::vector<std::string> kill_urls(const std::string& name, Random& random) {
  return {"shm://" + name + "?ranks=8", "emu://" + name + "?machine=mesh:3x3",
          "fault+emu://" + name + "?machine=mesh:3x3&drop=0.1&delay=0.1&repeat=0.1&reorder=0.1&seed=" +
              std::to_string(random() >> 1)};
}

void begin_tally() { tally().begun = tally().answered = 0; }

// There are more blocks than the queue is deep, so that a published block is overwritten long after the op that published it
// has ended.
int publish(Fabric& f, std::uint64_t area, std::uint64_t seed) {
  Random random("initiator", seed);
  const RemoteSegment s = must(f.attach(0, "torn"));
  Queue q = must(Queue::create(f, kDepth));
  std::uint64_t blocks[kBlocks][kBlock / 8];
  bool good = true;
  const auto post = [&](auto what) {
    for (Status posted;;) {
      posted = what();
      good = good && (posted.ok() || posted.code() == Code::busy);
      Completion done[4];
      const std::size_t n = q.poll(done);
      for (std::size_t i = 0; i < n; ++i) {
        good = good && done[i].status.ok();
        tally().answered += done[i].tag;
      }
      if (posted.code() != Code::busy) return;
    }
  };
  say("in");
  for (std::uint64_t k = 1; good; ++k) {
    auto& block = blocks[k % kBlocks];
    std::fill(std::begin(block), std::end(block), k);
    const std::uint64_t at = area + kBlock * (k % kBlocks);
    const Order any = Order(random.below(3));
    post([&] { return q.write(s, at + kPublished, block, kBlock, {.order = Order::relaxed}); });
    post([&] {
      return q.store<std::uint64_t>(s, area + kFlag, k, {.order = Order::strong, .notify = k % 2 == 0});
    });
    post(
        [&] { return q.write_signal(s, at + kSignalled, block, kBlock, area + kSignal, k, {.order = any}); });
    ++tally().begun;
    post([&] { return q.atomic<std::uint64_t>(Op::fetch_add, s, kSum, 1, {.tag = 1, .order = any}); });
    if (random.below(4) != 0) continue;
    ++tally().begun;
    good = good && s.fetch_add<std::uint64_t>(kSum, 1).ok();
    ++tally().answered;
  }
  return 1;
}

void wait_until_in(Child& c) {
  while (c.line() != "in") {  // it prints its seed first
  }
}

void check_area(const Segment& s, std::uint64_t area) {
  const auto word = [&](std::uint64_t offset) {
    return detail::word_at(s.local_view().data() + area + offset).load(std::memory_order_acquire);
  };
  for (const auto& [number, blocks] : {std::pair(kFlag, kPublished), std::pair(kSignal, kSignalled)}) {
    const std::uint64_t k = word(number);
    if (k == 0) continue;
    bool there = true;
    for (std::uint64_t i = 0; i < kBlock; i += 8)
      there = there && word(blocks + kBlock * (k % kBlocks) + i) == k;
    if (word(number) - k < kBlocks - kDepth) REQUIRE(there);
  }
}

void check_sum(Fabric& home, std::uint64_t lives) {
  const std::uint64_t sum = must(home.attach(0, "torn")).load<std::uint64_t>(kSum).value();
  CHECK(tally().answered > 0);
  CHECK(tally().answered <= sum);
  CHECK(sum <= tally().begun);
  CHECK(tally().begun - tally().answered <= lives * (kDepth + 1));
}

}  // namespace ub::test
