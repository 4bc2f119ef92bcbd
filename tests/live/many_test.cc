// Many processes on one counter: nothing that was acknowledged is lost, nothing is applied twice.
#include <sys/mman.h>
#include <unistd.h>

#include "tests/live/child.h"
#include "tests/place.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::must;

constexpr unsigned kProcesses = 64;
const std::string kLarge[] = {"shm://many?ranks=65", "emu://many?machine=ubmesh-rack"};

// How many additions each process has begun, and how many completed; outside the fabric.
struct Tally {
  std::atomic<std::uint64_t> begun, answered;
};
std::span<Tally> tallies() {
  static void* memory =
      ::mmap(nullptr, kProcesses * sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  std::memset(memory, 0, kProcesses * sizeof(Tally));
  return {static_cast<Tally*>(memory), kProcesses};
}

// The home has the last rank: on the rack, the backup.
Fabric last(const std::string& url) {
  return must(Fabric::open(url, {.rank = Rank(kProcesses), .node = url.starts_with("emu") ? "backup" : ""}));
}

Child counting(const std::string& url, unsigned rank, std::uint64_t times, Tally& tally) {
  return Child([&, rank, times] {
    auto f = Fabric::open(url, {.rank = Rank(rank), .timeout = std::chrono::minutes(3)});
    auto a = f.ok() ? f->attach(Rank(kProcesses), "counter") : Expected<RemoteSegment>(f.error());
    if (!a.ok()) return std::fprintf(stderr, "%s\n", a.error().message().c_str()), 1;
    for (std::uint64_t i = 0; i < times; ++i) {
      tally.begun.fetch_add(1);
      if (!(i % 2 ? a->fetch_add<std::uint64_t>(0, 1) : a->atomic<std::uint64_t>(Op::fetch_add, 0, 1, {}))
               .ok())
        return 2;
      tally.answered.fetch_add(1);
    }
    return 0;
  });
}

TEST_CASE("many: 64 processes add to one counter, and the sum is exact") {
  for (const std::string& url : kLarge) {
    CAPTURE(url);
    Fabric home = last(url);
    const Segment counter = must(home.expose("counter", 64));
    const auto tally = tallies();
    std::vector<Child> all;
    for (unsigned r = 0; r < kProcesses; ++r) all.push_back(counting(url, r, 500, tally[r]));
    for (Child& c : all) CHECK(c.end() == 0);
    CHECK(must(home.attach(home.rank(), "counter")).load<std::uint64_t>(0).value() == kProcesses * 500);
    CHECK(home.peers().size() == 1);
  }
}

TEST_CASE("many: some are killed in the middle; the sum is what was answered, and at most what was begun") {
  test::Random random("many");
  for (const std::string& url : kLarge) {
    CAPTURE(url);
    Fabric home = last(url);
    const Segment counter = must(home.expose("counter", 64));
    const auto tally = tallies();
    std::vector<Child> all;
    for (unsigned r = 0; r < 8; ++r) all.push_back(counting(url, r, ~0ull, tally[r]));
    for (unsigned r = 0; r < 8; ++r)
      CHECK(test::eventually([&] { return tally[r].answered > random.below(5000); }));
    for (Child& c : all) c.kill();
    std::uint64_t begun = 0, answered = 0;
    for (const Tally& t : tally) begun += t.begun, answered += t.answered;
    const std::uint64_t sum = must(home.attach(home.rank(), "counter")).load<std::uint64_t>(0).value();
    CHECK(answered <= sum);
    CHECK(sum <= begun);
    CHECK(begun - answered <= 8);
  }
  CHECK(test::left_behind().empty());
}

}  // namespace
}  // namespace ub
