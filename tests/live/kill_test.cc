// SIGKILL at random instants of processes that join, expose, attach, operate and leave: the board remains usable, no lock
// remains held, and nothing is left behind.
#include <unistd.h>

#include "tests/live/child.h"
#include "tests/live/survivor.h"
#include "tests/place.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::must;
using test::now;
using test::Random;
using test::survive;

bool usual(Code c) {
  return c == Code::ok || c == Code::peer_gone || c == Code::stale_epoch || c == Code::segment_gone ||
         c == Code::not_found;
}

// Joins, exposes some segments, attaches to the peers, operates, perhaps leaves. Returns an unexpected error, or "".
std::string live_once(const std::string& url, Random& random) {
  auto f = Fabric::open(url);
  if (!f.ok()) return "open: " + f.error().message();
  for (std::uint64_t n = 1 + random.below(3); n-- > 0;) {
    auto s = f->expose("s", 64 << random.below(12), {.huge_pages = random.below(4) == 0});
    if (!s.ok()) return "expose: " + s.error().message();
    for (const Peer& peer : f->peers()) {
      auto a = f->attach(peer.rank, "s", now());
      if (!usual(code(a))) return "attach: " + a.error().message();
      if (!a.ok()) continue;
      const std::uint64_t data[4] = {random(), random(), random(), random()};
      for (const Status status :
           {a->store<std::uint64_t>(0, data[0]), a->fetch_add<std::uint64_t>(8, data[1]).status,
            a->load<int>(16, OpOptions{}).status, a->write(0, data, sizeof data),
            a->write_signal(0, data, 32, 56, data[2])})
        if (!usual(status.code())) return "op: " + status.describe();
    }
  }
  return {};
}

Child worker(const std::string& url, std::uint64_t seed) {
  return Child([url, seed] {
    Random random("worker", seed);
    for (;;)
      if (const std::string wrong = live_once(url, random); !wrong.empty())
        return std::fprintf(stderr, "%s\n", wrong.c_str()), 1;
  });
}

TEST_CASE(
    "kill: at random instants, beside a survivor that joins, exposes, attaches and operates all the time") {
  for (const std::string& url :
       {std::string("shm://killed?ranks=8"), std::string("emu://killed?machine=mesh:3x3")}) {
    CAPTURE(url);
    Random random("kill");
    Fabric home = must(Fabric::open(url));
    const Segment own = must(home.expose("survivor", 64));
    std::vector<Child> workers;
    for (int i = 0; i < 3; ++i) workers.push_back(worker(url, random()));
    for (std::uint64_t kills = 1; kills <= 150; ++kills) {
      const std::size_t victim = random.below(workers.size());
      std::this_thread::sleep_for(
          std::chrono::microseconds(random.below(12'000)));  // the instant, not a wait
      REQUIRE(workers[victim].kill() == -SIGKILL);
      survive(home, own, kills);
      workers.erase(workers.begin() + std::ptrdiff_t(victim));
      workers.push_back(worker(url, random()));
    }
    workers.clear();
    // After one more sweep, only what the survivor owns exists.
    survive(home, own, 151);
    const FabricInfo f = must(inspect(url));
    CHECK(f.segments.size() == 1);
    const std::filesystem::directory_iterator files(test::own_folder() + "/killed");
    CHECK(std::distance(begin(files), end(files)) == 2);  // the board and the survivor's memory
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE("kill: nobody survives, several fabrics; the next to come, or clean(), finds nothing in the way") {
  Random random("kill all");
  std::size_t left = 0;
  for (int round = 0; round < 15 || (left == 0 && round < 1000); ++round) {
    std::vector<Child> workers;
    for (int i = 0; i < 4; ++i)
      workers.push_back(worker("shm://all" + std::to_string(random.below(2)) + "?ranks=4", random()));
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));  // the instant
    for (const Child& w : workers) w.signal(SIGKILL);
    for (Child& w : workers) CHECK(w.end() == -SIGKILL);
    left += test::left_behind().size();
    if (round % 2)
      CHECK(must(Fabric::open("shm://another")).rank() == Rank(0));
    else
      (void)must(clean());
    CHECK(test::left_behind().empty());
  }
  CHECK(left > 0);
}

TEST_CASE("kill: many that leave at the same moment leave nothing") {
  for (int round = 0; round < 30; ++round) {
    std::vector<Child> leaving;
    for (int i = 0; i < 4; ++i)
      leaving.push_back(Child([] {
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, SIGTERM);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        auto f = Fabric::open("shm://together");
        test::say("in");
        ::sigwaitinfo(&set, nullptr);
        return f.ok() ? 0 : 1;
      }));
    for (Child& c : leaving) CHECK(c.line() == "in");
    for (const Child& c : leaving) c.signal(SIGTERM);
    for (Child& c : leaving) CHECK(c.end() == 0);
    CHECK(test::left_behind().empty());
  }
}

}  // namespace
}  // namespace ub
