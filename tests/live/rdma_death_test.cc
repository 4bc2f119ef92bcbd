// rdma:// when a home's process is killed, stopped or replaced while ops are in flight to its memory: every op ends with its
// outcome, and the initiator continues. Uses libfabric's tcp provider, which every host has.
#include <atomic>
#include <filesystem>
#include <latch>

#include "tests/live/child.h"
#include "tests/place.h"
#include "tests/seed.h"

namespace ub {
namespace {

using namespace std::chrono_literals;
using test::Child;
using test::code;
using test::eventually;
using test::must;
using test::Random;

constexpr std::uint64_t kLarge = 16 << 20, kSize = kLarge + 4096;
const std::string kUrl = "rdma://deaths?ranks=4&provider=tcp";

// Builds without libfabric's headers do not have it.
bool no_plugin() {
  const auto build = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  if (std::filesystem::exists(build / "lib/ub/libub-rdma.so")) return false;
  MESSAGE("skipped: this build has no libub-rdma.so");
  return true;
}

const test::Role home_role("rdma-home", [](const test::Args& args) {
  auto f = Fabric::open(args.size() > 1 ? args[1] : kUrl, {.rank = Rank(std::uint32_t(std::stoul(args[0])))});
  if (!f.ok()) return test::say(f.error().message()), 1;
  auto plain = f->expose("plain", kSize);
  auto certain = f->expose("certain", kSize, {.exactly_once = true});
  if (!plain.ok() || !certain.ok()) return test::say("no segment"), 1;
  test::say("ready");
  (void)test::hear();
  return 0;
});

// Prints the events of a URL's fabric, and how additions to rank 0 without a deadline end. Two threads add, each once before
// "attached" is printed. Runs until its input ends.
const test::Role onlooker_role("rdma-onlooker", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.timeout = test::kPatience});
  if (!f.ok()) return test::say(f.error().message()), 1;
  Watch w = must(f->watch());
  std::vector<std::thread> adders;
  std::latch added(2);
  const RemoteSegment plain = must(f->attach(0, "plain")), certain = must(f->attach(0, "certain"));
  for (const RemoteSegment* s : {&plain, &certain})
    adders.emplace_back([s, &added] {
      const auto add = [s] {
        return s->atomic<std::uint64_t>(Op::fetch_add, 16, 1, {.deadline = Deadline::never()}).status;
      };
      Status last = add();
      added.count_down();
      while (last.ok()) last = add();
      test::say(s->name() + ": " + last.describe());
    });
  std::thread([w = std::move(w)]() mutable {
    while (auto e = w.next(Deadline::never())) test::say(e->describe());
  }).detach();
  added.wait();  // an addition that had not begun when the link failed would end as not done
  test::say("attached");
  for (std::thread& t : adders) t.join();
  (void)test::hear();
  std::_Exit(0);
});

Child home_at(std::uint32_t rank) {
  Child c("rdma-home", {std::to_string(rank)});
  const std::string line = c.line();
  CAPTURE(line);
  REQUIRE(line == "ready");
  return c;
}

struct Kind {
  Op op;
  Status (*run)(const RemoteSegment&, std::vector<std::byte>&, const OpOptions&);
};
constexpr Kind kKinds[] = {
    {Op::load, [](const RemoteSegment& s, std::vector<std::byte>&,
                  const OpOptions& o) { return s.load<std::uint64_t>(0, o).status; }},
    {Op::store, [](const RemoteSegment& s, std::vector<std::byte>&,
                   const OpOptions& o) { return s.store<std::uint64_t>(8, 1, o); }},
    {Op::fetch_add,
     [](const RemoteSegment& s, std::vector<std::byte>&, const OpOptions& o) {
       return s.atomic<std::uint64_t>(Op::fetch_add, 16, 1, o).status;
     }},
    {Op::compare_swap, [](const RemoteSegment& s, std::vector<std::byte>&,
                          const OpOptions& o) { return s.compare_swap<std::uint64_t>(24, 0, 0, o).status; }},
    {Op::read, [](const RemoteSegment& s, std::vector<std::byte>& data,
                  const OpOptions& o) { return s.read(64, data.data(), kLarge, o); }},
    {Op::write, [](const RemoteSegment& s, std::vector<std::byte>& data,
                   const OpOptions& o) { return s.write(64, data.data(), kLarge, o); }},
    {Op::write_signal, [](const RemoteSegment& s, std::vector<std::byte>& data,
                          const OpOptions& o) { return s.write_signal(64, data.data(), kLarge, 32, 1, o); }},
};

// The endings that an op without a deadline may have if its peer has died. It must not end ok if it was not done.
bool tells_of_death(Code c) {
  return c == Code::peer_gone || c == Code::stale_epoch || c == Code::outcome_unknown;
}

RemoteSegment attached(Fabric& f, std::uint32_t rank, const std::string& name) {
  RemoteSegment s = must(f.attach(rank, name, {.deadline = Deadline::in(test::kPatience)}));
  REQUIRE(code(s.load<std::uint64_t>(0, {.deadline = Deadline::in(test::kPatience)})) == Code::ok);
  return s;
}

TEST_CASE(
    "rdma: a home is killed in the middle of each kind of op; others answer at once, a successor once "
    "attached") {
  if (no_plugin()) return;
  Random random("rdma deaths");
  {
    Fabric f = must(Fabric::open(kUrl, {.rank = Rank(0)}));
    Child steady = home_at(1), victim = home_at(2);
    const RemoteSegment other = attached(f, 1, "plain");
    std::vector<std::byte> data(kLarge, std::byte(7));
    std::uint64_t turn = 0;
    for (const std::string& name : {std::string("plain"), std::string("certain")})
      for (const Kind& kind : kKinds)
        for (int again = 0; again < 3; ++again) {
          CAPTURE(name);
          CAPTURE(ub::name(kind.op));
          const RemoteSegment s = attached(f, 2, name);
          std::atomic<bool> begun{false};
          std::thread killer([&, at = std::chrono::microseconds(random.below(4000))] {
            begun.wait(false);
            std::this_thread::sleep_for(at);  // the instant, not a wait
            ::kill(victim.pid(), SIGKILL);
          });
          Status last;
          std::uint64_t done = 0;
          do {
            last = kind.run(s, data, {.deadline = Deadline::never()});
            if (done++ == 0) begun.store(true), begun.notify_one();
          } while (last.ok());
          killer.join();
          CHECK(victim.end() == -SIGKILL);
          CHECK(tells_of_death(last.code()));
          CHECK(last.op() == kind.op);

          // The other peer is not affected.
          ++turn;
          REQUIRE(other.store<std::uint64_t>(8, turn).ok());
          REQUIRE(other.load<std::uint64_t>(8, OpOptions{}).value() == turn);
          REQUIRE(other.write(64, data.data(), 100'000).ok());
          REQUIRE(other.read(64, data.data(), 100'000).ok());
          // The dead home stays dead, and its successor has another epoch.
          CHECK(eventually([&] { return code(s.load<std::uint64_t>(0, OpOptions{})) == Code::peer_gone; }));
          victim = home_at(2);
          CHECK(eventually([&] { return code(s.load<std::uint64_t>(0, OpOptions{})) == Code::stale_epoch; }));
        }
    const RemoteSegment fresh = attached(f, 2, "plain");
    CHECK(fresh.load<std::uint64_t>(16, OpOptions{}).value() == 0);  // nothing from earlier epochs reaches it
    victim.tell("end");
    CHECK(victim.end() == 0);
    steady.tell("end");
    CHECK(steady.end() == 0);
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE(
    "rdma: ops on a stopped home meet their deadlines, and others do not wait; when it goes on, so do they") {
  if (no_plugin()) return;
  {
    Fabric f = must(Fabric::open(kUrl, {.rank = Rank(0)}));
    Child steady = home_at(1), stopped = home_at(2);
    const RemoteSegment other = attached(f, 1, "plain");
    std::vector<std::byte> data(kLarge, std::byte(7));
    for (const std::string& name : {std::string("plain"), std::string("certain")})
      for (const Kind& kind : kKinds) {
        CAPTURE(name);
        CAPTURE(ub::name(kind.op));
        const RemoteSegment s = attached(f, 2, name);
        const std::uint64_t before = s.load<std::uint64_t>(16, OpOptions{}).value();
        stopped.stop();
        const Status late = kind.run(s, data, {.deadline = Deadline::in(30ms)});
        CHECK((late.code() == Code::timed_out || late.code() == Code::outcome_unknown));
        REQUIRE(other.store<std::uint64_t>(8, 1).ok());
        REQUIRE(other.load<std::uint64_t>(8, OpOptions{}).value() == 1);
        stopped.signal(SIGCONT);
        const OpOptions patient{.deadline = Deadline::in(test::kPatience)};
        CHECK(code(kind.run(s, data, patient)) == Code::ok);
        // An addition that has not been acknowledged was made once or not at all.
        const std::uint64_t after = s.load<std::uint64_t>(16, patient).value();
        const std::uint64_t sure = kind.op == Op::fetch_add ? 1 : 0;
        CHECK(after >= before + sure);
        CHECK(after <= before + 2 * sure);
        if (kind.op == Op::fetch_add && late.code() == Code::timed_out) CHECK(after == before + 1);
      }
    stopped.tell("end");
    CHECK(stopped.end() == 0);
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE(
    "rdma: additions on a connection that was cut are made once where the home remembers, and never twice") {
  if (no_plugin()) return;
  {
    Random random("rdma additions");
    Fabric f = must(Fabric::open(kUrl, {.rank = Rank(0)}));
    Child home = home_at(2);
    const RemoteSegment plain = attached(f, 2, "plain"), certain = attached(f, 2, "certain");
    std::vector<std::byte> data(kLarge);
    Queue q = must(Queue::create(f, 64));
    const auto next = [&] {
      Completion c;
      while (q.poll({&c, 1}) == 0) std::this_thread::yield();
      return c;
    };
    for (int round = 0; round < 6; ++round)
      for (const RemoteSegment* s : {&plain, &certain}) {
        CAPTURE(s->name());
        const std::uint64_t before = s->load<std::uint64_t>(16, OpOptions{}).value();
        // Its connection is established first.
        REQUIRE(q.load<std::uint64_t>(*s, 16, {.deadline = Deadline::never()}).ok());
        REQUIRE(next().status.ok());
        home.stop();
        const std::uint64_t count = 1 + random.below(30);
        for (std::uint64_t i = 0; i < count; ++i)
          REQUIRE(q.atomic<std::uint64_t>(Op::fetch_add, *s, 16, 1, {.tag = 1, .deadline = Deadline::never()})
                      .ok());
        // Data in flight cannot be cancelled: at their deadline the connection is cut, with all ops on it.
        REQUIRE(q.read(plain, 0, data.data(), kLarge, {.tag = 2, .deadline = Deadline::in(10ms)}).ok());
        const Completion late = next();
        CHECK(late.tag == 2);
        CHECK(code(late.status) == Code::timed_out);
        home.signal(SIGCONT);
        std::uint64_t done = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
          const Status end = next().status;
          CHECK((end.ok() || (s == &plain && end.code() == Code::outcome_unknown)));
          done += end.ok();
        }
        const std::uint64_t after = s->load<std::uint64_t>(16, {.deadline = Deadline::never()}).value();
        CHECK(after >= before + done);
        CHECK(after <= before + count);
      }
  }
  CHECK(test::left_behind().empty());
}

// The next event of the kind about rank 2; only peer_joined may come before it.
FabricEvent told(Watch& w, EventKind kind) {
  for (;;) {
    FabricEvent e = must(w.next(Deadline::in(test::kPatience)));
    if (e.kind == kind && e.peer == Rank(2)) return e;
    CAPTURE(e.describe());
    REQUIRE(e.kind == EventKind::peer_joined);
  }
}

TEST_CASE(
    "rdma: a stopped home's path is down until it goes on, and nothing is lost; a killed one has gone") {
  if (no_plugin()) return;
  {
    Fabric f = must(Fabric::open(kUrl, {.rank = Rank(0)}));
    Watch w = must(f.watch());
    Child home = home_at(2);
    const RemoteSegment plain = attached(f, 2, "plain"), certain = attached(f, 2, "certain");
    for (int again = 0; again < 2; ++again) {
      home.stop();
      std::atomic<int> ended{0};
      Result<std::uint64_t> one, other;
      std::thread first([&] {
        one = plain.atomic<std::uint64_t>(Op::fetch_add, 16, 1, OpOptions{.deadline = Deadline::never()}),
        ++ended;
      });
      std::thread second([&] {
        other = certain.atomic<std::uint64_t>(Op::fetch_add, 16, 1, OpOptions{.deadline = Deadline::never()}),
        ++ended;
      });
      // Only the two waiting threads have ops in flight.
      CHECK(told(w, EventKind::path_down).about == plain.path_name());
      // An op with a deadline ends by it; the others wait.
      CHECK(code(plain.load<std::uint64_t>(16, {.deadline = Deadline::in(1s)})) == Code::timed_out);
      CHECK(ended == 0);
      home.signal(SIGCONT);
      told(w, EventKind::path_up);
      first.join();
      second.join();
      CHECK(code(one) == Code::ok);
      CHECK(code(other) == Code::ok);
      CHECK(one.value() == std::uint64_t(again));
      CHECK(other.value() == std::uint64_t(again));
    }
    home.kill();
    told(w, EventKind::peer_gone);
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE("rdma: an attachment of an earlier life is stale in the next one, and writes nothing there") {
  if (no_plugin()) return;
  Fabric f = must(Fabric::open(kUrl, {.rank = Rank(0)}));
  Child first = home_at(2);
  const RemoteSegment old_plain = attached(f, 2, "plain"), old_certain = attached(f, 2, "certain");
  std::vector<std::byte> data(kLarge, std::byte(7));
  first.kill();
  Child second = home_at(2);
  const RemoteSegment fresh = attached(f, 2, "plain"), sure = attached(f, 2, "certain");
  for (const RemoteSegment* old : {&old_plain, &old_certain})
    for (const Kind& kind : kKinds) {
      CAPTURE(ub::name(kind.op));
      CHECK(code(kind.run(*old, data, {.deadline = Deadline::in(test::kPatience)})) == Code::stale_epoch);
    }
  for (const RemoteSegment* now : {&fresh, &sure}) {
    std::vector<std::byte> seen(kLarge);
    REQUIRE(now->read(0, seen.data(), kLarge).ok());
    CHECK(seen == std::vector<std::byte>(kLarge));
  }
}

}  // namespace
}  // namespace ub
