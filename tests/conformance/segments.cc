// Segments and attachments: their initial state, the effect of their options, and what depends on single bits of the Caps.
#include "world.h"

namespace ub::conformance {
TEST_CASE("segments: zeroes at first, in steps of 64 bytes, under a name and an address") {
  with_homes_here("segments", [](const World& w) {
    for (const std::uint64_t size : {1, 64, 65, 4096, 100000}) {
      Bench b(w, {.size = size});
      CHECK(b.segment.size() == (size + 63) / 64 * 64);
      CHECK(b.remote.size() == b.segment.size());
      CHECK(b.remote.id() == b.segment.id());
      CHECK(b.remote.name() == "bench");
      CHECK(b.remote.peer() == Rank(0));
      CHECK(b.remote.address(24) == b.segment.address(24));
      b.check_memory();  // the reference begins with zeroes
      Step end;
      end.op = Op::store;
      end.size = 8;
      end.offset = b.segment.size() - 8;
      end.value = ~0ull;
      b.check(Form::plain, end);
    }
  });
}

TEST_CASE("segments: with every set of options all ops do the same") {
  with_homes_here("segments", [](const World& w) {
    for (unsigned bits = 0; bits < 8; ++bits) {
      CAPTURE(bits);
      Bench b(w, {.expose = {.single_writer = (bits & 1) != 0,
                             .never_mapped = (bits & 2) != 0,
                             .huge_pages = (bits & 4) != 0}});
      b.check_every_op();
      if ((bits & 2) == 0) continue;
      CHECK_FALSE(b.remote.direct());
      CHECK(b.remote.view().empty());
    }
    ExposeOptions once;
    once.exactly_once = true;
    Bench b(w, {});
    const Segment s = test::must(b.home.expose("once", 4096, once));
    const RemoteSegment r = test::must(b.peer.attach(0, "once"));
    for (std::uint64_t i = 0; i < std::uint64_t(w.times(100)); ++i)
      CHECK(w.ran(Op::fetch_add, r.fetch_add<std::uint64_t>(0, 1)).value() == i);
  });
}

TEST_CASE("segments: direct ops and views") {
  on_every_transport("segments", [](const World& w) {
    Bench b(w);
    if (!w.has(w.caps.direct, "direct", "direct ops and views")) {
      CHECK_FALSE(b.remote.direct());
      return;
    }
    REQUIRE(b.remote.direct());
    b.check_every_op();
    CHECK(same(b.remote.view(), b.model.memory));
    const RemoteSegment blind =
        test::must(b.peer.attach(0, "bench", {.access = Access::write | Access::atomic}));
    CHECK(blind.view().empty());
  });
}

TEST_CASE("segments: reports: attempts always; path and model time where there is a model") {
  on_every_transport("reports", [](const World& w) {
    Bench b(w, {.size = 1 << 16});
    OpReport r;
    std::vector<std::byte> data(1 << 16);
    REQUIRE(w.ran(Op::load, b.remote.load<std::uint64_t>(0, {.report = &r})).ok());
    CHECK(r.attempts >= 1);
    if (!w.lossy()) CHECK(r.attempts == 1);
    const OpReport before = r;
    CHECK_FALSE(w.ran(Op::load, b.remote.load<std::uint64_t>(1, {.report = &r})).ok());
    CHECK(r.attempts == before.attempts);
    CHECK(r.model == before.model);
    if (!w.has(w.caps.model_time, "model_time", "model time and paths")) {
      CHECK(r.model.picoseconds == 0);
      return;
    }
    CHECK(r.model.picoseconds > 0);
    CHECK_FALSE(b.remote.path_name(r.path).empty());
    const ModelTime load = r.model;
    REQUIRE(w.ran(Op::read, b.remote.read(0, data.data(), data.size(), {.report = &r})).ok());
    CHECK(r.model > load);
    Step s;
    s.op = Op::fetch_add;
    s.size = 8;
    REQUIRE(b.queue.atomic<std::uint64_t>(Op::fetch_add, b.remote, 0, 0).ok());
    REQUIRE(b.queue.flush().ok());
    Completion done;
    REQUIRE(b.queue.poll({&done, 1}) == 1);
    CHECK(done.model.picoseconds > 0);
  });
}

}  // namespace ub::conformance
