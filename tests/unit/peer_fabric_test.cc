// Fabrics whose ranks meet by a peer directory: each process has a view of its own, and it is the same fabric. Here several ranks
// are in this process; each has its own view all the same.
#include <fstream>

#include "tests/fuzz/refusal.h"
#include "tests/pair.h"
#include "tests/place.h"
#include "tests/plugins.h"
#include "tests/ports.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::code;
using test::must;

std::string url(const std::string& at, const std::string& more = "") {
  return "loopback://met?directory=peer:" + at + more;
}
FabricOptions as(std::uint32_t rank) { return {.rank = Rank(rank)}; }

Peer::State state(const Fabric& f, std::uint32_t rank) {
  for (const Peer& p : f.peers())
    if (p.rank == Rank(rank)) return p.state;
  return Peer::State::free;
}
/// News travel; the watchdog ends a hang.
template <class Condition> void until(Condition so) {
  while (!so()) std::this_thread::sleep_for(std::chrono::microseconds(100));
}

struct Met {
  const test::PluginPath path{test::plugin_folder()};
  const std::string at = url(test::free_endpoint(), "&ranks=8");
};

TEST_CASE("peer fabric: ranks see each other, attach, and do everything that they do on a board") {
  const Met met;
  Fabric a = must(Fabric::open(met.at)), b = must(Fabric::open(met.at)),
         c = must(Fabric::open(met.at, as(5)));
  CHECK(a.rank() == Rank(0));
  CHECK(b.rank() == Rank(1));
  CHECK(a.url() == "loopback://met");
  until([&] { return a.peers().size() == 3 && b.peers().size() == 3 && c.peers().size() == 3; });
  for (const Fabric* f : {&a, &b, &c})
    for (const Peer& p : f->peers()) {
      CHECK(p.state == Peer::State::joined);
      CHECK(p.epoch == 1);
      CHECK(p.pid == ::getpid());
      CHECK(p.node_name == "node" + std::to_string(p.rank.value));
    }

  Segment home = must(a.expose("x", 4096, {.token = Token(9)}));
  CHECK(code(b.attach(0, "x", {.token = Token(8)})) == Code::access_denied);
  RemoteSegment remote = must(b.attach(0, "x", {.token = Token(9)}));
  CHECK_FALSE(remote.direct());
  CHECK(remote.store<std::uint64_t>(8, 41).ok());
  CHECK(remote.fetch_add<std::uint64_t>(8, 1).value() == 41);
  CHECK(home.wait_until<std::uint64_t>(8, Compare::equal, 42).ok());

  // A global address means the same everywhere.
  const GlobalAddress address{a.rank(), home.id(), 8};
  CHECK(must(c.attach(address, {.token = Token(9)})).load<std::uint64_t>(8).value() == 42);

  // Signals wake the home's sleepers, which sleep on another board than the sender's.
  std::thread sleeper([&] { CHECK(home.wait_until<std::uint64_t>(64, Compare::equal, 7).ok()); });
  CHECK(remote.write_signal(128, "hello", 5, 64, 7).ok());
  sleeper.join();
}

TEST_CASE(
    "peer fabric: a global address may come before the news of what it is of; one of what has gone is told "
    "at once") {
  const Met met;
  Fabric a = must(Fabric::open(met.at)), b = must(Fabric::open(met.at));
  std::atomic<bool> begun{false};
  std::thread early([&] {
    begun = true;
    CHECK(b.attach(GlobalAddress{Rank(0), SegmentId(1 << 16), 0}).ok());  // the first that it will be
  });
  while (!begun) std::this_thread::yield();
  Segment first = must(a.expose("first", 64));
  early.join();
  const GlobalAddress address{Rank(0), first.id(), 0};
  first = Segment();
  Segment second = must(a.expose("second", 64));
  CHECK(must(b.attach(0, "second")).id() == second.id());
  CHECK(code(b.attach(address, {.deadline = Deadline::never()})) == Code::segment_gone);
}

TEST_CASE("peer fabric: rights go, and what had been attached feels it; closing and leaving are told apart") {
  const Met met;
  Fabric a = must(Fabric::open(met.at)), b = must(Fabric::open(met.at));
  Segment home = must(a.expose("x", 64)), other = must(a.expose("y", 64));
  const RemoteSegment x = must(b.attach(0, "x")), y = must(b.attach(0, "y"));
  CHECK(x.store<int>(0, 1).ok());
  REQUIRE(home.revoke(Access::write).ok());
  CHECK(code(x.store<int>(0, 2)) == Code::access_denied);
  CHECK(x.load<int>(0).value() == 1);
  CHECK(y.store<int>(0, 3).ok());
  REQUIRE(home.grant(Access::write).ok());
  until([&] { return x.store<int>(0, 4).ok(); });
  home = Segment();
  CHECK(code(x.load<int>(0)) == Code::segment_gone);
  CHECK(y.load<int>(0).value() == 3);
  const GlobalAddress old{a.rank(), x.id(), 0};
  Segment again = must(a.expose("x", 64));
  CHECK(again.id() != x.id());
  CHECK(code(b.attach(old, test::now())) == Code::segment_gone);
  a.leave();
  until([&] { return state(b, 0) == Peer::State::free; });
  CHECK(code(y.load<int>(0)) == Code::peer_gone);
}

TEST_CASE("peer fabric: a rank that has left is taken again; nothing of its old life fits the new one") {
  const Met met;
  Fabric stays = must(Fabric::open(met.at));
  std::vector<RemoteSegment> old;
  std::vector<GlobalAddress> addresses;
  for (std::uint32_t life = 1; life <= 3; ++life) {
    Fabric f = must(Fabric::open(met.at, as(3)));
    CHECK(f.epoch() == life);
    Segment s = must(f.expose("s", 64));
    until([&] { return stays.attach(3, "s", test::now()).ok(); });
    for (const RemoteSegment& r : old) CHECK(code(r.load<int>(0)) == Code::stale_epoch);
    for (const GlobalAddress& g : addresses) CHECK(code(stays.attach(g, test::now())) == Code::segment_gone);
    old.push_back(must(stays.attach(3, "s")));
    CHECK(old.back().load<int>(0).ok());
    addresses.push_back({Rank(3), s.id(), 0});
  }
}

TEST_CASE("peer fabric: a barrier, and many segments at once") {
  const Met met;
  Fabric a = must(Fabric::open(met.at)), b = must(Fabric::open(met.at));
  std::vector<Segment> all;
  for (;;) {
    auto s = a.expose("s" + std::to_string(all.size()), 64);
    if (!s.ok()) {
      CHECK(code(s) == Code::no_memory);
      break;
    }
    all.push_back(std::move(*s));
  }
  CHECK(all.size() == 64);
  for (std::size_t i = 0; i < all.size(); ++i)
    CHECK(must(b.attach(0, "s" + std::to_string(i))).store<int>(0, int(i)).ok());
  for (std::size_t i = 0; i < all.size(); ++i)
    CHECK(*reinterpret_cast<const int*>(all[i].local_view().data()) == int(i));
  all.resize(32);
  const auto meet = [](Fabric& f) {
    Barrier barrier = must(Barrier::create(f, "b", {Rank(0), Rank(1)}));
    for (int i = 0; i < 50; ++i) CHECK(barrier.wait().ok());
  };
  std::thread other([&] { meet(b); });
  meet(a);
  other.join();
}

TEST_CASE("peer fabric: seats are taken, full, or beyond the fabric, in one line") {
  const test::PluginPath path(test::plugin_folder());
  const std::string at = url(test::free_endpoint(), "&ranks=2");
  Fabric a = must(Fabric::open(at, as(1)));
  const auto taken = Fabric::open(at, as(1));
  REQUIRE(code(taken) == Code::taken);
  test::in_one_line(taken.error());
  CHECK(taken.error().what.find("rank 1 is held by process " + std::to_string(::getpid())) !=
        std::string::npos);
  CHECK(code(Fabric::open(at, as(2))) == Code::invalid_argument);
  Fabric b = must(Fabric::open(at));
  CHECK(b.rank() == Rank(0));
  const auto full = Fabric::open(at);
  CHECK(code(full) == Code::taken);
  CHECK(full.error().what.find("all 2 ranks are taken") != std::string::npos);
  CHECK(state(a, 0) == Peer::State::joined);  // those who were refused have disturbed nobody
}

TEST_CASE("peer fabric: what the URL can have wrong") {
  const test::PluginPath path(test::plugin_folder());
  struct Wrong {
    std::string url;
    Code code;
    const char* word;
  };
  for (const Wrong& w :
       {Wrong{"shm://x?directory=peer:127.0.0.1:7001", Code::invalid_argument, "shm:// stays on one box"},
        Wrong{"emu://x?machine=ubmesh-rack&directory=peer:127.0.0.1:7001", Code::invalid_argument,
              "emu:// stays"},
        Wrong{"fault+shm://x?directory=peer:127.0.0.1:7001", Code::invalid_argument, "stays on one box"},
        Wrong{"loopback://x?directory=etcd:1.2.3.4:7001", Code::invalid_argument,
              "there is no directory 'etcd"},
        Wrong{"loopback://x?directory=peer:127.0.0.1", Code::invalid_argument, "bad end point"},
        Wrong{"loopback://x?directory=peer:127.0.0.1:0", Code::invalid_argument, "port 0"},
        Wrong{"loopback://x?directory=peer:0.0.0.0:7001", Code::invalid_argument, "stands for all"},
        Wrong{"loopback://x?directory=peer:no-such-host.invalid:7001", Code::not_found, "cannot look up"},
        Wrong{"loopback://x?ranks=5000&directory=peer:127.0.0.1:7001", Code::invalid_argument,
              "1024 ranks, not 5000"}}) {
    CAPTURE(w.url);
    const auto f = Fabric::open(w.url);
    REQUIRE(!f.ok());
    test::in_one_line(f.error());
    CHECK(f.error().code() == w.code);
    CHECK(f.error().what.find(w.word) != std::string::npos);
    CHECK(!f.error().advice.empty());
  }
  CHECK(Fabric::open("shm://x?directory=board").ok());
  CHECK(Fabric::open("loopback://x?directory=board").ok());
}

TEST_CASE(
    "peer fabric: each process's view is seen from outside, bears no name that clashes, and goes with it") {
  const Met met;
  std::vector<std::string> before = test::left_behind();
  {
    Fabric a = must(Fabric::open(met.at)), b = must(Fabric::open(met.at));
    Fabric box =
        must(Fabric::open("loopback://met?ranks=4"));  // the same name on this box's board is another fabric
    CHECK(box.peers().size() == 1);
    Segment s = must(a.expose("s", 64));
    until([&] { return b.attach(0, "s", test::now()).ok(); });
    int views = 0;
    for (const FabricInfo& f : must(inspect())) {
      CHECK(f.trouble.empty());
      CHECK(f.url == "loopback://met");
      CHECK(f.live);
      if (f.seen_by == 0) continue;
      ++views;
      CHECK(f.seen_by == ::getpid());
      CHECK(f.ranks.size() == 2);
      CHECK(f.segments.size() == 1);
      CHECK(must(inspect(f.name)).ranks.size() == 2);
    }
    CHECK(views == 2);
    CHECK(must(inspect("met")).ranks.size() == 1);
    box.leave();
  }
  CHECK(test::left_behind() == before);
  {
    Fabric a = must(Fabric::open(met.at));
    CHECK(must(inspect("loopback://met")).seen_by == ::getpid());
    Fabric b = must(Fabric::open(met.at));
    const auto which = inspect("met");
    CHECK(code(which) == Code::invalid_argument);
    CHECK(which.error().message().find("met@") != std::string::npos);
  }
  CHECK(code(inspect("met")) == Code::not_found);
}

TEST_CASE("peer fabric: ranks that come, go and expose at once; in the end everybody knows the same") {
  test::Random random("peer fabric");
  const Met met;
  Fabric watcher = must(Fabric::open(met.at, as(0)));
  std::vector<std::thread> threads;
  for (std::uint32_t r = 1; r < 5; ++r)
    threads.emplace_back([&, r, seed = random()] {
      test::Random own("rank", seed);
      for (int life = 0; life < 6; ++life) {
        Fabric f = must(Fabric::open(met.at, as(r)));
        std::vector<Segment> all;
        for (int step = 0; step < 20; ++step) {
          if (all.size() < 8 && own.below(2)) all.push_back(must(f.expose("s" + std::to_string(step), 64)));
          if (!all.empty() && own.below(3) == 0) all.erase(all.begin() + long(own.below(all.size())));
          const auto peer = std::uint32_t(1 + own.below(4));
          const auto s = f.attach(peer, "s" + std::to_string(own.below(20)), test::now());
          if (!s.ok()) continue;
          const Code c = code(s.value().fetch_add<std::uint64_t>(0, 1));
          CHECK((c == Code::ok || c == Code::peer_gone || c == Code::segment_gone || c == Code::stale_epoch));
        }
      }
    });
  for (std::thread& t : threads) t.join();
  Fabric late = must(Fabric::open(met.at, as(7)));
  for (std::uint32_t r = 1; r < 5; ++r) {
    until([&] { return state(watcher, r) == Peer::State::free; });
    CHECK(state(late, r) == Peer::State::free);
    CHECK(code(late.attach(r, "s0", test::now())) == Code::not_found);
    CHECK(must(Fabric::open(met.at, as(r))).epoch() == 7);
  }
}

}  // namespace
}  // namespace ub
