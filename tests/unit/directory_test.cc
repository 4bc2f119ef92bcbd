// The directory's table when its users come and go between its steps.
#include "core/open.h"
#include "directory/ranks.h"
#include "directory/segments.h"
#include "tests/pair.h"

namespace ub::directory {
namespace {

using test::code;
using test::must;

Instant far() { return Deadline::in(std::chrono::minutes(3)).from(std::chrono::steady_clock::now(), {}); }

// A fabric's inside, with a rank that is joined.
struct Inside {
  core::Opened opened = must(core::open_fabric("shm://inside?ranks=4", far()));
  board::Board& board = *opened.board;
  Seat seat = must(take_seat(board, *opened.transport, {Rank(2), {}}, far()));
  ~Inside() {
    if (seat.keeper) give_up(board, seat);
  }

  SegmentId reserved(std::string_view name) {
    return must(reserve(board, seat.rank, seat.epoch, name, far()));
  }
  Code published(SegmentId id, std::uint64_t size) {
    const auto failed = publish(board, id, size, {}, {}, far());
    return failed ? failed->code() : Code::ok;
  }
};

TEST_CASE("directory: a reserved name is taken, but nobody finds it until it is published") {
  Inside in;
  const SegmentId id = in.reserved("s");
  CHECK(code(reserve(in.board, in.seat.rank, in.seat.epoch, "s", far())) == Code::taken);
  CHECK(!find(in.board, in.seat.rank, "s"));
  CHECK(!find(in.board, id));
  CHECK(all_segments(in.board).empty());
  CHECK(in.published(id, 128) == Code::ok);
  REQUIRE(find(in.board, in.seat.rank, "s"));
  CHECK(find(in.board, in.seat.rank, "s")->id == id);
  CHECK(find(in.board, id)->record.size == 128);
  CHECK(!find(in.board, Rank(1), "s"));
  retire(in.board, id, far());
  CHECK(!find(in.board, id));
  retire(in.board, id, far());  // once more harms nobody
}

TEST_CASE(
    "directory: who has left between reserving and publishing publishes nothing, nor over who has the slot "
    "since") {
  Inside in;
  const SegmentId late = in.reserved("s");
  give_up(in.board, in.seat);
  CHECK(in.published(late, 128) == Code::not_joined);

  in.seat = must(take_seat(in.board, *in.opened.transport, {Rank(3), {}}, far()));
  const SegmentId successor = in.reserved("t");
  REQUIRE(board::slot_of(successor) == board::slot_of(late));
  CHECK(in.published(late, 128) == Code::not_joined);
  CHECK(!find(in.board, successor));  // is not there before its own home says so
  retire(in.board, late, far());
  CHECK(in.published(successor, 256) == Code::ok);
  CHECK(find(in.board, successor)->record.size == 256);
  retire(in.board, late, far());
  CHECK(find(in.board, successor));
}

TEST_CASE("directory: a segment of an earlier epoch, or of a home that is not there, is not found") {
  Inside in;
  const SegmentId id = in.reserved("s");
  REQUIRE(in.published(id, 64) == Code::ok);
  auto& record = in.board.segment(board::slot_of(id)).record;
  board::SegmentRecord r = record.read();
  for (const std::uint32_t home : {0u, 1u, 4u, ~0u}) {
    r.home = home;
    record.publish(r);
    CHECK(!find(in.board, id));
    CHECK(!find(in.board, Rank(home), "s"));
  }
  r.home = 2;
  r.epoch += 1;
  record.publish(r);
  CHECK(!find(in.board, id));
  r.epoch -= 1;
  record.publish(r);
  CHECK(find(in.board, id));
}

}  // namespace
}  // namespace ub::directory
