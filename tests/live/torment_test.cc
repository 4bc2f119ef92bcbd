// SIGKILL and SIGSTOP at random instants of processes with ops in flight. Acknowledged data are in memory; all data in memory
// were written, in the requested order; and no process waits for a stopped one.
#include "tests/live/child.h"
#include "tests/live/publish.h"
#include "tests/live/survivor.h"

namespace ub {
namespace {

using test::Child;
using test::kArea;
using test::must;
using test::Random;

void nap(Random& random, std::uint64_t most_us) {  // until a random instant; no check depends on it
  std::this_thread::sleep_for(std::chrono::microseconds(random.below(most_us)));
}

TEST_CASE("torment: initiators are stopped and killed while their queues are at work") {
  Random random("torment initiators");
  for (const std::string& url : test::kill_urls("torment", random)) {
    CAPTURE(url);
    test::begin_tally();
    Fabric home = must(Fabric::open(url, {.rank = Rank(0)}));
    const Segment own = must(home.expose("survivor", 64)), torn = must(home.expose("torn", 4 * kArea));
    const auto start = [&](std::uint64_t area) {
      Child c([&, area, seed = random()] {
        Fabric f = must(Fabric::open(url));
        return test::publish(f, area, seed);
      });
      test::wait_until_in(c);
      return c;
    };
    std::vector<Child> all;
    for (std::uint64_t i = 0; i < 3; ++i) all.push_back(start((1 + i) * kArea));
    std::uint64_t kills = 0;
    for (std::uint64_t turn = 1; turn <= 40; ++turn) {
      const std::uint64_t which = random.below(all.size()), area = (1 + which) * kArea;
      Child& victim = all[which];
      for (std::uint64_t looks = random.below(150); looks-- > 0; nap(random, 10))
        test::check_area(torn, area);
      const std::uint64_t what = random.below(3);
      if (what != 0) {
        victim.stop();
        if (what == 1) test::survive(home, own, turn);  // does not wait for a process stopped inside an op
        (void)must(home.expose("unsettling", 64));  // the stopped process must notice that the gate has moved
        nap(random, 1000);
      }
      if (what == 1) {
        victim.signal(SIGCONT);
        continue;
      }
      REQUIRE(victim.kill() == -SIGKILL);
      ++kills;
      test::check_area(torn, area);
      std::memset(torn.local_view().data() + area, 0, kArea);
      test::survive(home, own, turn);
      victim = start(area);
    }
    CHECK(kills > 0);
    for (Child& c : all) CHECK(c.kill() == -SIGKILL);
    test::check_sum(home, kills + all.size());
    (void)must(Fabric::open(url));  // sweeps
    const FabricInfo info = must(inspect(url));
    CHECK(info.segments.size() == 2);
  }
}

}  // namespace
}  // namespace ub
