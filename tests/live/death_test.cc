// Killed homes, stopped homes, and ranks that are taken over.
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "tests/live/child.h"
#include "tests/place.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::eventually;
using test::must;
using test::now;

// Joins as a rank, exposes "s" with its epoch in the first word, and waits until the test ends it.
const test::Role home_role("home", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(std::uint32_t(std::stoul(args[1])))});
  if (!f.ok())
    return test::say(std::string("failed ") + std::string(name(f.error().code())) + " " +
                     f.error().message()),
           1;
  auto s = f->expose("s", 4096);
  if (!s.ok()) return test::say("failed " + s.error().message()), 1;
  const std::uint64_t epoch = f->epoch();
  std::memcpy(s->local_view().data(), &epoch, sizeof epoch);
  test::say("ready");
  (void)test::hear();
  return 0;
});

Child home(const std::string& url, unsigned rank) {
  Child c("home", {url, std::to_string(rank)});
  REQUIRE(c.line() == "ready");
  return c;
}

Peer::State state(const Fabric& f, std::uint32_t rank) {
  for (const Peer& p : f.peers())
    if (p.rank == Rank(rank)) return p.state;
  return Peer::State::free;
}

TEST_CASE(
    "death: a killed home's peers get peer_gone after the kernel's mark, on every path; others notice "
    "nothing") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Child dying = home(url, 0), living = home(url, 1);
    Fabric f = must(Fabric::open(url));
    RemoteSegment lost = must(f.attach(0, "s")), kept = must(f.attach(1, "s"));
    CHECK(lost.load<std::uint64_t>(0).value() == 1);
    CHECK(dying.kill() == -SIGKILL);
    // Until the mark is set, ops succeed, which is harmless; no other ending is possible.
    CHECK(eventually([&] {
      const Code c = code(lost.fetch_add<int>(8, 1));
      REQUIRE((c == Code::ok || c == Code::peer_gone));
      return c == Code::peer_gone;
    }));
    std::byte b;
    CHECK(code(lost.load<int>(0)) == Code::peer_gone);
    CHECK(code(lost.load<int>(0, OpOptions{})) == Code::peer_gone);
    CHECK(code(lost.read(0, &b, 1)) == Code::peer_gone);
    CHECK(code(lost.write_signal(0, &b, 1, 8, 1)) == Code::peer_gone);
    CHECK(code(f.attach(0, "s", now())) == Code::peer_gone);
    if (!lost.view().empty())
      CHECK(lost.view()[0] == std::byte(1));  // its last contents, while this process is attached
    CHECK(state(f, 0) == Peer::State::dead);
    CHECK(state(f, 1) == Peer::State::joined);
    CHECK(kept.load<std::uint64_t>(0).value() == 1);
    CHECK(kept.fetch_add<int>(8, 1).ok());
    living.tell("end");
    CHECK(living.end() == 0);
    CHECK(code(kept.load<int>(0)) == Code::peer_gone);
  }
}

TEST_CASE("death: a stopped home serves on, is not dead, and keeps its rank") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Child stopped = home(url, 0);
    Fabric f = must(Fabric::open(url));
    const RemoteSegment s = must(f.attach(0, "s"));
    stopped.stop();
    for (int i = 0; i < 1000; ++i) REQUIRE(s.fetch_add<std::uint64_t>(8, 1).value() == std::uint64_t(i));
    CHECK(s.store<int>(16, 1, {.notify = true}).ok());
    CHECK(must(f.attach(0, "s")).load<std::uint64_t>(8).value() == 1000);
    CHECK(state(f, 0) == Peer::State::joined);
    CHECK(code(Fabric::open(url, {.rank = Rank(0), .timeout = std::chrono::milliseconds(50)})) ==
          Code::taken);
    stopped.signal(SIGCONT);
    stopped.tell("end");
    CHECK(stopped.end() == 0);
  }
}

TEST_CASE(
    "death: a dead rank is taken by a new process; the old attachment stays stale, and reads no fresh "
    "zeroes") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric f = must(Fabric::open(url, {.rank = Rank(1)}));
    std::vector<RemoteSegment> old;
    for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
      Child holder = home(url, 0);
      for (const RemoteSegment& s : old) {
        CHECK(code(s.load<std::uint64_t>(0)) == Code::stale_epoch);
        CHECK(code(s.store<int>(0, 1, OpOptions{})) == Code::stale_epoch);
      }
      old.push_back(must(f.attach(0, "s")));
      CHECK(old.back().load<std::uint64_t>(0).value() == epoch);
      holder.kill();
    }
  }
}

TEST_CASE("death: without a number, a dead rank's seat is the last to be given away") {
  const std::string url = "shm://last?ranks=3";
  Fabric a = must(Fabric::open(url, {.rank = Rank(2)}));
  home(url, 0).kill();
  CHECK(eventually([&] { return state(a, 0) == Peer::State::dead; }));
  Fabric b = must(Fabric::open(url));
  CHECK(b.rank() == Rank(1));
  Fabric c = must(Fabric::open(url));
  CHECK(c.rank() == Rank(0));
  CHECK(c.epoch() == 2);
}

// Ends without leaving: what it held remains.
const test::Role keeperless_role("keeperless", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(0)});
  auto s = f.ok() ? f->expose("s", 4096) : Expected<Segment>(f.error());
  if (!s.ok()) return 1;
  test::say("ready");
  (void)test::hear();
  return ::_exit(0), 0;
});

TEST_CASE("death: a mark while the process lives gives its rank to nobody, until it has exited") {
  // The test sets the mark, as the kernel would if only the keeper's thread ended.
  for (const std::string& url : {test::kUrls[0], test::kUrls[1]}) {
    CAPTURE(url);
    Child half_dead("keeperless", {url});
    REQUIRE(half_dead.line() == "ready");
    Fabric f = must(Fabric::open(url));
    const RemoteSegment s = must(f.attach(0, "s"));
    const auto board = test::map_board("pair");
    auto* gate = test::gate_of(board, 0);
    *gate = (*gate & ~0xffffffffull) | 0x40000000;  // FUTEX_OWNER_DIED
    CHECK(code(s.load<int>(0)) == Code::peer_gone);
    CHECK(state(f, 0) == Peer::State::dead);
    CHECK(code(Fabric::open(url, {.rank = Rank(0), .timeout = std::chrono::milliseconds(80)})) == Code::busy);
    Fabric other = must(Fabric::open(url));  // sweeps, but not what a running process may still use
    CHECK(other.rank() == Rank(2));

    // A process that waits for the rank gets it when the old process has ended.
    Child taker("home", {url, "0"});
    half_dead.tell("end");
    CHECK(half_dead.end() == 0);
    CHECK(taker.line() == "ready");
    CHECK(code(s.load<int>(0)) == Code::stale_epoch);
    taker.kill();
  }
}

const test::Role changing_role("becomes another program", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(0)});
  auto s = f.ok() ? f->expose("s", 4096) : Expected<Segment>(f.error());
  if (!s.ok()) return 1;
  test::say("ready");
  (void)test::hear();
  ::execl("/bin/sleep", "sleep", "1000", nullptr);
  return 1;
});

TEST_CASE(
    "death: a home that becomes another program has gone for its peers, and takes no descriptor along") {
  const std::string url = test::kUrls[0];
  Child home("becomes another program", {url});
  REQUIRE(home.line() == "ready");
  Fabric f = must(Fabric::open(url));
  const RemoteSegment s = must(f.attach(0, "s"));
  home.tell("go on");
  CHECK(eventually([&] { return code(s.load<int>(0)) == Code::peer_gone; }));
  const std::string proc = "/proc/" + std::to_string(home.pid());
  CHECK(eventually([&] { return std::filesystem::read_symlink(proc + "/exe").filename() != "live"; }));
  for (const auto& fd : std::filesystem::directory_iterator(proc + "/fd"))
    CHECK(std::filesystem::read_symlink(fd.path()).string().find("/ub-") == std::string::npos);
  // Its process still exists: the rank is not free yet.
  CHECK(code(Fabric::open(url, {.rank = Rank(0), .timeout = std::chrono::milliseconds(30)})) == Code::busy);
  home.kill();
  CHECK(must(Fabric::open(url, {.rank = Rank(0)})).epoch() == 2);
}

TEST_CASE(
    "death: a home that leaves and comes back while others attach in a loop is found, waited for, or named "
    "gone") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric f = must(Fabric::open(url, {.rank = Rank(1)}));
    Child loops("joins and leaves", {url});
    int attached = 0;
    CHECK(eventually([&] {
      const auto a = f.attach(0, "s", {.deadline = Deadline::in(std::chrono::milliseconds(20))});
      if (a.ok()) {
        ++attached;
        const Code c = code(a.value().load<std::uint64_t>(0));
        CHECK((c == Code::ok || c == Code::peer_gone || c == Code::stale_epoch || c == Code::segment_gone));
      } else {
        const Code c = code(a);
        CHECK((c == Code::not_found || c == Code::peer_gone || c == Code::segment_gone ||
               c == Code::stale_epoch));
      }
      return attached >= 100;
    }));
    loops.tell("end");
    loops.kill();
  }
}

const test::Role looping_role("joins and leaves", [](const test::Args& args) {
  for (;;) {
    auto f = Fabric::open(args[0], {.rank = Rank(0)});
    if (!f.ok()) return 1;
    for (int i = 0; i < 3; ++i) {
      const auto s = f->expose("s", 4096);
      if (!s.ok()) return 1;
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
  }
  return 0;
});

TEST_CASE("death: who watches is told of a rank's death and of its successor, once each") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Child dying = home(url, 0);
    Fabric f = must(Fabric::open(url));
    Watch w = must(f.watch());
    CHECK(dying.kill() == -SIGKILL);
    const auto told = [&](EventKind kind) {
      const FabricEvent e = must(w.next(Deadline::never()));
      CHECK(e.kind == kind);
      CHECK(e.peer == Rank(0));
    };
    told(EventKind::peer_gone);
    const Child successor = home(url, 0);
    told(EventKind::peer_joined);
    CHECK(code(w.next(Deadline::in(Duration::zero()))) == Code::timed_out);
  }
}

// Joins as a rank and makes a barrier with the ranks 0 to 3; never waits at it.
const test::Role idler_role("idler", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(std::uint32_t(std::stoul(args[1])))});
  if (!f.ok()) return test::say("failed " + f.error().message()), 1;
  auto b = Barrier::create(*f, "b", {0, 1, 2, 3}, Deadline::never());
  if (!b.ok()) return test::say("failed " + b.error().message()), 1;
  test::say("ready");
  (void)test::hear();
  return 0;
});

TEST_CASE("death: a barrier ends with peer_gone at every member when one is killed, and stays so") {
  for (const std::string& url : {std::string("shm://b?ranks=8"), std::string("emu://b?machine=mesh:2x2")})
    for (const unsigned dying : {0u, 2u, 3u}) {
      CAPTURE(url);
      CAPTURE(dying);
      Child child("idler", {url, std::to_string(dying)});
      std::atomic<unsigned> entering{0};
      std::array<Status, 4> ended{}, again{};
      std::vector<std::thread> members;
      for (unsigned r = 0; r < 4; ++r)
        if (r != dying)
          members.emplace_back([&, r] {
            auto f = Fabric::open(url, {.rank = Rank(r), .timeout = std::chrono::minutes(1)});
            if (!f.ok()) return void(++entering);
            auto b = Barrier::create(*f, "b", {0, 1, 2, 3}, Deadline::never());
            ++entering;
            if (!b.ok()) return;
            ended[r] = b->wait(Deadline::never());
            again[r] = b->wait(Deadline::never());
            while (entering < 6) std::this_thread::yield();  // no member leaves before all have their status
          });
      REQUIRE(child.line() == "ready");
      REQUIRE(eventually([&] { return entering == 3; }));
      CHECK(child.kill() == -SIGKILL);
      for (unsigned i = 0; i < 3; ++i) {
        const bool all = eventually([&] {
          unsigned n = 0;
          for (unsigned r = 0; r < 4; ++r) n += ended[r].code() != Code::ok;
          return n == 3;
        });
        CHECK(all);
        ++entering;
      }
      for (auto& t : members) t.join();
      for (unsigned r = 0; r < 4; ++r) {
        if (r == dying) continue;
        CAPTURE(r);
        CHECK(ended[r].code() == Code::peer_gone);
        CHECK(ended[r].peer() == Rank(dying));
        CHECK(again[r] == ended[r]);
      }
    }
}

TEST_CASE(
    "death: a wait that names its peer ends with peer_gone when that is killed; what it stored before "
    "counts") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric f = must(Fabric::open(url, {.rank = Rank(1)}));
    Segment s = must(f.expose("mine", 64));
    const auto wait = [&](Duration poll) {
      return s.wait_until<std::uint64_t>(0, Compare::not_equal, 0,
                                         {.deadline = Deadline::never(), .poll = poll, .peer = Rank(0)});
    };
    for (const Duration poll : {Duration(std::chrono::milliseconds(1)), Duration::zero()}) {
      Child dying = home(url, 0);
      Result<std::uint64_t> ended{};
      std::thread waiter([&] { ended = wait(poll); });
      CHECK(dying.kill() == -SIGKILL);
      waiter.join();
      CHECK(ended.status.code() == Code::peer_gone);
      CHECK(ended.status.op() == Op::wait);
      CHECK(ended.status.peer() == Rank(0));
    }
    CHECK(code(wait(Duration::zero())) == Code::peer_gone);  // dead already
    Child successor = home(url, 0);
    CHECK(code(s.wait_until<std::uint64_t>(0, Compare::not_equal, 0,
                                           {.deadline = std::chrono::milliseconds(20), .peer = Rank(0)})) ==
          Code::timed_out);
    CHECK(code(s.wait_until<std::uint64_t>(0, Compare::not_equal, 0,
                                           {.deadline = std::chrono::milliseconds(20), .peer = Rank(2)})) ==
          Code::timed_out);  // never joined
    must(Fabric::open(url, {.rank = Rank(3)})).leave();
    CHECK(code(s.wait_until<std::uint64_t>(0, Compare::not_equal, 0,
                                           {.deadline = std::chrono::milliseconds(20), .peer = Rank(3)})) ==
          Code::timed_out);  // left earlier, so that another process may join
    CHECK(code(s.wait_until<std::uint64_t>(0, Compare::equal, 0, {.peer = Rank(1000)})) ==
          Code::invalid_argument);
    s.local_view()[0] = std::byte(1);
    CHECK(successor.kill() == -SIGKILL);
    CHECK(wait(Duration::zero()).value() == 1);
  }
}

TEST_CASE(
    "death: a watch reports every process that held a rank, whether it looks all the time or afterwards") {
  for (const std::string& url :
       {std::string("shm://lives?ranks=8"), std::string("emu://lives?machine=mesh:2x2")}) {
    CAPTURE(url);
    Fabric f = must(Fabric::open(url, {.rank = Rank(0)}));
    Watch late = must(f.watch()), busy = must(f.watch());
    constexpr std::uint32_t kProcesses = 5;
    std::vector<FabricEvent> seen, seen_late;
    std::thread watcher([&] {
      while (seen.size() < 2 * kProcesses) {
        auto e = busy.next(Deadline::never());
        if (!e.ok()) return;
        seen.push_back(*e);
      }
    });
    for (std::uint32_t i = 0; i < kProcesses; ++i) {
      Child child = home(url, 1);
      RemoteSegment its = must(f.attach(1, "s"));
      CHECK(its.fetch_add<std::uint64_t>(8, 1).ok());
      CHECK(child.kill() == -SIGKILL);
    }
    watcher.join();
    for (std::uint32_t i = 0; i < 2 * kProcesses; ++i) seen_late.push_back(must(late.next()));
    for (const auto* events : {&seen, &seen_late}) {
      REQUIRE(events->size() == 2 * kProcesses);
      for (std::uint32_t i = 0; i < 2 * kProcesses; ++i) {
        const FabricEvent& e = (*events)[i];
        CHECK(e.kind == (i % 2 == 0 ? EventKind::peer_joined : EventKind::peer_gone));
        CHECK(e.peer == Rank(1));
        CHECK(e.epoch == i / 2 + 1);
      }
    }
    CHECK(code(late.next(Duration::zero())) == Code::timed_out);
  }
}

}  // namespace
}  // namespace ub
