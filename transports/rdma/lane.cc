// A lane's way out: which way an op goes, and its data and calls given to the provider.
#include "lane.h"

#include <algorithm>
#include <cstring>

namespace ub::rdma {

using transport::Request;

namespace {

constexpr std::uint64_t kLargestData = 64
                                       << 20;  // one message; more would keep others waiting for no gain [?]

}  // namespace

// As many flights again as ops: attempts that nobody asks for any more may still be under way.
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

// A stopped peer's calls are nobody's any more, but have our room: the connection with most of them goes.
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

// Data go by the NIC; words only where it moves them whole.
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

// In order of posting: what does not fit now holds up what is behind it.
void Lane::pump(Link& link) {
  while (link.first && link.state == Link::State::ready && !link.failed) {
    Flight& f = *link.first;
    if (!launch(f)) return;
    link.first = f.next;
    f.next = nullptr;
    land(f);
  }
}

// False: not all of it has been taken.
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

bool Lane::send_data(Flight& f) {
  const Request& r = f.request;
  auto* buffer = static_cast<std::byte*>(r.buffer);
  if (r.length <= kSmall) {
    auto* small = static_cast<std::byte*>(small_room(f));
    if (!reads(r.word.op) && buffer != small) std::memcpy(small, buffer, r.length);
    return rma(f, f.data_part, small + f.posted, rail_.descriptor(rooms_mr_.get()), r.length - f.posted);
  }
  void* descriptor = nullptr;
  const bool direct = !rail_.registers_buffers() || pins_.find(buffer, r.length, &descriptor);
  while (f.posted < r.length) {
    const std::uint64_t length = std::min({r.length - f.posted, kLargestData, rail_.largest_message(),
                                           std::uint64_t(direct ? kLargestData : kStageSize)});
    if (!(direct ? rma(f, f.data_part, buffer + f.posted, descriptor, length) : send_staged(f, length)))
      return false;
  }
  return true;
}

bool Lane::send_staged(Flight& f, std::uint64_t length) {
  const auto at = std::find_if(stages_.begin(), stages_.end(), [](const Stage& s) { return s.free; });
  if (at == stages_.end()) return false;
  const auto slot = std::uint32_t(at - stages_.begin());
  at->part = {Part::Kind::staged, &f, nullptr, slot, f.posted, length};
  if (!reads(f.request.word.op))
    std::memcpy(stage(slot), static_cast<std::byte*>(f.request.buffer) + f.posted, length);
  at->free = false;
  if (rma(f, at->part, stage(slot), rail_.descriptor(stages_mr_.get()), length)) return true;
  at->free = true;
  return false;
}

// A write's completion says that it has been delivered.
bool Lane::rma(Flight& f, Part& part, void* local, void* descriptor, std::uint64_t length) {
  const Op op = f.request.word.op;
  iovec from{local, length};
  const Keys& keys = way(f).keys();
  const Landing& landing = f.link->landing;
  fi_rma_iov to{keys.base + f.request.word.offset + f.posted, length, key_for(keys, op)};
  if (f.lands) to = {landing.base, length, landing.key};
  fi_msg_rma m{};
  m.msg_iov = &from;
  m.desc = descriptor ? &descriptor : nullptr;
  m.iov_count = 1;
  m.rma_iov = &to;
  m.rma_iov_count = 1;
  m.context = &part;
  const ssize_t e = reads(op) ? fi_readmsg(f.link->ep.get(), &m, FI_COMPLETION)
                              : fi_writemsg(f.link->ep.get(), &m, FI_COMPLETION | rail_.delivery());
  if (e != 0) {
    if (e != -FI_EAGAIN) f.link->failed = true;
    return false;
  }
  part.length = length;
  f.posted += length;
  ++f.outstanding;
  return true;
}

bool Lane::send_call(Flight& f) {
  Link& link = *f.link;
  if (link.credits == 0) return false;
  const Request& r = f.request;
  Call o;
  o.id = r.id;
  o.word = r.word;
  if (o.word.size == 0) o.word.size = 8;  // a transfer: nothing is left of it but to wake sleepers
  if (r.word.op == Op::write_signal) o.word.compare = r.signal_offset;
  if (f.lands) {
    o.begun = f.landed;
    o.length = f.posted;
    o.more = f.posted < r.length;
  }
  if (r.word.op == Op::compare_swap16) {
    o.word.value = r.desired16.low;
    o.high_desired = r.desired16.high;
    o.word.compare = r.compare16.low;
    o.high_compare = r.compare16.high;
  }
  // What the NIC has moved is done: its sleepers are woken by a transfer of nothing.
  if (f.data && r.word.op == Op::load) o.word.op = Op::read;
  if (f.data && r.word.op == Op::store) o.word.op = Op::write;
  o.segment = way(f).segment();
  o.key = key_for(way(f).keys(), r.word.op);
  o.gate = r.gate;
  o.in_flight = r.in_flight;
  o.flight = std::uint32_t(&f - flights_.data());
  o.attempt = r.attempt;
  o.remember = r.remember;
  o.notify = r.notify;
  encode(o, std::span<std::byte, kCallSize>(room(f), kCallSize));
  const ssize_t e = fi_send(link.ep.get(), room(f), kCallSize, rail_.descriptor(rooms_mr_.get()),
                            FI_ADDR_UNSPEC, &f.call_part);
  if (e != 0) {
    if (e != -FI_EAGAIN) link.failed = true;
    return false;
  }
  --link.credits;
  f.call_sent = true;
  f.outstanding += 1;
  return true;
}

// One piece at a time is in the landing; the flight waits, in front of the others, until its last one is sent.
bool Lane::send_landing(Flight& f) {
  Link& link = *f.link;
  if (link.landing.size == 0) return ask_for_landing(link);
  if (link.lands && link.lands != &f) return false;
  link.lands = &f;
  if (f.answered && f.code == Code::ok && f.landed < f.request.length) f.call_sent = f.answered = false;
  if (f.answered) {  // refused
    f.state = Flight::State::flying;
    return true;
  }
  if (f.posted == f.landed) {
    auto* from = static_cast<std::byte*>(f.request.buffer) + f.posted;
    const std::uint64_t length =
        std::min({f.request.length - f.posted, link.landing.size, std::uint64_t(kStageSize)});
    void* descriptor = nullptr;
    const bool direct = !rail_.registers_buffers() || pins_.find(from, length, &descriptor);
    if (!(direct ? rma(f, f.data_part, from, descriptor, length) : send_staged(f, length))) return false;
  }
  if (!f.call_sent && !send_call(f)) return false;
  if (f.posted < f.request.length) return false;
  f.state = Flight::State::flying;
  return true;
}

bool Lane::ask_for_landing(Link& link) {
  if (link.landing_asked || link.credits == 0) return false;
  link.asking = {Part::Kind::other, nullptr, &link};
  encode(Kind::land, Landing{},
         std::span<std::byte, kLandingSize>(link.memory.data() + link.arrivals.size() * kAnswerRoom,
                                            kLandingSize));
  if (fi_send(link.ep.get(), link.memory.data() + link.arrivals.size() * kAnswerRoom, kLandingSize,
              rail_.descriptor(link.mr.get()), FI_ADDR_UNSPEC, &link.asking) != 0)
    return false;
  --link.credits;
  link.landing_asked = true;
  return false;
}

}  // namespace ub::rdma
