// Endings: provokes each way in which a peer, a segment or this process ends. The op ends with the matching code, and changes
// nothing.
#include <algorithm>
#include <thread>

#include "world.h"

namespace ub::conformance {
namespace {

// Every op in every form ends with `code`.
void all_end_with(Bench& b, Code code) {
  for (const Step& s : all_steps(128))
    for (const Form form : kForms) {
      if (!has_form(form, s.op) || b.world.caps.of(s.op) == Support::refused) continue;
      INFO(name(form), " ", describe(s));
      const Status ended = b.world.ran(s.op, perform(form, b.remote, b.queue, s).status);
      CHECK(ended.code() == code);
      CHECK(ended.fate() == Fate::not_done);
      CHECK(ended.op() == s.op);
    }
}

bool all_zero(std::span<const std::byte> memory) {
  return same(memory, std::vector<std::byte>(memory.size()));
}

}  // namespace

TEST_CASE("endings: a closed segment is gone; its successor of the same name is never taken for it") {
  with_homes_here("endings", [](const World& w) {
    Bench b(w);
    const SegmentId old = b.remote.id();
    b.segment = Segment();
    all_end_with(b, Code::segment_gone);
    const Segment next = test::must(b.home.expose("bench", 4096));
    CHECK(next.id() != old);
    all_end_with(b, Code::segment_gone);
    CHECK(all_zero(next.local_view()));
    CHECK(test::code(b.peer.attach(GlobalAddress{Rank(0), old, 0}, test::now())) == Code::segment_gone);
    CHECK(b.peer.attach(0, "bench").ok());
  });
}

TEST_CASE("endings: a segment that closes disturbs no other of its home's") {
  with_homes_here("endings", [](const World& w) {
    Bench b(w);
    Step add;
    add.op = Op::fetch_add;
    add.size = 8;
    add.value = 3;
    for (int i = 0; i < w.times(50); ++i) {
      Segment other = test::must(b.home.expose("other", 64));
      other = Segment();
      for (const Form form : kForms) b.check(form, add);
    }
  });
}

TEST_CASE("endings: a home that has left is gone; who takes its rank is another; neither is changed") {
  with_homes_here("endings", [](const World& w) {
    Bench b(w);
    b.home.leave();
    all_end_with(b, Code::peer_gone);
    b.check_memory();
    Fabric successor = w.open(Rank(0));
    CHECK(successor.epoch() == 2);
    const Segment fresh = test::must(successor.expose("bench", 4096));
    all_end_with(b, Code::stale_epoch);
    CHECK(all_zero(fresh.local_view()));
    b.check_memory();
    const RemoteSegment again = test::must(b.peer.attach(0, "bench"));
    CHECK(w.ran(Op::load, again.load<std::uint64_t>(0)).ok());
    all_end_with(b, Code::stale_epoch);
  });
}

TEST_CASE("endings: who has left, or never was attached, is not joined") {
  with_homes_here("endings", [](const World& w) {
    Bench b(w);
    b.peer.leave();
    all_end_with(b, Code::not_joined);
    b.check_memory();
    b.remote = RemoteSegment();
    all_end_with(b, Code::not_joined);
    b.home.leave();
    CHECK(w.ran(Op::wait, b.segment.wait_until<unsigned>(0, Compare::equal, 1)).status.code() ==
          Code::not_joined);
  });
}

TEST_CASE("endings: an argument that makes no sense is refused before anything moves") {
  with_homes_here("endings", [](const World& w) {
    Bench b(w);
    for (const Op op : {Op::load, Op::store, Op::compare_swap, Op::masked_swap, Op::read, Op::wait}) {
      CHECK(w.ran(op, b.remote.atomic<std::uint64_t>(op, 0, 1, {})).status.code() == Code::invalid_argument);
      CHECK(w.ran(op, b.queue.atomic<std::uint64_t>(op, b.remote, 0, 1)).code() == Code::invalid_argument);
    }
    Fabric third = w.open(Rank(2));
    const RemoteSegment others = test::must(third.attach(0, "bench"));
    CHECK(w.ran(Op::store, b.queue.store<unsigned>(others, 0, 1)).code() == Code::invalid_argument);
    CHECK(b.queue.accounting().posted == 0);
    b.check_memory();
    CHECK(test::code(b.home.expose("x", 0)) == Code::invalid_argument);
    CHECK(test::code(b.home.expose("x", w.caps.max_segment + 1)) == Code::invalid_argument);
    CHECK(test::code(b.home.expose("no/name", 64)) == Code::invalid_argument);
    CHECK(test::code(b.home.expose("bench", 64)) == Code::taken);
    CHECK(test::code(Queue::create(b.peer, 0)) == Code::invalid_argument);
    CHECK(test::code(b.peer.attach(0, "nobody", test::now())) == Code::not_found);
  });
}

TEST_CASE("endings: a long transfer whose segment closes is done, broken off or not begun, and says which") {
  with_homes_here("endings", [](const World& w) {
    constexpr std::size_t kSize = 6 << 20;
    for (int round = 0; round < w.times(10); ++round) {
      Bench b(w, {.size = kSize});
      const std::vector<std::byte> data(kSize, std::byte(0x5a));
      Segment mine = b.segment;  // keeps the memory readable: leave() closes the segment
      std::thread closer([&] { b.home.leave(); });
      const Status s = w.ran(Op::write, b.remote.write(0, data.data(), kSize));
      closer.join();
      CHECK((s.ok() || s.code() == Code::peer_gone || s.code() == Code::outcome_unknown));
      if (s.ok()) CHECK(same(mine.local_view(), data));
      if (s.fate() == Fate::not_done) CHECK(all_zero(mine.local_view()));
    }
  });
}

// The news of the segment and of the rank takes time; at the home, execution ends immediately.
TEST_CASE("endings: what a home on another host closes, and whom it leaves, is gone here") {
  on_every_transport("endings far", [](const World& w) {
    if (!w.far) return;
    const auto ends = [&w](const Bench& b, Code with) {
      for (Code c = Code::ok; c != with;) {
        c = w.ran(Op::store, b.remote.store<std::uint64_t>(0, 1)).code();
        REQUIRE(c != Code::ok);
      }
    };
    const Bench closes(w);
    w.far->close();
    ends(closes, Code::segment_gone);
    const Bench leaves(w);
    w.far->leave();
    ends(leaves, Code::peer_gone);
  });
}

}  // namespace ub::conformance
