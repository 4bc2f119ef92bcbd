#include "core/stream.h"

#include <algorithm>

#include "base/check.h"
#include "core/attachment.h"
#include "core/member.h"

namespace ub::core {

using detail::Attachment;
using transport::Ending;
using transport::Request;

namespace {

constexpr Duration kRetry = std::chrono::microseconds(100);  // a change at a home takes some futex calls

bool reads(const Request& r) { return core::needed(r.word.op) == Access::read; }

}  // namespace

Stream::Stream(detail::Member& m, std::uint64_t id, std::uint32_t depth)
    : member_(m),
      lane_(m.transport().lane({.depth = depth})),
      storage_(depth),
      table_(id, storage_, m.caps().attempt),
      guard_(m.timeout()),
      id_(id),
      attachments_(depth),
      kept_(depth),
      endings_(std::min<std::size_t>(depth, 64)),
      window_(depth) {}

Stream::~Stream() { give_up(); }

// All homes in this process share one window: the stream numbers its ops, whichever home an op goes to.
recovery::Window Stream::of(std::uint64_t stream, std::uint32_t) {
  return stream == id_ ? recovery::Window(window_header_, window_) : recovery::Window();
}

Instant Stream::now() { return guard_.now(member_.transport().now(), std::chrono::steady_clock::now()); }

OpTable::Slot* Stream::take(const NewOp& op, std::uint32_t number, std::uint32_t count) {
  if (table_.in_flight() == 0) guard_.restart();
  OpTable::Slot* s = table_.post(op, number, count);
  s->request.in_flight = table_.depth();
  s->request.core = static_cast<Windows*>(this);
  return s;
}

bool Stream::post(const std::shared_ptr<Attachment>& a, const NewOp& op) { return post(a, {&op, 1}); }

bool Stream::post(const std::shared_ptr<Attachment>& a, std::span<const NewOp> pieces) {
  const std::uint32_t count = std::uint32_t(pieces.size());
  if (!table_.has_room(count)) return false;
  for (std::uint32_t i = 0; i < count; ++i) {
    OpTable::Slot* s = take(pieces[i], i, count);
    const std::size_t at = place(s->request.id.sequence);
    attachments_[at] = a.get();
    if (lossy()) s->request.keep = a;
    kept_[at] = a;
  }
  send();
  return true;
}

bool Stream::lossy() const { return member_.caps().attempt != Duration::max(); }

void Stream::send() {
  bool polled = false;  // since the lane last accepted a request
  while (OpTable::Slot* s = table_.next_ready()) {
    // A NIC may still execute an op that bypasses the home.
    const Request& r = s->request;
    s->moot = lossy() && r.remember && attachments_[place(r.id.sequence)]->has_moved(r.gate);
    if (lane_->post({&s->request, 1}) == 0) {
      if (polled) return;
      polled = true;
      take_in();  // may make room, and may end or change this op: select again
      continue;
    }
    polled = false;
    table_.sent(*s, lossy() ? member_.transport().now() : Instant());
    take_in();
  }
}

void Stream::take_in() {
  for (;;) {
    const std::size_t n = lane_->poll(endings_);
    for (std::size_t i = 0; i < n; ++i) take_in(endings_[i]);
    if (n < endings_.size()) return;
  }
}

void Stream::take_in(const Ending& e) {
  OpTable::Slot* s = table_.answer(e);
  if (!s) return;
  const std::size_t at = place(e.id.sequence);
  Attachment* attachment = attachments_[at];
  Code c = e.status.code();
  const bool lost = c == Code::outcome_unknown;
  if (lost && !reads(s->request)) s->doubtful = true;
  if (c == Code::stale_epoch || (lost && s->repeatable)) {
    if (e.attempt != s->request.attempt) return;  // about an attempt that has ended already
    const auto known = [s] { return std::pair(s->request.gate, s->request.connection); };
    const auto before = known();
    c = attachment->reconsider(s->request);
    if (c == Code::ok && s->state != OpTable::State::reclaiming) {
      if (known() != before) return table_.again(*s, e.moved);
      // The board does not show the home's present state yet.
      return table_.later(*s, e.moved, member_.transport().now() + kRetry);
    }
    // Its deadline has passed in between: as in OpTable::pass_time.
    const bool maybe_executed = s->doubtful || s->request.begun != 0;
    if (c == Code::ok) c = reads(s->request) || !maybe_executed ? Code::timed_out : Code::outcome_unknown;
    if (e.moved != 0) c = Code::outcome_unknown;
  }
  // If an earlier attempt got no response, only the home's window shows whether it was executed.
  if (fate(c) == Fate::not_done && s->doubtful && !e.fresh && !reads(s->request)) c = Code::outcome_unknown;
  if (c == Code::ok) attachment->after(s->request);
  const Status status = c == Code::ok ? Status() : Status(c, s->request.word.op, s->home);
  // Where attempts can be lost, an older one may still be in flight and use the caller's buffer.
  if (lossy() && !lane_->reclaim(e.id)) return table_.settle(*s, status);
  table_.end(*s, status);
}

void Stream::progress() {
  take_in();
  if (table_.in_flight() == 0) return;
  table_.pass_time(now(), [&](OpTable::Slot& s) { return lane_->reclaim(s.request.id); });
  send();
}

std::optional<Completion> Stream::collect(std::size_t* places) {
  std::size_t slot = 0;
  auto done = table_.collect(&slot);
  *places = done ? table_.pieces(slot) : 0;
  for (std::size_t i = 0; i < *places; ++i) kept_[place(slot + i)].reset();
  return done;
}

void Stream::wait(Instant until) { member_.transport().wait(std::min(until, table_.next_event())); }

Ending Stream::run(Attachment& a, NewOp& op, Deadline deadline, std::uint16_t& attempts) {
  op.deadline = Instant::max();
  OpTable::Slot* s = take(op);
  attachments_[place(s->request.id.sequence)] = &a;
  send();
  Ending out;
  if (table_.in_flight() != 0) {
    table_.due(*s, member_.until(deadline));
    while (table_.in_flight() != 0) {
      progress();
      if (table_.in_flight() != 0) wait(s->deadline);
    }
  }
  std::size_t slot = 0;
  const auto done = table_.collect(&slot);
  out.status = done->status;
  out.value = done->value;
  out.value16 = {done->value, done->high};
  out.path = done->path;
  out.model = done->model;
  attempts = done->attempts;
  return out;
}

void Stream::give_up() {
  while (table_.in_flight() != 0) {
    take_in();
    table_.pass_time(Instant::max(), [&](OpTable::Slot& s) { return lane_->reclaim(s.request.id); });
    if (table_.in_flight() != 0) member_.transport().wait(Instant::max());
  }
}

}  // namespace ub::core
