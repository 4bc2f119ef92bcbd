// Watching a fabric: what is told, to whom, how often, and when the waiting ends.
#include <atomic>
#include <optional>

#include "core/events.h"
#include "tests/pair.h"
#include "tests/plugins.h"

namespace ub {
namespace {

using test::code;
using test::must;

// As long as it takes; the suite's watchdog bounds it.
FabricEvent next(Watch& w) { return must(w.next(Deadline::never())); }
Code nothing(Watch& w) { return code(w.next(Deadline::in(Duration::zero()))); }

// A pair on a transport that tells what it is told to.
struct Telling : test::Pair {
  explicit Telling(const std::string& url) : Pair(url) {}
  void tell(EventKind kind) { REQUIRE(remote.fetch_xor<std::uint64_t>(0, std::uint64_t(kind)).ok()); }
};

TEST_CASE("watch: ranks that come and go are told once to each watch, from its beginning on") {
  const test::PluginPath path(test::plugin_folder());
  for (const std::string& url :
       {std::string("shm://watched"), std::string("emu://watched?machine=mesh:2x2"),
        std::string("loopback://watched"), std::string("fault+shm://watched?drop=0.1")}) {
    CAPTURE(url);
    Fabric f = must(Fabric::open(url, {.rank = Rank(0)}));
    Watch first = must(f.watch());
    CHECK(nothing(first) == Code::timed_out);
    {
      Fabric other = must(Fabric::open(url, {.rank = Rank(2)}));
      const FabricEvent e = next(first);
      CHECK(e.kind == EventKind::peer_joined);
      CHECK(e.peer == Rank(2));
      CHECK(e.about == other.node_name());
      CHECK(e.when <= f.now());
    }
    Watch second = must(f.watch());  // what is over was told before it began, also where nobody had looked
    CHECK(nothing(second) == Code::timed_out);
    const FabricEvent gone = next(first);
    CHECK(gone.kind == EventKind::peer_gone);
    CHECK(gone.peer == Rank(2));
    // A life that nobody saw the end of ends before the next one begins.
    {
      Fabric again = must(Fabric::open(url, {.rank = Rank(2)}));
      CHECK(next(second).kind == EventKind::peer_joined);
    }
    Fabric again = must(Fabric::open(url, {.rank = Rank(2)}));
    for (const EventKind kind : {EventKind::peer_gone, EventKind::peer_joined})
      CHECK(next(second).kind == kind);
    for (const EventKind kind : {EventKind::peer_joined, EventKind::peer_gone, EventKind::peer_joined})
      CHECK(next(first).kind == kind);
    CHECK(nothing(first) == Code::timed_out);
    CHECK(nothing(second) == Code::timed_out);
  }
}

TEST_CASE("watch: what a transport tells is passed on, with the peer and the path that it is about") {
  const test::PluginPath path(test::plugin_folder());
  for (const std::string& url : {std::string("loopback://telling?tells=1"),
                                 std::string("fault+loopback://telling?tells=1&repeat=0.5")}) {
    CAPTURE(url);
    Telling t(url);
    Watch w = must(t.peer.watch()), other = must(t.home.watch());
    const bool again = url.rfind("fault+", 0) == 0;  // there a slow attempt is made again, and tells again
    std::optional<EventKind> before;
    for (unsigned k = 0; k < kEventKinds; ++k) {
      const EventKind kind = EventKind(k);
      if (kind == EventKind::peer_joined || kind == EventKind::peer_gone) continue;
      CAPTURE(name(kind));
      t.tell(kind);
      FabricEvent e = next(w);
      while (again && e.kind == before) e = next(w);
      before = kind;
      CHECK(e.kind == kind);
      const bool on_path =
          kind == EventKind::path_down || kind == EventKind::path_up || kind == EventKind::sealed;
      CHECK(e.peer == (on_path ? std::optional(Rank(0)) : std::nullopt));
      CHECK(e.about == (on_path ? "loop" : "loop0 port 1"));
    }
    auto more = w.next(Deadline::in(Duration::zero()));
    for (; more.ok(); more = w.next(Deadline::in(Duration::zero()))) CHECK((again && more->kind == before));
    CHECK(code(more) == Code::timed_out);
    CHECK(nothing(other) == Code::timed_out);  // it was the other rank's transport
  }
}

TEST_CASE("watch: a peer that both the transport and the directory know to have gone is told once") {
  const test::PluginPath path(test::plugin_folder());
  Telling t("loopback://twice?tells=1");
  Watch w = must(t.peer.watch());
  t.tell(EventKind::peer_gone);
  const FabricEvent e = next(w);
  CHECK(e.kind == EventKind::peer_gone);
  CHECK(e.peer == Rank(0));
  CHECK(e.about == "node0");
  t.tell(EventKind::peer_gone);  // by another connection, say
  CHECK(nothing(w) == Code::timed_out);
  t.home.leave();
  CHECK(nothing(w) == Code::timed_out);
  Fabric successor = must(Fabric::open("loopback://twice?tells=1", {.rank = Rank(0)}));
  CHECK(next(w).kind == EventKind::peer_joined);
  successor.leave();
  CHECK(next(w).kind == EventKind::peer_gone);
}

TEST_CASE("watch: what was about a connection that has ended is not told") {
  const test::PluginPath path(test::plugin_folder());
  Telling t("loopback://ended?tells=1");
  Watch w = must(t.peer.watch());
  t.tell(EventKind::path_down);
  t.tell(EventKind::port_down);
  t.remote = RemoteSegment();
  CHECK(next(w).kind == EventKind::port_down);
  CHECK(nothing(w) == Code::timed_out);
}

TEST_CASE("watch: who does not look loses what does not fit, and learns how much and when") {
  const test::PluginPath path(test::plugin_folder());
  Telling t("loopback://full?tells=1");
  Watch idle = must(t.peer.watch()), busy = must(t.peer.watch());
  constexpr std::uint64_t kMore = 10;
  for (std::uint64_t i = 0; i < core::EventBox::kRoom + kMore; ++i) {
    t.tell(i % 2 == 0 ? EventKind::port_down : EventKind::port_up);
    CHECK(next(busy).kind == (i % 2 == 0 ? EventKind::port_down : EventKind::port_up));
  }
  for (std::uint64_t i = 0; i < core::EventBox::kRoom; ++i)
    REQUIRE(next(idle).kind == (i % 2 == 0 ? EventKind::port_down : EventKind::port_up));
  t.tell(EventKind::gid_change);
  const FabricEvent missed = next(idle);
  CHECK(missed.kind == EventKind::missed);
  CHECK(missed.missed == kMore);
  CHECK(next(idle).kind == EventKind::gid_change);
  CHECK(nothing(idle) == Code::timed_out);
}

TEST_CASE("watch: several that sleep at once each see everything once; leaving ends their sleep") {
  const test::PluginPath path(test::plugin_folder());
  for (const std::string& url : {std::string("loopback://asleep?tells=1"), std::string("shm://asleep")}) {
    CAPTURE(url);
    test::Pair p(url);
    const bool tells = url.starts_with("loopback");
    std::array<std::atomic<unsigned>, 3> seen{};
    std::array<Code, 3> ended{};
    std::vector<std::thread> sleepers;
    for (std::size_t i = 0; i < seen.size(); ++i)
      sleepers.emplace_back([&, i, w = std::make_shared<Watch>(must(p.peer.watch()))] {
        for (;;) {
          const auto e = w->next(Deadline::never());
          if (!e.ok()) {
            ended[i] = e.error().code();
            return;
          }
          ++seen[i];
        }
      });
    constexpr unsigned kEvents = 20;
    for (unsigned n = 0; n < kEvents; ++n) {
      if (tells)
        CHECK(p.remote.fetch_xor<std::uint64_t>(0, std::uint64_t(EventKind::gid_change)).ok());
      else if (n % 2 == 0)
        p.home.leave();
      else
        p.home = must(Fabric::open(url, {.rank = Rank(0)}));
      for (const auto& s : seen)
        while (s != n + 1) std::this_thread::yield();
    }
    p.peer.leave();
    for (auto& s : sleepers) s.join();
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(seen[i] == kEvents);
      CHECK(ended[i] == Code::not_joined);
    }
    CHECK(code(p.peer.watch()) == Code::not_joined);
  }
}

TEST_CASE(
    "watch: each epoch of a rank is reported as joined and as gone, once, also if it began and ended between "
    "two looks") {
  using State = Peer::State;
  core::Incarnations incarnations;
  bool complete = true, exited = true;
  const auto look = [&](State s, std::uint32_t epoch, unsigned rank = 7) {
    const bool joined = s == State::joined;
    std::vector<directory::Incarnation> now;
    if (epoch != 0)
      now.push_back({Rank(rank), epoch, NodeId(7), joined, s == State::free || (s == State::dead && exited)});
    std::string news;
    for (const FabricEvent& e : incarnations.compare(now, complete, [](NodeId) { return "here"; })) {
      if (e.kind == EventKind::missed)
        news += "missed " + std::to_string(e.missed) + " ";
      else
        news += (e.kind == EventKind::peer_joined ? "+" : "-") + std::to_string(e.epoch) + " ";
      CHECK((e.about == "here" || e.about.empty()));
    }
    return news;
  };
  CHECK(look(State::free, 0) == "");
  exited = false;
  CHECK(look(State::dead, 1) == "");  // about to join
  CHECK(look(State::joined, 1) == "+1 ");
  CHECK(look(State::joined, 1) == "");
  CHECK(look(State::dead, 1) == "-1 ");
  CHECK(look(State::dead, 1) == "");
  CHECK(look(State::dead, 2) == "");
  CHECK(look(State::free, 1) == "");  // it failed to join
  CHECK(look(State::joined, 2) == "+2 ");
  CHECK(look(State::dead, 3) == "-2 ");
  CHECK(look(State::joined, 3) == "+3 ");
  CHECK(look(State::joined, 4) == "-3 +4 ");
  CHECK_FALSE(incarnations.gone(Rank(7), 3));
  CHECK_FALSE(incarnations.gone(Rank(6), 4));
  const auto gone = incarnations.gone(Rank(7), 4);
  REQUIRE(gone);
  CHECK(gone->about == "here");
  CHECK(gone->epoch == 4);
  CHECK_FALSE(incarnations.gone(Rank(7), 4));
  CHECK(look(State::joined, 4) == "");  // the directory still shows it
  CHECK(look(State::free, 4) == "");
  CHECK(look(State::joined, 5) == "+5 ");
  exited = true;
  CHECK(look(State::dead, 6) == "-5 +6 -6 ");
  CHECK(look(State::free, 7) == "+7 -7 ");
  CHECK(look(State::joined, 10) == "+8 -8 +9 -9 +10 ");
  exited = false;
  CHECK(look(State::dead, 12) == "-10 +11 -11 ");
  exited = true;
  CHECK(look(State::dead, 12) == "+12 -12 ");
  CHECK(look(State::joined, 1012).starts_with("missed 1742 +884 -884 "));  // the last 128, each in two events
  // A rank that is shown for the first time.
  CHECK(look(State::joined, 2, 8) == "+1 -1 +2 ");
  complete = false;
  CHECK(look(State::joined, 3, 9) == "+3 ");
  CHECK(look(State::free, 5, 9) == "-3 +4 -4 +5 -5 ");
}

TEST_CASE("watch: an event in words") {
  CHECK(FabricEvent{.kind = EventKind::port_down, .about = "rxe0 port 1"}.describe() ==
        "port_down: rxe0 port 1");
  CHECK(FabricEvent{.kind = EventKind::peer_gone, .peer = Rank(3), .about = "node3"}.describe() ==
        "peer_gone: rank 3 (node3)");
  CHECK(FabricEvent{.kind = EventKind::peer_gone, .peer = Rank(3)}.describe() == "peer_gone: rank 3");
  CHECK(FabricEvent{.kind = EventKind::missed, .missed = 1}.describe() == "missed: 1 event");
  CHECK(FabricEvent{.kind = EventKind::missed, .missed = 7}.describe() == "missed: 7 events");
  CHECK(FabricEvent{.kind = EventKind::gid_change}.describe() == "gid_change");
  for (unsigned k = 0; k < kEventKinds; ++k) CHECK(name(EventKind(k)) != "?");
}

}  // namespace
}  // namespace ub
