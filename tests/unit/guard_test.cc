// A transport's clock that stands still: who waits by it is freed by the host's time.
#include "core/guard.h"

#include <filesystem>

#include "core/fabric_access.h"
#include "core/quiesce.h"
#include "tests/pair.h"
#include "tests/plugins.h"

namespace ub {
namespace {

using namespace std::chrono_literals;
using test::code;
using test::must;

constexpr Instant kStart = Instant(1h);

TEST_CASE("guard: a clock that goes is believed, however slow; one that stands still is dead after a while") {
  core::Guard g(1s);
  Instant host = kStart, model = Instant(5s);
  for (int i = 0; i < 100; ++i) CHECK(g.now(model += 1ns, host += 150ms) == model);
  for (int i = 0; i < 6; ++i) CHECK(g.now(model, host += 150ms) == model);
  CHECK(g.now(model, host += 150ms) == Instant::max());
  CHECK(g.now(model += 1ns, host += 150ms) == model);  // it has come back
}

TEST_CASE("guard: time in which nobody looked does not count; nor does what was before a restart") {
  core::Guard g(1s);
  const Instant model(5s);
  CHECK(g.now(model, kStart) == model);
  CHECK(g.now(model, kStart + 10h) == model);
  for (int i = 1; i <= 3; ++i) CHECK(g.now(model, kStart + 10h + i * 200ms) == model);
  g.restart();
  CHECK(g.now(model, kStart + 20h) == model);
  for (int i = 1; i <= 4; ++i) CHECK(g.now(model, kStart + 20h + i * 200ms) == model);
  CHECK(g.now(model, kStart + 20h + 1s) == Instant::max());
}

TEST_CASE(
    "guard: without any patience a clock that goes is still believed, and one that rests between two events, "
    "too") {
  core::Guard g(0s);
  CHECK(g.now(kStart, kStart) == kStart);
  CHECK(g.now(kStart, kStart + 100ms) == kStart);
  CHECK(g.now(kStart + 1ns, kStart + 200ms) == kStart + 1ns);

  // A fabric whose calls give up at once unless told otherwise waits where it is told.
  Fabric f = must(Fabric::open("shm://hasty", {.timeout = 0s}));
  const Segment s = must(f.expose("x", 64));
  const Instant begun = f.now();
  CHECK(code(s.wait_until<int>(0, Compare::equal, 1)) == Code::timed_out);
  CHECK(code(s.wait_until<int>(0, Compare::equal, 1, {.deadline = Deadline::in(5ms)})) == Code::timed_out);
  CHECK(f.now() - begun >= 5ms);
}

TEST_CASE(
    "quiesce: what ends is seen to end, also where the transport sleeps until something happens to it") {
  const test::PluginPath path(test::plugin_folder());
  Fabric f = must(Fabric::open("loopback://quiet?sleeps=1"));
  int looks = 0;
  CHECK(
      core::wait_until_quiet(*detail::FabricAccess::member(f), f.now() + 10h, [&] { return ++looks < 100; }));
}

TEST_CASE("guard: an op whose home refuses it for no reason that can be found still ends") {
  const test::PluginPath path(test::plugin_folder());
  Fabric f = must(Fabric::open("stalled://s?stale=1", {.timeout = 20ms}));
  const Segment s = must(f.expose("x", 64));
  const RemoteSegment r = must(f.attach(f.rank(), "x"));
  CHECK(code(r.load<int>(0)) == Code::timed_out);
  CHECK_FALSE(r.store<int>(0, 1).ok());
  Queue q = must(Queue::create(f, 4));
  REQUIRE(q.store<int>(r, 0, 1).ok());
  CHECK(q.flush().ok());
}

TEST_CASE("guard: with a dead engine every op ends, and every wait") {
  const test::PluginPath path(test::plugin_folder());
  Fabric f = must(Fabric::open("stalled://s", {.timeout = 20ms}));
  const Segment s = must(f.expose("x", 64));
  const RemoteSegment r = must(f.attach(f.rank(), "x"));
  CHECK(code(r.load<int>(0)) == Code::timed_out);
  CHECK(code(r.store<int>(0, 1)) == Code::outcome_unknown);
  CHECK(code(r.store<int>(0, 1, {.deadline = Deadline::never()})) == Code::outcome_unknown);
  CHECK(code(s.wait_until<int>(0, Compare::equal, 1, {.deadline = Deadline::never()})) == Code::timed_out);
  CHECK(code(f.attach(f.rank(), "nobody", {.deadline = Deadline::never()})) == Code::not_found);

  Queue q = must(Queue::create(f, 4));
  for (int i = 0; i < 4; ++i) REQUIRE(q.store<int>(r, 0, 1, {.deadline = Deadline::never()}).ok());
  CHECK(q.flush(Deadline::never()).ok());  // nothing is in flight any more
  CHECK(q.accounting().unknown == 4);
  REQUIRE(q.store<int>(r, 0, 1).code() == Code::busy);  // not polled yet
  Completion c[4];
  CHECK(q.poll(c) == 4);
  REQUIRE(q.store<int>(r, 0, 1).ok());  // in flight as the queue ends: its buffers are safe then
}

}  // namespace
}  // namespace ub
