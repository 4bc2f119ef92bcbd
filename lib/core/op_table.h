// The ops of one stream, from post to completion: order, repeats, deadlines, exactly one ending each. Pure: `now` is an
// argument, actions are results; no clock, no lane, no thread.
// Owner: a stream; the caller owns the storage, which has no pointers into itself.  Thread safety: one thread at a time.
// Units: host time.
// Errors: post() is false when the table is full.
//
// Op number s uses slot s mod depth. So a home's window of the same size covers all ops in flight, and posting stops at the
// oldest op that has not been collected. The states of an op:
//
//     held ──(order allows)──▶ ready ──(lane takes it)──▶ sent ──(ending)──▶ ended ──(collected)──▶ free
//                                ▲                          │ attempt lost: if it may be repeated
//                                └──────────────────────────┘
//     at the deadline: never sent → timed_out; else reclaim first, then timed_out if no attempt can have been executed or
//     the op only reads, otherwise outcome_unknown
//
// A gather or scatter list is one op in several pieces: consecutive slots, each with the states above. The list ends when its
// last piece has ended; the first piece holds its completion.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/ring_index.h"
#include "ub/queue.h"
#include "ub/transport.h"

namespace ub::core {

struct NewOp {
  transport::Request request;  // the table sets its id
  Rank home;
  Order order = Order::none;
  bool fence = false;
  bool repeatable = false;  // see recovery/replay.h
  std::uint64_t tag = 0;
  Instant deadline;
};

class OpTable {
 public:
  enum class State : std::uint8_t { free, held, ready, sent, reclaiming, ended };

  struct Slot : NewOp {
    State state = State::free;
    std::uint16_t attempts = 0;
    Instant attempt_until{};
    bool moot = false;       // the attempt was sent under a stale gate: no home executes it
    bool doubtful = false;   // an attempt got no response: it may have been executed
    bool postponed = false;  // the last attempt was refused; the next one begins at attempt_until
    bool settled = false;    // the outcome is known; the buffers are not safe yet
    Status outcome;
    Completion completion;
    std::uint32_t pieces = 1;   // of a list's first piece: the number of pieces
    std::uint32_t behind = 0;   // of a list's other pieces: the distance from the first
    std::uint32_t pending = 0;  // of the first: pieces that have not ended
    bool some_done = false;     // a piece has succeeded
    Status failure;
    ModelTime model;
  };

  /// The memory of a table; it must be newly constructed when the table is.
  struct Storage {
    explicit Storage(std::uint32_t depth) : slots(depth), ended(depth) {}
    std::vector<Slot> slots;
    std::vector<std::uint32_t> ended;
  };

  OpTable(std::uint64_t stream, Storage& s, Duration attempt) : OpTable(stream, s.slots, s.ended, attempt) {}
  /// `ended` and `slots` have the same size.
  OpTable(std::uint64_t stream, std::span<Slot> slots, std::span<std::uint32_t> ended, Duration attempt);

  /// Adds the op: ready, or held by its order. Returns nullptr when full.
  Slot* post(const NewOp& op) { return has_room(1) ? post(op, 0, 1) : nullptr; }
  /// Adds piece `number` of a list of `count`. The pieces follow one another, and the table must have room for all.
  Slot* post(const NewOp&, std::uint32_t number, std::uint32_t count);
  bool has_room(std::uint32_t pieces) const;
  std::uint32_t depth() const { return std::uint32_t(slots_.size()); }

  /// The oldest ready op, for the lane; call sent() once the lane has accepted it.
  Slot* next_ready();
  void sent(Slot&, Instant now);
  /// Records an attempt's ending. Returns its slot, or nullptr if it is late, duplicate or foreign; those are counted.
  Slot* answer(const transport::Ending&);
  /// Makes the op ready for another attempt: its home's gate has moved, the op may continue, and its request is up to date.
  void again(Slot&, std::uint64_t moved);
  /// The same, not before the instant.
  void later(Slot&, std::uint64_t moved, Instant);
  /// Ends an op.
  void end(Slot&, Status);
  /// As end(), once pass_time's `reclaim` returns true: no older attempt accesses the op's buffers.
  void settle(Slot&, Status);
  /// Calls `reclaim(slot)` for each op past its deadline that a lane may still access; true: the lane no longer does.
  template <class Reclaim> void pass_time(Instant now, Reclaim reclaim);
  /// Changes the op's deadline.
  void due(Slot&, Instant);
  /// Cancels the unsent ops with this tag, a list only as a whole.
  std::size_t cancel(std::uint64_t tag);

  /// Returns the next ended op, in the order of endings, and frees all its pieces. `*slot`: the slot of its first piece.
  std::optional<Completion> collect(std::size_t* slot);
  /// Ended ops that have not been collected.
  std::size_t ended() const { return std::size_t(ended_last_ - ended_first_); }
  std::uint32_t pieces(std::size_t slot) const { return slots_[slot].pieces; }
  const Accounting& accounting() const { return counts_; }
  std::uint64_t in_flight() const { return counts_.in_flight; }
  /// The earliest instant at which pass_time has something to do.
  Instant next_event() const;

 private:
  bool may_start(std::uint64_t sequence) const;
  void release_held();
  void try_again(Slot&);
  void make_ready(Slot&);
  void finish(Slot& first);
  bool unsent(std::uint64_t first) const;
  Slot& slot(std::uint64_t sequence) { return slots_[base::ring_index(sequence, slots_.size())]; }
  const Slot& slot(std::uint64_t sequence) const { return slots_[base::ring_index(sequence, slots_.size())]; }
  bool live(const Slot& s) const { return s.state != State::free && s.state != State::ended; }

  /// No attempt has been executed, even in part, and none can be: the home refused each one, or it was sent under a stale
  /// gate. Valid only for an op that is not reclaiming.
  bool not_executed(const Slot& s) const {
    return !s.doubtful && s.request.begun == 0 && (s.state == State::ready || s.postponed);
  }
  /// Starts another attempt at attempt_until.
  bool tries_again(const Slot& s) const { return s.state == State::sent && (s.repeatable || s.postponed); }
  /// The instant at which pass_time must process a live op.
  Instant next_look(const Slot& s) const {
    if (s.state == State::reclaiming) return Instant::min();
    return tries_again(s) ? std::min(s.deadline, s.attempt_until) : s.deadline;
  }
  void look_by(Instant i) { look_ = std::min(look_, i); }

  std::span<Slot> slots_;
  std::span<std::uint32_t> ended_;  // a ring of slot numbers
  std::uint64_t ended_first_ = 0, ended_last_ = 0;
  std::uint64_t stream_, next_ = 1,
                         oldest_ = 1;  // sequences: of the next op, and of the oldest that is not free
  std::uint64_t ready_from_ = 1;       // no op before it is ready
  std::uint32_t ready_ = 0, held_ = 0;
  Instant look_ = Instant::max();  // pass_time has nothing to do before
  Duration attempt_;
  Accounting counts_;
};

template <class Reclaim> void OpTable::pass_time(Instant now, Reclaim reclaim) {
  if (now < look_) return;
  look_ = Instant::max();
  for (std::uint64_t q = oldest_; q < next_; ++q) {
    Slot& s = slot(q);
    if (!live(s)) continue;
    if (s.settled) {
      if (reclaim(s)) end(s, s.outcome);
    } else if (s.state == State::reclaiming || now >= s.deadline) {
      if (s.attempts == 0) {
        end(s, Status(Code::timed_out, s.request.word.op, s.home));
      } else if (s.state != State::reclaiming && not_executed(s)) {
        settle(s, Status(Code::timed_out, s.request.word.op, s.home));
        if (reclaim(s)) end(s, s.outcome);
      } else {
        if (s.state == State::ready) --ready_;
        s.state = State::reclaiming;
        // A load or read changes nothing at the home, so it counts as not executed.
        const bool harmless = s.request.word.op == Op::load || s.request.word.op == Op::read;
        if (reclaim(s))
          end(s, Status(harmless ? Code::timed_out : Code::outcome_unknown, s.request.word.op, s.home));
      }
    } else if (tries_again(s) && now >= s.attempt_until) {
      try_again(s);
      if (!s.postponed) {
        s.doubtful |= !s.moot;
        ++counts_.repeated;
      }
    }
    if (live(s)) look_by(next_look(s));
  }
}

}  // namespace ub::core
