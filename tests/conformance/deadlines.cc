// Deadlines: a response that has arrived wins. An op that was not sent, or only reads, ends as timed_out and was not done. Any
// other ends as outcome_unknown, and was done once or not at all.
#include "world.h"

namespace ub::conformance {
namespace {

// An op with a deadline that has passed, and the value that the memory may have afterwards.
struct Tried {
  Fate fate;
  std::uint64_t offset, value;
};

void check_fate(const Bench& b, const Tried& t) {
  const std::uint64_t found = b.word(t.offset);
  CAPTURE(t.offset);
  if (t.fate != Fate::unknown) CHECK(found == (t.fate == Fate::done ? t.value : 0));
  CHECK((found == 0 || found == t.value));
}

}  // namespace

TEST_CASE("deadlines: a deadline that has passed names a fate that the memory bears out") {
  on_every_transport("deadlines", [](const World& w) {
    const int rounds = w.lossy() ? 150 : 300;
    Bench b(w, {.size = 16 * std::uint64_t(rounds) + 64});
    std::vector<Tried> tried;
    std::uint64_t sure = 0, unknown = 0;
    for (int i = 0; i < rounds; ++i) {
      const std::uint64_t at = 64 + 16 * std::uint64_t(i), value = std::uint64_t(i) + 1;
      const Deadline now = Deadline::at(b.peer.now());
      const OpOptions passed{.deadline = now};
      const auto loaded = w.ran(Op::load, b.remote.load<std::uint64_t>(at, passed));
      CHECK((loaded.ok() || loaded.status.code() == Code::timed_out));
      if (loaded.ok()) CHECK(loaded.result == 0);
      const Status stored = w.ran(Op::store, b.remote.store<std::uint64_t>(at, value, passed));
      CHECK((stored.ok() || stored.code() == Code::timed_out || stored.code() == Code::outcome_unknown));
      tried.push_back({stored.fate(), at, value});
      const auto added = w.ran(Op::fetch_add, b.remote.atomic<std::uint64_t>(Op::fetch_add, 0, 1, passed));
      sure += added.ok();
      unknown += added.status.fate() == Fate::unknown;
      // In a queue, behind an op without a deadline that holds it back.
      REQUIRE(b.queue.store<std::uint64_t>(b.remote, 8, value, {.tag = 0, .order = Order::relaxed}).ok());
      REQUIRE(b.queue
                  .store<std::uint64_t>(b.remote, at + 8, value,
                                        {.tag = 1, .order = Order::strong, .deadline = now})
                  .ok());
      REQUIRE(b.queue.flush().ok());
      std::array<Completion, 2> done;
      REQUIRE(b.queue.poll(done) == 2);
      for (const Completion& c : done) {
        w.ran(Op::store, c.status.code());
        if (c.tag == 0)
          CHECK(c.status.ok());
        else
          tried.push_back({c.status.fate(), at + 8, value});
      }
    }
    for (const Tried& t : tried) check_fate(b, t);
    CHECK(b.word(0) >= sure);
    CHECK(b.word(0) <= sure + unknown);
    if (!w.caps.in_doubt) CHECK(unknown == 0);
  });
}

}  // namespace ub::conformance
