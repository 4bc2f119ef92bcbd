// A lane's send side: splits an op into data and a call, chooses how each is sent, and keeps the order of sending.
#include "lane.h"

#include <algorithm>
#include <cstring>

namespace ub::rdma {

using transport::Request;

// Twice as many flights as ops: attempts whose ending is dropped may still be in flight.
Lane::Lane(Peers& peers, const Pins& pins, std::uint32_t depth, bool native_words)
    : peers_(peers),
      rail_(peers.service().rail()),
      pins_(pins),
      native_words_(native_words),
      number_(peers.new_lane()),
      flights_(2 * depth),
      endings_(2 * depth),
      rooms_(new std::byte[flights_.size() * kRoomSize]) {
  for (std::size_t i = flights_.size(); i-- > 0;) {
    Flight& f = flights_[i];
    f.data_part = {Part::Kind::data, &f};
    f.call_part = {Part::Kind::call, &f};
    free_.push_back(&f);
  }
  auto cq = rail_.open_completions(flights_.size() * 4 + (rail_.registers_buffers() ? 8192 : 64), false);
  auto eq = rail_.open_events(false);
  if (!cq.ok() || !eq.ok()) return;
  cq_ = std::move(*cq);
  eq_ = std::move(*eq);
  if (rail_.registers_buffers()) {
    stages_.resize(kStages);
    stages_memory_.reset(new std::byte[kStages * kStageSize]);
    auto rooms =
        rail_.register_memory(rooms_.get(), flights_.size() * kRoomSize, FI_SEND | FI_READ | FI_WRITE, 0);
    auto stages = rail_.register_memory(stages_memory_.get(), kStages * kStageSize, FI_READ | FI_WRITE, 0);
    if (!rooms.ok() || !stages.ok()) return;
    rooms_mr_ = std::move(*rooms);
    stages_mr_ = std::move(*stages);
  }
  sound_ = true;
}

Lane::~Lane() {
  for (auto& link : links_)
    if (link) link->ep.reset(), peers_.end_traffic(link->peer, link->traffic);
}

std::byte* Lane::room(const Flight& f) const {
  return rooms_.get() + std::size_t(&f - flights_.data()) * kRoomSize;
}
void* Lane::small_room(const Flight& f) const { return room(f) + kCallRoom; }

Lane::Link& Lane::link_to(Peer& peer) {
  if (links_.size() <= peer.number()) links_.resize(peer.number() + 1);
  auto& link = links_[peer.number()];
  if (!link) link = std::make_unique<Link>(peer, peers_.begin_traffic(peer, number_));
  return *link;
}

std::size_t Lane::post(std::span<const Request> batch) {
  std::size_t taken = 0;
  for (const Request& r : batch) {
    if (free_.empty()) give_up_orphans();
    if (free_.empty() || last_ending_ - first_ending_ + (flights_.size() - free_.size()) >= endings_.size())
      break;
    Flight& f = *free_.back();
    free_.pop_back();
    prepare(f, r);
    ++taken;
    if (!sound_) {
      end(f, Code::no_memory);
      continue;
    }
    Link& link = *f.link;
    if (link.state == Link::State::ready && link.generation != link.peer.generation()) cut(link);
    enqueue(f);
    if (link.state == Link::State::ready)
      pump(link);
    else if (link.first == &f && f.next == nullptr && link.in_doubt == 0)
      look_at_links();
  }
  just_posted_ = taken != 0;
  return taken;
}

// Orphaned calls to a stopped peer still occupy flights. Cuts the connection with the most of them.
void Lane::give_up_orphans() {
  Link* worst = nullptr;
  std::ptrdiff_t most = 0;
  for (auto& link : links_) {
    const auto its = std::count_if(flights_.begin(), flights_.end(), [&](const Flight& f) {
      return f.orphan && f.state == Flight::State::flying && f.link == link.get();
    });
    if (its > most) most = its, worst = link.get();
  }
  if (worst) cut(*worst);
}

// The NIC moves data, and words only where it moves them as a whole.
void Lane::prepare(Flight& f, const Request& r) {
  f.request = r;
  f.link = &link_to(way(f).peer());
  const Op op = r.word.op;
  const bool bulk = op == Op::read || op == Op::write || op == Op::write_signal;
  const bool word = native_words_ && !r.remember && (op == Op::load || op == Op::store);
  f.data = word || (bulk && r.begun < r.length);
  f.call = op == Op::write_signal || (!bulk && !word) || r.notify;
  f.lands = bulk && r.remember && f.data;
  f.call |= f.lands;
  f.orphan = f.call_sent = f.answered = f.counted = f.fresh = false;
  f.code = Code::ok;
  f.value = f.high = 0;
  f.posted = f.landed = word ? 0 : r.begun;
  f.outstanding = 0;
  f.next = nullptr;
  if (word) {
    f.request.length = r.word.size;
    f.request.buffer = small_room(f);
    std::memcpy(f.request.buffer, &r.word.value, sizeof r.word.value);
  }
}

void Lane::enqueue(Flight& f) {
  f.state = Flight::State::waiting;
  Link& link = *f.link;
  (link.first ? link.last->next : link.first) = &f;
  link.last = &f;
  if (link.state != Link::State::ready && link.first == &f && link.in_doubt == 0) ++unsettled_;
}

// Sends in posting order: a flight that does not fit holds up those behind it.
void Lane::pump(Link& link) {
  while (link.first && link.state == Link::State::ready && !link.failed) {
    Flight& f = *link.first;
    if (!launch(f)) return;
    link.first = f.next;
    f.next = nullptr;
    land(f);
  }
}

// False: the provider has not accepted all of it.
bool Lane::launch(Flight& f) {
  if (f.data && !f.lands && !f.counted) {
    if (!way(f).begin(*f.link->traffic)) {
      f.code = Code::stale_epoch;
      f.data = f.call = false;
      f.state = Flight::State::flying;
      return true;
    }
    f.counted = true;
  }
  if (f.lands) return send_landing(f);
  if (f.data && f.posted < f.request.length && !send_data(f)) return false;
  if (f.call && !f.call_sent && !send_call(f)) return false;
  f.state = Flight::State::flying;
  return true;
}

}  // namespace ub::rdma
