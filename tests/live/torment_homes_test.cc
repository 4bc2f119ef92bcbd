// SIGKILL and SIGSTOP at random instants of homes that serve queues and issue ops themselves: a surviving initiator gets the
// outcome of each op.
#include <array>
#include <map>

#include "tests/live/child.h"
#include "tests/live/publish.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::eventually;
using test::kArea;
using test::must;
using test::Random;

constexpr std::uint64_t kLarge = 3 << 20, kHomeSize = kLarge + 8192, kCount = 0, kRest = 64, kData = 8192;

// A home that also issues ops to rank 0's memory.
Child home_at(const std::string& url, std::uint32_t rank, std::uint64_t seed) {
  Child c([url, rank, seed] {
    Fabric f = must(Fabric::open(url, {.rank = Rank(rank)}));
    const Segment s = must(f.expose("s", kHomeSize));
    return test::publish(f, rank * kArea, seed);
  });
  test::wait_until_in(c);
  return c;
}

// A queue that issues ops to two homes; records that each op ends once, and how.
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
        posted = queue_.atomic<std::uint64_t>(op, s, kCount, 1, o);
        break;
      case Op::load:
        posted = queue_.load<std::uint32_t>(s, kRest, o);
        break;
      case Op::store:
        posted = queue_.store<std::uint64_t>(s, kRest, next_, o);
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
  for (const std::string& url : test::kill_urls("torment", random)) {
    CAPTURE(url);
    test::begin_tally();
    Fabric f = must(Fabric::open(url, {.rank = Rank(0)}));
    const Segment torn = must(f.expose("torn", 4 * kArea));
    const auto check_areas = [&] { return test::check_area(torn, kArea), test::check_area(torn, 2 * kArea); };
    Child living = home_at(url, 2, random());
    std::uint64_t sum = 0;
    RemoteSegment old;
    for (int turn = 0; turn < 12; ++turn) {
      Child doomed = home_at(url, 1, random());  // takes the rank over from the one before
      if (old.attached()) CHECK(code(old.load<int>(0)) == Code::stale_epoch);
      Work work(random, f);
      work.some(random.below(400));
      check_areas();
      if (random.below(2) == 0) {
        doomed.stop();
        work.some(random.below(200));
        work.finish();
        CHECK(work.side(1).endings[Code::ok] > 0);
        CHECK(work.side(1).endings.size() == 1);  // a stopped home serves like a running one
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
      check_areas();
      std::memset(torn.local_view().data() + kArea, 0, kArea);
      old = lost.segment;
      CHECK(code(old.fetch_add<int>(kCount, 1)) == Code::peer_gone);
    }
    CHECK(living.kill() == -SIGKILL);
    test::check_sum(f, 13);
  }
}

}  // namespace
}  // namespace ub
