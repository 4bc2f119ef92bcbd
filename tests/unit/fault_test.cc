// Faults on purpose: what is lost, late, doubled or out of order changes no promise.
#include <vector>

#include "tests/pair.h"
#include "ub/ub.h"

namespace ub {
namespace {

constexpr const char* kFaults = "drop=0.1&delay=0.1&repeat=0.2&reorder=0.1&seed=";

struct Two {
  Two(const std::string& url, ExposeOptions o = {})
      : home(Fabric::open(url).value()),
        far(Fabric::open(url).value()),
        segment(home.expose("x", 4096, o).value()),
        remote(far.attach(home.rank(), "x").value()) {}
  std::uint64_t word(std::uint64_t offset) const {
    return std::atomic_ref<std::uint64_t>(
               *reinterpret_cast<std::uint64_t*>(segment.local_view().data() + offset))
        .load();
  }
  Fabric home, far;
  Segment segment;
  RemoteSegment remote;
};

}  // namespace

TEST_CASE("fault: where homes keep windows every op succeeds, and none is applied twice") {
  for (const std::string& base :
       {std::string("fault+emu://fault?machine=mesh:2x2&"), std::string("fault+shm://fault?")})
    for (const int seed : {1, 2, 3}) {
      CAPTURE(base);
      CAPTURE(seed);
      Two two(base + kFaults + std::to_string(seed), {.exactly_once = true});
      CHECK_FALSE(two.remote.direct());
      unsigned again = 0;
      for (std::uint64_t i = 0; i < 300; ++i) {
        OpReport report;
        const auto old = two.remote.atomic<std::uint64_t>(Op::fetch_add, 0, 1, {.report = &report});
        REQUIRE(old.ok());
        REQUIRE(old.result == i);  // the remembered result, not that of a second execution
        if (report.attempts > 1) ++again;
        REQUIRE(two.remote.store<std::uint64_t>(8, i).ok());
        REQUIRE(two.remote.load<std::uint64_t>(8).value() ==
                i);  // no late copy of an older store came in between
      }
      CHECK(two.word(0) == 300);
      CHECK(again > 0);
    }
}

TEST_CASE("fault: a queue's ops end once each, though answers come late, double and out of order") {
  Two two(std::string("fault+emu://faultq?machine=mesh:2x2&") + kFaults + "4");
  Queue queue = Queue::create(two.far, 32).value();
  constexpr std::uint64_t kPosted = 2000;
  std::vector<int> ended(kPosted);
  std::vector<bool> seen(kPosted);
  std::vector<Completion> done(8);
  const auto take = [&] {
    for (std::size_t n = queue.poll(done), i = 0; i < n; ++i) {
      REQUIRE(done[i].status.ok());
      ++ended[done[i].tag];
      REQUIRE(done[i].value < kPosted);
      REQUIRE_FALSE(seen[done[i].value]);  // every add fetched another value
      seen[done[i].value] = true;
    }
  };
  for (std::uint64_t i = 0; i < kPosted;) {
    const Status s = queue.atomic<std::uint64_t>(Op::fetch_add, two.remote, 0, 1, {.tag = i});
    if (s.ok())
      ++i;
    else
      REQUIRE(s.code() == Code::busy);
    take();
  }
  REQUIRE(queue.flush().ok());
  for (int i = 0; i < 8; ++i) take();
  for (const int n : ended) CHECK(n == 1);
  CHECK(two.word(0) == kPosted);
  const Accounting a = queue.accounting();
  CHECK(a.posted == kPosted);
  CHECK(a.ok == kPosted);
  CHECK(a.in_flight == 0);
  CHECK(a.repeated > 0);
  CHECK(a.late > 0);
}

TEST_CASE(
    "fault: without windows a lost atomic is unknown, and the sum lies between what is known and what may "
    "be") {
  Two two(std::string("fault+shm://faultn?") + "drop=0.3&repeat=0.3&seed=5");
  std::uint64_t ok = 0, unknown = 0;
  for (int i = 0; i < 200; ++i) {
    const auto r = two.remote.atomic<std::uint64_t>(Op::fetch_add, 0, 1,
                                                    {.deadline = Deadline::in(std::chrono::milliseconds(3))});
    if (r.ok())
      ++ok;
    else if (r.status.fate() == Fate::unknown)
      ++unknown;
    else
      FAIL("an atomic that was sent is done or unknown, not " << r.status.describe());
  }
  CHECK(ok > 0);
  CHECK(unknown > 0);
  CHECK(two.word(0) >= ok);
  CHECK(two.word(0) <= ok + unknown);
  // A load changes nothing: it is repeated until it gets through.
  for (int i = 0; i < 50; ++i) CHECK(two.remote.load<std::uint64_t>(0).ok());
}

TEST_CASE("fault: a read that ends well has its data, whichever attempt was answered") {
  Two two("fault+emu://faultr?machine=mesh:2x2&drop=0.5&repeat=0.9&seed=6");
  std::memset(two.segment.local_view().data(), 7, 4096);
  for (int i = 0; i < 50; ++i) {
    std::vector<std::byte> local(100), sevens(100, std::byte(7));
    REQUIRE(two.remote.read(8, local.data(), local.size()).ok());
    CHECK(local == sevens);
  }
}

TEST_CASE("fault: each kind happens to a full queue, and is counted; without a chance, none") {
  for (const std::string& base :
       {std::string("fault+emu://faultc?machine=mesh:2x2&"), std::string("fault+shm://faultc?")}) {
    CAPTURE(base);
    for (const bool faulty : {false, true}) {
      Two two(base + (faulty ? kFaults + std::string("6") : "seed=6"), {.exactly_once = true});
      Queue queue = Queue::create(two.far, 16).value();
      Completion done;
      for (std::uint64_t i = 0; i < 500; ++i) {
        while (queue.store<std::uint64_t>(two.remote, 8 * (i % 16), i).code() == Code::busy)
          (void)queue.poll({&done, 1});
      }
      REQUIRE(queue.flush().ok());
      CHECK(two.far.counters().size() == 8);
      for (const auto& counter : two.far.counters()) {
        CAPTURE(counter.first);
        CHECK((counter.second > 0) == faulty);
      }
    }
  }
  CHECK(Fabric::open("shm://faultc").value().counters().empty());
}

TEST_CASE("fault: a refusal that comes twice, since the gate had moved, posts no atomic twice") {
  for (const int seed : {1, 2, 3, 4}) {
    CAPTURE(seed);
    Two two("fault+shm://faultg?repeat=0.9&delay=0.4&seed=" + std::to_string(seed));
    Queue queue = Queue::create(two.far, 16).value();
    std::uint64_t ok = 0, unknown = 0;
    Completion done;
    const auto take = [&] {
      while (queue.poll({&done, 1}) == 1) ++(done.status.ok() ? ok : unknown);
    };
    for (int round = 0; round < 60; ++round) {
      while (queue.atomic<std::uint64_t>(Op::fetch_add, two.remote, 0, 1, {}).ok()) {
      }
      Segment other = two.home.expose("other", 64).value();
      other = Segment();  // the gate moves under what is under way
      take();
    }
    REQUIRE(queue.flush().ok());
    take();
    CHECK(ok > 0);
    CHECK(two.word(0) >= ok);
    CHECK(two.word(0) <= ok + unknown);
  }
}

TEST_CASE("fault: options that are no chances are refused; so is a wrapper that does not exist") {
  for (const char* bad : {"fault+shm://f?drop=2", "fault+shm://f?drop=-1", "fault+shm://f?delay=x",
                          "fault+shm://f?seed=-1", "fault+shm://f?repeat=nan", "fault+shm://f?machine=x",
                          "worse+shm://f", "fault+://f", "fault+none://f"}) {
    CAPTURE(bad);
    CHECK_FALSE(Fabric::open(bad).ok());
  }
}

}  // namespace ub
