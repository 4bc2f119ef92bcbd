// SIGKILL and SIGSTOP at random instants of processes whose queues are at work, and of the homes they work on. What was
// acknowledged is there, what is there was asked for, in the order asked for; and who lives on is told what became of each op.
#include <sys/mman.h>
#include <unistd.h>

#include <map>

#include "tests/live/child.h"
#include "tests/live/survivor.h"
#include "tests/place.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::eventually;
using test::must;
using test::Random;

std::vector<std::string> urls(Random& random) {
  return {"shm://torment?ranks=8", "emu://torment?machine=mesh:3x3",
          "fault+emu://torment?machine=mesh:3x3&drop=0.1&delay=0.1&repeat=0.1&reorder=0.1&seed=" +
              std::to_string(random() >> 1)};
}
void nap(Random& random, std::uint64_t most_us) {  // until the random instant; nothing depends on it
  std::this_thread::sleep_for(std::chrono::microseconds(random.below(most_us)));
}

// What the initiators have begun and what was answered, outside of any fabric.
struct Tally {
  std::atomic<std::uint64_t> begun, answered;
};
Tally& tally() {
  static void* memory =
      ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *static_cast<Tally*>(memory);
}

// --- initiators that die ---------------------------------------------------------------------------------------

constexpr std::uint64_t kSum = 0, kArea = 4096, kBlock = 64, kBlocks = 16, kDepth = 8;
// In each initiator's area: the number of its last block, and the blocks behind; then the same for signals.
constexpr std::uint64_t kFlag = 0, kSignal = 8, kPublished = 64, kSignalled = 2048;

// Blocks full of their number, published by a strong store or by a signal, and sums. One that is published is overwritten
// when the op that published it has long ended: there are more blocks than the queue is deep.
int publish(const std::string& url, std::uint64_t area, std::uint64_t seed) {
  Random random("initiator", seed);
  Fabric f = must(Fabric::open(url));
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
  test::say("in");
  for (std::uint64_t k = 1; good; ++k) {
    auto& block = blocks[k % kBlocks];
    std::fill(std::begin(block), std::end(block), k);
    const std::uint64_t at = area + kBlock * (k % kBlocks);
    const Order any = Order(random.below(3));
    post([&] { return q.write(s, at + kPublished, block, kBlock, {.order = Order::relaxed}); });
    post([&] { return q.store(s, area + kFlag, k, {.order = Order::strong, .notify = k % 2 == 0}); });
    post(
        [&] { return q.write_signal(s, at + kSignalled, block, kBlock, area + kSignal, k, {.order = any}); });
    ++tally().begun;
    post([&] { return q.atomic(Op::fetch_add, s, kSum, std::uint64_t(1), {.tag = 1, .order = any}); });
    if (random.below(4) != 0) continue;
    ++tally().begun;
    good = good && s.fetch_add(kSum, std::uint64_t(1)).ok();
    ++tally().answered;
  }
  return 1;
}

// Whatever was published is there, also while more is being published.
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

TEST_CASE("torment: initiators are stopped and killed while their queues are at work") {
  Random random("torment initiators");
  for (const std::string& url : urls(random)) {
    CAPTURE(url);
    tally().begun = tally().answered = 0;
    Fabric home = must(Fabric::open(url, {.rank = Rank(0)}));
    const Segment own = must(home.expose("survivor", 64)), torn = must(home.expose("torn", 4 * kArea));
    const auto start = [&](std::uint64_t area) {
      Child c([&, area, seed = random()] { return publish(url, area, seed); });
      while (c.line() != "in") {  // its seed comes first
      }
      return c;
    };
    std::vector<Child> all;
    for (std::uint64_t i = 0; i < 3; ++i) all.push_back(start((1 + i) * kArea));
    std::uint64_t kills = 0;
    for (std::uint64_t turn = 1; turn <= 40; ++turn) {
      const std::uint64_t which = random.below(all.size()), area = (1 + which) * kArea;
      Child& victim = all[which];
      for (std::uint64_t looks = random.below(400); looks-- > 0; nap(random, 10)) check_area(torn, area);
      const std::uint64_t what = random.below(3);
      if (what != 0) {
        victim.stop();
        if (what == 1) test::survive(home, own, turn);  // nobody waits for who is stopped inside an op
        (void)must(home.expose("unsettling", 64));      // nor goes on blindly when the gate has moved
        nap(random, 1000);
      }
      if (what == 1) {
        victim.signal(SIGCONT);
        continue;
      }
      REQUIRE(victim.kill() == -SIGKILL);
      ++kills;
      check_area(torn, area);
      std::memset(torn.local_view().data() + area, 0, kArea);
      test::survive(home, own, turn);
      victim = start(area);
    }
    CHECK(kills > 0);
    for (Child& c : all) CHECK(c.kill() == -SIGKILL);
    const std::uint64_t sum = must(home.attach(0, "torn")).load<std::uint64_t>(kSum).value();
    CHECK(tally().answered > 100);
    CHECK(tally().answered <= sum);
    CHECK(sum <= tally().begun);
    CHECK(tally().begun - tally().answered <= (kills + all.size()) * (kDepth + 1));
    (void)must(Fabric::open(url));  // sweeps
    const FabricInfo info = must(inspect(url));
    CHECK(info.segments.size() == 2);
  }
}

// --- homes that die --------------------------------------------------------------------------------------------

constexpr std::uint64_t kLarge = 3 << 20, kHomeSize = kLarge + 8192, kCount = 0, kRest = 64, kData = 8192;

Child home_at(const std::string& url, std::uint32_t rank) {
  Child c([url, rank] {
    Fabric f = must(Fabric::open(url, {.rank = Rank(rank)}));
    const Segment s = must(f.expose("s", kHomeSize));
    test::say("ready");
    ::pause();
    return 1;
  });
  REQUIRE(c.line() == "ready");
  return c;
}

// A queue at work on two homes: of each op, that it ends once, and how.
class Work {
 public:
  Work(Random& random, Fabric& f) : random_(random), queue_(must(Queue::create(f, 32))), large_(kLarge) {
    for (std::uint32_t r : {1u, 2u}) homes_[r].segment = must(f.attach(r, "s"));
  }

  struct Side {
    RemoteSegment segment;
    std::uint64_t added = 0;
    std::map<Code, std::uint64_t> endings;
  };
  Side& side(std::uint32_t rank) { return homes_[rank]; }

  void some(std::uint64_t n) {
    while (n-- > 0) one();
  }
  void finish() {
    REQUIRE(queue_.flush().ok());
    while (poll() != 0) {
    }
    REQUIRE(under_way_.empty());
    const Accounting a = queue_.accounting();
    CHECK(a.in_flight == 0);
    CHECK(a.posted == posted_);
    CHECK(a.posted == a.ok + a.failed + a.unknown + a.cancelled);
  }

 private:
  void one() {
    const std::uint32_t rank = 1 + std::uint32_t(random_.below(2));
    const RemoteSegment& s = homes_[rank].segment;
    const PostOptions o{.tag = next_,
                        .order = Order(random_.below(3)),
                        .fence = random_.below(4) == 0,
                        .notify = random_.below(2) == 0};
    const Op op = std::array{
        Op::fetch_add, Op::load, Op::store, Op::read, Op::write, Op::write_signal}[random_.below(6)];
    const bool large = random_.below(50) == 0;
    const std::uint64_t size = large ? kLarge : 1 + random_.below(2000), at = large ? kData : kRest;
    Status posted;
    switch (op) {
      case Op::fetch_add:
        posted = queue_.atomic(op, s, kCount, std::uint64_t(1), o);
        break;
      case Op::load:
        posted = queue_.load<std::uint32_t>(s, kRest, o);
        break;
      case Op::store:
        posted = queue_.store(s, kRest, next_, o);
        break;
      case Op::read:
        posted = queue_.read(s, at, large_.data(), size, o);
        break;
      case Op::write:
        posted = queue_.write(s, at, large_.data(), size, o);
        break;
      default:
        posted = queue_.write_signal(s, at, large_.data(), size, kRest, next_, o);
    }
    if (posted.ok()) {
      under_way_.emplace(next_++, Posted{rank, op, size > (1 << 20) && op >= Op::read});
      ++posted_;
    } else {
      REQUIRE(posted.code() == Code::busy);
    }
    (void)poll();
  }

  std::size_t poll() {
    Completion done[8];
    const std::size_t n = queue_.poll(done);
    for (std::size_t i = 0; i < n; ++i) {
      const auto found = under_way_.find(done[i].tag);
      REQUIRE(found != under_way_.end());  // each ends once
      const Posted p = found->second;
      under_way_.erase(found);
      const Code c = done[i].status.code();
      CAPTURE(p.op);
      if (c == Code::outcome_unknown) REQUIRE(p.large);
      if (p.op == Op::fetch_add && c == Code::ok) ++homes_[p.rank].added;
      ++homes_[p.rank].endings[c];
    }
    return n;
  }

  struct Posted {
    std::uint32_t rank;
    Op op;
    bool large;
  };
  Random& random_;
  Queue queue_;
  std::vector<std::byte> large_;
  std::map<std::uint32_t, Side> homes_;
  std::map<std::uint64_t, Posted> under_way_;
  std::uint64_t next_ = 1, posted_ = 0;
};

TEST_CASE(
    "torment: homes are stopped and killed under queues at work; each op's ending says what became of it") {
  Random random("torment homes");
  for (const std::string& url : urls(random)) {
    CAPTURE(url);
    Fabric f = must(Fabric::open(url, {.rank = Rank(0)}));
    const Child living = home_at(url, 2);
    std::uint64_t sum = 0;
    RemoteSegment old;
    for (int turn = 0; turn < 8; ++turn) {
      Child doomed = home_at(url, 1);  // takes the rank over from the one before
      if (old.attached()) CHECK(code(old.load<int>(0)) == Code::stale_epoch);
      Work work(random, f);
      work.some(random.below(400));
      if (random.below(2) == 0) {
        doomed.stop();
        work.some(random.below(200));
        work.finish();
        CHECK(work.side(1).endings[Code::ok] > 0);
        CHECK(work.side(1).endings.size() == 1);  // a stopped home is as good as any
        if (random.below(2) == 0) doomed.signal(SIGCONT);
      }
      doomed.signal(SIGKILL);
      Work::Side& lost = work.side(1);
      CHECK(eventually([&] { return work.some(50), lost.endings.contains(Code::peer_gone); }));
      work.finish();
      for (const auto& ending : lost.endings)
        CHECK((ending.first == Code::ok || ending.first == Code::peer_gone ||
               ending.first == Code::outcome_unknown));
      CHECK(work.side(2).endings.size() == 1);
      CHECK(work.side(2).endings.contains(Code::ok));
      sum += work.side(2).added;
      CHECK(work.side(2).segment.load<std::uint64_t>(kCount).value() == sum);
      if (const auto last = lost.segment.view(); !last.empty()) {  // its last contents
        std::uint64_t count;
        std::memcpy(&count, last.data() + kCount, sizeof count);
        CHECK(count == lost.added);
      }
      CHECK(doomed.end() == -SIGKILL);
      old = lost.segment;
      CHECK(code(old.fetch_add(kCount, 1)) == Code::peer_gone);
    }
  }
}

}  // namespace
}  // namespace ub
