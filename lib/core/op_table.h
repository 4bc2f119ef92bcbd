// The ops of one stream, from post to completion: order, repeats, deadlines, exactly one ending each. Pure: `now` comes in,
// actions go out; no clock, no lane, no thread.
// Owner: a stream; the storage is the caller's, and nothing in it points into it.  Threads: one at a time.
// Units: host time.
// Errors: post() is false when the table is full.
//
// Op number s lives in slot s mod depth, so that a home's window of the same size covers all that can be in flight, and the
// oldest op that has not been collected is where the next round stops. An op's life:
//
//     held ──(order allows)──▶ ready ──(lane takes it)──▶ sent ──(ending)──▶ ended ──(collected)──▶ free
//                                ▲                          │ attempt lost: if it may be repeated
//                                └──────────────────────────┘
//     at the deadline: never sent → timed_out; else reclaim first, then timed_out if no attempt can have been executed or
//     the op only reads, otherwise outcome_unknown
//
// A gather or scatter list is one op in several pieces: slots one after the other, each with a life as above, and one ending
// for all, in the first one's completion, when the last of them has ended.
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
  transport::Request request;  // its id is given by the table
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
    bool moot = false;       // the attempt was sent under a gate that had moved: no home executes it
    bool doubtful = false;   // another one went unanswered: it may have been executed
    bool postponed = false;  // the last attempt was refused; the next one begins at attempt_until
    bool settled = false;    // its ending is known; only its buffers are not safe yet
    Status outcome;
    Completion completion;
    std::uint32_t pieces = 1;   // of a list's first piece: how many there are
    std::uint32_t behind = 0;   // of a list's other pieces: how far behind the first
    std::uint32_t pending = 0;  // of the first: pieces that have not ended
    bool some_done = false;     // and what came of those that have, together
    Status failure;
    ModelTime model;
  };

  /// What a table lives in. To be as it was made when a table begins with it.
  struct Storage {
    explicit Storage(std::uint32_t depth) : slots(depth), ended(depth) {}
    std::vector<Slot> slots;
    std::vector<std::uint32_t> ended;
  };

  OpTable(std::uint64_t stream, Storage& s, Duration attempt) : OpTable(stream, s.slots, s.ended, attempt) {}
  /// `ended` is as long as `slots`.
  OpTable(std::uint64_t stream, std::span<Slot> slots, std::span<std::uint32_t> ended, Duration attempt);

  /// Takes the op in: ready, or held back by its order. Nullptr when full.
  Slot* post(const NewOp& op) { return has_room(1) ? post(op, 0, 1) : nullptr; }
  /// Takes in piece `number` of the `count` that a list has, one after the other, where there was room for all.
  Slot* post(const NewOp&, std::uint32_t number, std::uint32_t count);
  bool has_room(std::uint32_t pieces) const;
  std::uint32_t depth() const { return std::uint32_t(slots_.size()); }

  /// The oldest ready ops, for the lane; `sent` after it has taken them.
  Slot* next_ready();
  void sent(Slot&, Instant now);
  /// An attempt's ending. The slot it ended, or nullptr: late, double or foreign, and counted.
  Slot* answer(const transport::Ending&);
  /// The op goes on with another attempt at once: its home's gate moved, nothing speaks against it, and its request is
  /// up to date.
  void again(Slot&, std::uint64_t moved);
  /// The same, but not before the instant.
  void later(Slot&, std::uint64_t moved, Instant);
  /// Ends an op.
  void end(Slot&, Status);
  /// As end(), once pass_time's `reclaim` says that no older attempt touches the op's buffers.
  void settle(Slot&, Status);
  /// Calls `reclaim(slot)` for each op whose deadline has come and that a lane may still touch; true: it no longer does.
  template <class Reclaim> void pass_time(Instant now, Reclaim reclaim);
  /// The op's deadline is another one now.
  void due(Slot&, Instant);
  /// Takes back what has not been sent, a list only as a whole.
  std::size_t cancel(std::uint64_t tag);

  /// Ended ops, in the order of their endings; each is free afterwards, with all its pieces. `*slot`: which it was, or its
  /// first piece, of depth().
  std::optional<Completion> collect(std::size_t* slot);
  /// How many wait to be collected.
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

  /// No attempt has been executed, not even in part, and none can be any more: the home refused each one, or it was sent
  /// under a stale gate. Only of an op that is not reclaiming.
  bool not_executed(const Slot& s) const {
    return !s.doubtful && s.request.begun == 0 && (s.state == State::ready || s.postponed);
  }
  /// At attempt_until.
  bool tries_again(const Slot& s) const { return s.state == State::sent && (s.repeatable || s.postponed); }
  /// When pass_time has something to do for a live op.
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
        // A read that may have come in is no good to anybody: nothing was changed, so it was not done.
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
