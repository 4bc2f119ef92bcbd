#include "core/op_table.h"

#include <algorithm>

#include "base/check.h"

namespace ub::core {
namespace {

bool fetches(Op op) { return op != Op::store && op != Op::write && op != Op::write_signal; }

}  // namespace

OpTable::OpTable(std::uint64_t stream, std::span<Slot> slots, std::span<std::uint32_t> ended,
                 Duration attempt)
    : slots_(slots), ended_(ended), stream_(stream), attempt_(attempt) {
  UB_ASSERT(!slots.empty() && slots.size() == ended.size());
}

// Earlier ops to the same home hold an op: a strong op waits for every relaxed or strong one, a fence for every fetching op.
bool OpTable::may_start(std::uint64_t sequence) const {
  const Slot& me = slot(sequence);
  if (me.order != Order::strong && !me.fence) return true;
  for (std::uint64_t q = oldest_; q < sequence; ++q) {
    const Slot& other = slot(q);
    if (!live(other) || other.home != me.home) continue;
    if (q - other.behind == sequence - me.behind) continue;  // of the same list
    if (me.order == Order::strong && other.order != Order::none) return false;
    if (me.fence && fetches(other.request.word.op)) return false;
  }
  return true;
}

bool OpTable::has_room(std::uint32_t pieces) const {
  for (std::uint32_t i = 0; i < pieces; ++i)
    if (slot(next_ + i).state != State::free) return false;
  return pieces <= slots_.size();
}

OpTable::Slot* OpTable::post(const NewOp& op, std::uint32_t number, std::uint32_t count) {
  Slot& s = slot(next_);
  UB_ASSERT(s.state == State::free);
  static_cast<NewOp&>(s) = op;
  s.pieces = s.pending = number == 0 ? count : 0;
  s.behind = number;
  s.some_done = false;
  s.failure = {};
  s.model = {};
  s.request.id = {stream_, next_};
  s.attempts = 0;
  s.moot = s.doubtful = s.postponed = s.settled = false;
  s.completion = {};
  s.state = State::held;
  if (may_start(next_))
    make_ready(s);
  else
    ++held_;
  look_by(s.deadline);
  ++next_;
  if (number == 0) {
    ++counts_.posted;
    ++counts_.in_flight;
  }
  return &s;
}

OpTable::Slot* OpTable::next_ready() {
  if (ready_ == 0) return nullptr;
  for (std::uint64_t& q = ready_from_ = std::max(ready_from_, oldest_); q < next_; ++q)
    if (Slot& s = slot(q); s.state == State::ready) return &s;
  UB_ASSERT(!"a ready op was counted and is not there");
  return nullptr;
}

void OpTable::sent(Slot& s, Instant now) {
  UB_ASSERT(s.state == State::ready);
  --ready_;
  s.state = State::sent;
  s.postponed = false;
  s.attempts = std::uint16_t(std::min<unsigned>(s.attempts + 1u, 0xffff));
  s.attempt_until = attempt_ < Instant::max() - now ? now + attempt_ : Instant::max();
  look_by(next_look(s));
}

void OpTable::make_ready(Slot& s) {
  s.state = State::ready;
  const std::uint64_t q = s.request.id.sequence;
  ready_from_ = ready_++ == 0 ? q : std::min(ready_from_, q);
}

void OpTable::due(Slot& s, Instant deadline) {
  s.deadline = deadline;
  look_by(deadline);
}

OpTable::Slot* OpTable::answer(const transport::Ending& e) {
  Slot& s = slot(e.id.sequence);
  // The first attempt's response may arrive when a repeat is already ready.
  const bool waits = live(s) && s.state != State::held && s.attempts > 0 && !s.settled;
  if (e.id.stream != stream_ || e.id != s.request.id || !waits) {
    ++counts_.late;
    return nullptr;
  }
  const bool wide = s.request.word.op == Op::compare_swap16;
  s.completion.value = wide ? e.value16.low : e.value;
  s.completion.high = wide ? e.value16.high : 0;
  s.completion.path = e.path;
  s.completion.model = e.model;
  return &s;
}

// From here on a refusal of an older attempt is ignored.
void OpTable::try_again(Slot& s) {
  if (s.state != State::ready) make_ready(s);
  s.request.attempt = std::uint16_t(s.attempts + 1);
}

void OpTable::again(Slot& s, std::uint64_t moved) {
  try_again(s);
  s.request.begun = moved;
}

void OpTable::later(Slot& s, std::uint64_t moved, Instant at) {
  if (s.state == State::ready) --ready_;
  s.state = State::sent;
  s.postponed = true;
  s.request.attempt = 0;  // no attempt's until then
  s.attempt_until = at;
  s.request.begun = moved;
  look_by(at);
}

void OpTable::end(Slot& s, Status status) {
  UB_ASSERT(live(s));
  if (s.state == State::ready) --ready_;
  if (s.state == State::held) --held_;
  s.state = State::ended;
  Slot& first = slot(s.request.id.sequence - s.behind);
  if (status.ok())
    first.some_done = true;
  else if (first.failure.ok() || status.fate() == Fate::unknown)
    first.failure = status;
  first.completion.attempts = std::max(first.completion.attempts, s.attempts);
  first.model += s.completion.model;
  if (--first.pending == 0) finish(first);
  if (held_ != 0) release_held();
}

void OpTable::finish(Slot& s) {
  // Some pieces were done and others were not: the outcome of the list is unknown.
  Status status = s.failure;
  if (!status.ok() && s.some_done) status = Status(Code::outcome_unknown, status.op(), status.peer());
  s.completion.tag = s.tag;
  s.completion.status = status;
  s.completion.model = s.model;
  --counts_.in_flight;
  if (status.ok())
    ++counts_.ok;
  else if (status.code() == Code::cancelled)
    ++counts_.cancelled;
  else if (status.fate() == Fate::unknown)
    ++counts_.unknown;
  else
    ++counts_.failed;
  ended_[base::ring_index(ended_last_++, ended_.size())] = std::uint32_t(&s - slots_.data());
}

void OpTable::settle(Slot& s, Status status) {
  if (s.state == State::ready) --ready_;
  s.state = State::reclaiming;
  s.settled = true;
  s.outcome = status;
  look_by(Instant::min());
}

void OpTable::release_held() {
  for (std::uint64_t q = oldest_; q < next_; ++q) {
    Slot& s = slot(q);
    if (s.state != State::held || !may_start(q)) continue;
    --held_;
    make_ready(s);
  }
}

bool OpTable::unsent(std::uint64_t first) const {
  for (std::uint64_t q = first; q < first + slot(first).pieces; ++q)
    if (const Slot& s = slot(q); s.state != State::held && (s.state != State::ready || s.attempts != 0))
      return false;
  return true;
}

std::size_t OpTable::cancel(std::uint64_t tag) {
  std::size_t taken = 0;
  for (std::uint64_t q = oldest_; q < next_; ++q) {
    Slot& s = slot(q);
    if (!live(s) || s.behind != 0 || s.tag != tag || !unsent(q)) continue;
    for (std::uint32_t i = 0; i < s.pieces; ++i)
      end(slot(q + i), Status(Code::cancelled, s.request.word.op, s.home));
    ++taken;
  }
  return taken;
}

std::optional<Completion> OpTable::collect(std::size_t* number) {
  if (ended_first_ == ended_last_) return std::nullopt;
  *number = ended_[base::ring_index(ended_first_++, ended_.size())];
  Slot& s = slots_[*number];
  for (std::uint64_t q = s.request.id.sequence, end = q + s.pieces; q < end; ++q) {
    Slot& piece = slot(q);
    UB_ASSERT(piece.state == State::ended);
    piece.request.keep.reset();
    piece.state = State::free;
  }
  while (oldest_ < next_ && slot(oldest_).state == State::free) ++oldest_;
  return s.completion;
}

Instant OpTable::next_event() const {
  Instant first = Instant::max();
  for (std::uint64_t q = oldest_; q < next_; ++q) {
    const Slot& s = slot(q);
    if (!live(s)) continue;
    first = std::min(first, s.deadline);
    if (tries_again(s)) first = std::min(first, s.attempt_until);
  }
  return first;
}

}  // namespace ub::core
