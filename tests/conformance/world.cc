#include "world.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace ub::conformance {

std::vector<World>& worlds() {
  static std::vector<World> all;
  return all;
}

namespace {

void on_each(const char* group, bool far_too, const std::function<void(const World&)>& checks) {
  for (World& w : worlds()) {
    if (w.far && !far_too) {
      std::printf("not with a home on another host: a case of %s\n", group);
      continue;
    }
    w.group = group;
    CAPTURE(w.url);
    try {
      checks(w);
    } catch (const std::exception& e) {
      FAIL_CHECK(e.what());
    } catch (...) {
      // A REQUIRE failed, and has been reported.
    }
    std::fflush(stdout);
  }
}

// The far home opens the fabric first, since it has the directory's address.
Fabric open_home(const World& w) {
  if (!w.far) return w.open(Rank(0));
  w.far->open(w.url);
  return w.open(Rank(2));
}

Segment expose(const World& w, Fabric& home, const BenchOptions& o) {
  const ExposeOptions options = o.certain ? w.certain(o.expose) : o.expose;
  if (!w.far) return test::must(home.expose("bench", o.size, options));
  w.far->expose("bench", o.size, options);
  return {};
}

}  // namespace

void on_every_transport(const char* group, const std::function<void(const World&)>& checks) {
  on_each(group, true, checks);
}
void with_homes_here(const char* group, const std::function<void(const World&)>& checks) {
  on_each(group, false, checks);
}

Bench::Bench(const World& w, const BenchOptions& o)
    : world(w),
      home(open_home(w)),
      peer(w.open(Rank(1))),
      segment(expose(w, home, o)),
      remote(test::must(peer.attach(0, "bench", o.attach))),
      queue(test::must(Queue::create(peer, 64))),
      model(remote.size(), w.caps),
      rights(remote.access()) {}

Bench::~Bench() {
  ledger().counted(world.transport, home.counters());
  ledger().counted(world.transport, peer.counters());
}

void Bench::check(Form form, const Step& s, const OpOptions& o) {
  INFO(name(form), " ", describe(s));
  const Outcome got = perform(form, remote, queue, s, o);
  world.ran(s.op, got.status.code());
  const std::vector<Code> may = model.may_end(s, rights);
  if (may.front() == Code::ok) {
    REQUIRE(got.status.code() == Code::ok);
    check_outcome(s, got);
  } else {
    INFO("it ended with ", name(got.status.code()));
    CHECK(std::find(may.begin(), may.end(), got.status.code()) != may.end());
    CHECK(got.status.op() == s.op);
    CHECK(got.status.peer() == remote.peer());
    CHECK(got.value16 == Word16{});
  }
  check_memory();
}

void Bench::check_every_op() {
  static std::size_t turn = 0;
  for (const Step& s : all_steps(128)) {
    ++turn;
    for (const Form form : kForms)
      if (has_form(form, s.op) &&
          (!world.lossy() || form == Form(turn % 3) || !has_form(Form(turn % 3), s.op)))
        check(form, s);
  }
}

void Bench::check_outcome(const Step& s, const Outcome& got) {
  const Outcome expected = model.apply(s);
  CHECK(got.value == expected.value);
  CHECK(got.value16 == expected.value16);
  CHECK(same(got.data, expected.data));
}

void Bench::check_memory() {
  const auto there = memory();
  if (same(there, model.memory)) return;
  const auto differ = std::mismatch(model.memory.begin(), model.memory.end(), there.begin()).first;
  FAIL_CHECK("the memory differs from the reference, first at " << differ - model.memory.begin());
  std::copy(there.begin(), there.end(), model.memory.begin());  // report only new differences after this
}

void Bench::put(std::uint64_t offset, std::uint64_t value, unsigned size) {
  if (world.far)
    world.far->put(offset, value, size);
  else
    std::memcpy(memory().data() + offset, &value, size);
  std::memcpy(model.memory.data() + offset, &value, size);
}

Status Bench::grant(Access a) {
  if (!world.far) return segment.grant(a);
  const Status granted = world.far->grant(a);
  while (granted.ok() && test::code(peer.attach(0, "bench", test::now(a))) == Code::access_denied)
    std::this_thread::yield();  // the change is in flight from the other host
  return granted;
}

Status Bench::await(std::uint64_t offset, std::uint64_t value) const {
  constexpr WaitOptions kOnlyRings{.deadline = {}, .poll = Duration::zero()};
  if (world.far) return world.far->await(offset, value);
  return segment.wait_until<std::uint64_t>(offset, Compare::greater_equal, value, kOnlyRings).status;
}

}  // namespace ub::conformance
