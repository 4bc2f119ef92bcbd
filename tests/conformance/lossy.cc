// Messages can be lost and homes keep no windows, as with a bare NIC: each cell of the table in ub-memory(7). Ops that may be
// repeated succeed; the others may end with unknown fate, and are never applied twice.
#include "world.h"

namespace ub::conformance {
namespace {

const char* const kCheck = "what is lost where homes keep no windows";
constexpr Duration kShort = std::chrono::milliseconds(4);

bool concerns(const World& w) {
  return w.has(w.lossy(), "attempt", kCheck) && w.has(!w.caps.windows, "windows", kCheck);
}

BenchOptions bare(ExposeOptions o) { return {.expose = o, .certain = false}; }
OpOptions soon(const Bench& b) { return {.deadline = Deadline::at(b.peer.now() + kShort)}; }

// Loads and reads are repeated until they succeed, with the default deadline.
void loads_come_through(const Bench& b) {
  for (int i = 0; i < 60; ++i) {
    std::byte bytes[100];
    CHECK(b.world.ran(Op::load, b.remote.load<std::uint64_t>(0)).ok());
    CHECK(b.world.ran(Op::read, b.remote.read(0, bytes, sizeof bytes)).ok());
  }
}

// Each atomic is done once, or its fate is unknown; never twice, and no two fetch the same value.
void atomics_count_once(Bench& b) {
  std::uint64_t sure = 0, unknown = 0;
  std::vector<std::uint64_t> fetched;
  for (int i = 0; i < 150; ++i) {
    const auto r = b.world.ran(Op::fetch_add, b.remote.atomic<std::uint64_t>(Op::fetch_add, 0, 1, soon(b)));
    CHECK((r.ok() || r.status.code() == Code::outcome_unknown));
    sure += r.ok();
    unknown += r.status.fate() == Fate::unknown;
    if (r.ok()) fetched.push_back(r.result);
    CHECK(b.word(0) >= sure);
    CHECK(b.word(0) <= sure + unknown);
  }
  CHECK(sure > 0);
  CHECK(unknown > 0);
  for (std::size_t i = 1; i < fetched.size(); ++i) CHECK(fetched[i] > fetched[i - 1]);
}

// The endings of stores that may not be repeated, and what they leave in memory.
void stores_say_what_is_known(Bench& b) {
  std::uint64_t unknown = 0;
  for (std::uint64_t i = 1; i <= 150; ++i) {
    const std::uint64_t before = b.word(8);
    const Status s = b.world.ran(Op::store, b.remote.store<std::uint64_t>(8, i, soon(b)));
    unknown += s.fate() == Fate::unknown;
    CHECK(s.fate() != Fate::not_done);
    // A store of unknown outcome may still be executed, but not after the next one.
    CHECK((b.word(8) == i || (s.fate() == Fate::unknown && b.word(8) >= before && b.word(8) < i)));
  }
  CHECK(unknown > 0);
}

void signals_say_what_is_known(Bench& b) {
  std::uint64_t unknown = 0;
  for (std::uint64_t i = 1; i <= 150; ++i) {
    const std::uint64_t before = b.word(16);
    const Status s = b.world.ran(Op::write_signal, b.remote.write_signal(64, &i, 8, 16, i, soon(b)));
    unknown += s.fate() == Fate::unknown;
    CHECK(s.fate() != Fate::not_done);
    CHECK((b.word(16) == i || (s.fate() == Fate::unknown && b.word(16) >= before && b.word(16) < i)));
    if (b.word(16) == i) CHECK(b.word(64) == i);
  }
  CHECK(unknown > 0);
}

}  // namespace

TEST_CASE(
    "lossy: without a window loads come through; stores, signals and atomics may be unknown, and count "
    "once") {
  on_every_transport("lossy", [](const World& w) {
    if (!concerns(w)) return;
    Bench b(w, bare({}));
    loads_come_through(b);
    atomics_count_once(b);
    stores_say_what_is_known(b);
    signals_say_what_is_known(b);
  });
}

TEST_CASE("lossy: with a single writer stores and writes come through as well") {
  on_every_transport("lossy", [](const World& w) {
    if (!concerns(w)) return;
    Bench b(w, bare({.single_writer = true}));
    loads_come_through(b);
    for (std::uint64_t i = 1; i <= 150; ++i) {
      CHECK(w.ran(Op::store, b.remote.store<std::uint64_t>(8, i)).ok());
      CHECK(b.word(8) == i);
      const auto data = pattern(100, i);
      CHECK(w.ran(Op::write, b.remote.write(100, data.data(), data.size())).ok());
      CHECK(std::equal(data.begin(), data.end(), b.memory().begin() + 100));
    }
    atomics_count_once(b);
    signals_say_what_is_known(b);
  });
}

TEST_CASE("lossy: exactly once, nothing is unknown") {
  on_every_transport("lossy", [](const World& w) {
    if (!concerns(w)) return;
    Bench b(w, bare({.exactly_once = true}));
    loads_come_through(b);
    for (std::uint64_t i = 1; i <= 150; ++i) {
      CHECK(w.ran(Op::fetch_add, b.remote.fetch_add<std::uint64_t>(0, 1)).value() == i - 1);
      CHECK(w.ran(Op::store, b.remote.store<std::uint64_t>(8, i)).ok());
      CHECK(w.ran(Op::write_signal, b.remote.write_signal(64, &i, 8, 16, i)).ok());
      for (const std::uint64_t offset : {0, 8, 16, 64}) CHECK(b.word(offset) == i);
    }
  });
}

}  // namespace ub::conformance
