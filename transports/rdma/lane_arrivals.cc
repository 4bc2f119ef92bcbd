// A lane's receive side: completions and responses, and how a flight ends.
#include <algorithm>
#include <cstring>

#include "lane.h"

namespace ub::rdma {

using transport::Ending;

namespace {

constexpr std::uint32_t kLookEvery = 64;  // polls between two checks for rare events

}  // namespace

std::size_t Lane::poll(std::span<Ending> out) {
  // Core polls after each post. Nothing can have arrived since, and a poll is one or two system calls.
  if (sound_ && !just_posted_) progress();
  just_posted_ = false;
  std::size_t n = 0;
  while (n < out.size() && first_ending_ != last_ending_)
    out[n++] = endings_[first_ending_++ % endings_.size()];
  if (n != 0) waiting_since = Instant();
  return n;
}

void Lane::progress() {
  while (take_completions()) {
  }
  if (unsettled_ != 0 || ++polls_ % kLookEvery == 0) look_at_links();
}

bool Lane::take_completions() {
  fi_cq_msg_entry entries[64];
  const ssize_t n = fi_cq_read(cq_.get(), entries, std::size(entries));
  if (n == -FI_EAVAIL) {
    take_error();
    return true;
  }
  for (ssize_t i = 0; i < n; ++i) take(entries[i]);
  return n == ssize_t(std::size(entries));
}

void Lane::take(const fi_cq_msg_entry& e) {
  auto* const part = static_cast<Part*>(e.op_context);
  if (!part) return;
  Link& link = part->flight ? *part->flight->link : *part->link;
  if (part->kind == Part::Kind::staged) stages_[part->slot].free = true;
  if (link.closing) return;
  if (part->kind == Part::Kind::arrival) {
    take_arrival(*part, e.len);
  } else if (part->flight) {
    Flight& f = *part->flight;
    if (f.outstanding == 0) return;
    --f.outstanding;
    if (part->kind == Part::Kind::staged && reads(f.request.word.op) && !f.orphan)
      std::memcpy(static_cast<std::byte*>(f.request.buffer) + part->at, stage(part->slot), part->length);
    if (part->kind != Part::Kind::call && !f.lands) f.landed += part->length;
    land(f);
  }
  if (link.first) pump(link);
  if (part->kind == Part::Kind::staged && unsettled_ == 0) ++unsettled_;  // other links may wait for a stage
}

void Lane::take_error() {
  fi_cq_err_entry e{};
  if (fi_cq_readerr(cq_.get(), &e, 0) <= 0) return;
  auto* const part = static_cast<Part*>(e.op_context);
  if (!part) return;
  Link& link = part->flight ? *part->flight->link : *part->link;
  if (part->kind == Part::Kind::staged) stages_[part->slot].free = true;
  if (link.closing || link.failed) return;
  link.failed = true;
  ++unsettled_;
}

void Lane::take_arrival(Part& part, std::uint64_t length) {
  Link& link = *part.link;
  std::byte* const at = link.memory.data() + part.slot * kAnswerRoom;
  const std::span<const std::byte> message(at, std::min<std::uint64_t>(length, kAnswerRoom));
  const auto answer = decode_answer(message);
  const auto landing = decode_landing(message);
  const bool again =
      fi_recv(link.ep.get(), at, kAnswerRoom, rail_.descriptor(link.mr.get()), FI_ADDR_UNSPEC, &part) == 0;
  if (((!answer && !landing) || !again) && !link.failed) {
    link.failed = true;
    ++unsettled_;
  }
  if (!answer && !landing) return;
  if (link.credits < link.arrivals.size()) ++link.credits;
  if (landing && landing->size == 0) link.failed = true, ++unsettled_;
  if (landing) link.landing = *landing;
  if (answer) take_answer(link, *answer);
}

// Drops a response to a flight that has ended, or that sent no call.
void Lane::take_answer(Link& link, const Answer& answer) {
  if (answer.flight >= flights_.size()) return;
  Flight& f = flights_[answer.flight];
  const bool asked = f.state == Flight::State::flying || (f.state == Flight::State::waiting && f.lands);
  if (!asked || f.link != &link || f.answered || !f.call_sent || f.request.id != answer.id ||
      f.request.attempt != answer.attempt)
    return;
  f.answered = true;
  f.code = answer.code;
  f.fresh = answer.fresh;
  f.value = answer.value;
  f.high = answer.high;
  if (f.lands && f.code == Code::ok) f.landed = f.posted;
  land(f);
}

// Ends the flight if no part of it is in flight.
void Lane::land(Flight& f) {
  if (f.state != Flight::State::flying || f.outstanding != 0 || (f.call && !f.answered)) return;
  if (f.data && f.landed == f.request.length && f.request.word.op == Op::load && f.code == Code::ok)
    std::memcpy(&f.value, f.request.buffer, f.request.word.size);
  else if (f.data && f.request.length <= kSmall && f.request.word.op == Op::read &&
           f.landed == f.request.length && !f.orphan)
    std::memcpy(f.request.buffer, small_room(f), f.request.length);
  end(f, f.code);
}

void Lane::end(Flight& f, Code code) {
  if (!f.orphan) {
    Ending& e = endings_[last_ending_++ % endings_.size()];
    e = transport::answer_to(f.request);
    if (code != Code::ok) e.status = Status(code, f.request.word.op);
    e.value = f.value;
    e.value16 = {f.value, f.high};
    // The pieces that the responder has moved are known; the extent of a transfer by the NIC is known only when it completes.
    const bool known = f.lands || f.landed == f.request.length;
    e.moved = f.request.word.op == Op::load || f.request.word.op == Op::store ? 0
              : known                                                         ? f.landed
                                                                              : f.request.begun;
    e.fresh = f.fresh;
  }
  release(f);
}

void Lane::release(Flight& f) {
  if (f.link->lands == &f) f.link->lands = nullptr;
  if (f.counted) way(f).end(*f.link->traffic);
  f.counted = false;
  f.request.keep.reset();
  f.state = Flight::State::free;
  free_.push_back(&f);
}

// A call's buffer belongs to the lane: the call may outlive its op. Data may be in the caller's buffer: cuts the connection.
bool Lane::reclaim(transport::OpId id) {
  for (Flight& f : flights_) {
    if (f.state == Flight::State::free || f.orphan || f.request.id != id) continue;
    Link& link = *f.link;
    if (f.state == Flight::State::flying && !f.data) {
      f.orphan = true;
      continue;
    }
    if (f.state == Flight::State::flying || (f.state == Flight::State::waiting && has_begun(f))) {
      cut(link);
      link.peer.doubt();
      peers_.service().wake();
      if (f.state == Flight::State::free) continue;  // it ended during the cut
    }
    if (f.state == Flight::State::waiting) {
      Flight** at = &link.first;
      link.last = nullptr;
      for (Flight* each = link.first; each; each = each->next)
        if (each != &f) link.last = each;
      while (*at != &f) at = &(*at)->next;
      *at = f.next;
    } else if (f.state == Flight::State::doubtful) {
      --link.in_doubt;
    }
    if (f.state != Flight::State::free) release(f);
  }
  return true;
}

}  // namespace ub::rdma
