#include "lane.h"

#include <algorithm>
#include <cstring>

namespace ub::rdma {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using transport::Ending;
using transport::Request;

constexpr Duration kFirstPause = milliseconds(1), kLongestPause = milliseconds(100);
constexpr Duration kConnecting = std::chrono::seconds(5);
constexpr std::uint64_t kLargestData = 64
                                       << 20;  // one message; more would keep others waiting for no gain [?]
constexpr std::uint32_t kLookEvery = 64;       // polls between two looks at events that seldom come
constexpr int kSeverTries = 1000;  // to read the queues until a severed connection is reported; 1 does
constexpr std::size_t kAnswerRoom = 64;

bool reads(Op op) { return op == Op::load || op == Op::read; }

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
    if (link) link->ep.reset();
}

std::byte* Lane::room(const Flight& f) const {
  return rooms_.get() + std::size_t(&f - flights_.data()) * kRoomSize;
}
void* Lane::small_room(const Flight& f) const { return room(f) + kCallRoom; }

Lane::Link& Lane::link_to(Peer& peer) {
  if (links_.size() <= peer.number()) links_.resize(peer.number() + 1);
  auto& link = links_[peer.number()];
  if (!link) link = std::make_unique<Link>(peer);
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
    if (!way(f).begin()) {
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

// --- what comes back ---------------------------------------------------------------------------------------

std::size_t Lane::poll(std::span<Ending> out) {
  if (sound_) progress();
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
  fi_cq_msg_entry entries[16];
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
  if (part->kind == Part::Kind::staged && unsettled_ == 0) ++unsettled_;  // others may wait for a piece
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

void Lane::take_answer(Link& link, const Answer& answer) {
  for (Flight& f : flights_) {
    const bool asked = f.state == Flight::State::flying || (f.state == Flight::State::waiting && f.lands);
    if (!asked || f.link != &link || f.answered || !f.call_sent || f.request.id != answer.id ||
        f.request.attempt != answer.attempt)
      continue;
    f.answered = true;
    f.code = answer.code;
    f.fresh = answer.fresh;
    f.value = answer.value;
    f.high = answer.high;
    if (f.lands && f.code == Code::ok) f.landed = f.posted;
    return land(f);
  }
}

// Ends the flight if nothing of it is under way any more.
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
    // Pieces that the responder has moved are in; how much of a transfer of the NIC's is, only its end tells.
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
  if (f.counted) way(f).end();
  f.counted = false;
  f.request.keep.reset();
  f.state = Flight::State::free;
  free_.push_back(&f);
}

// A call's buffer is ours: it may go on without its op. Data may lie in the caller's: their connection goes.
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
      if (f.state == Flight::State::free) continue;  // its ending was there already
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

// --- connections -------------------------------------------------------------------------------------------

void Lane::look_at_links() {
  for (;;) {
    const std::uint32_t before = polls_;
    take_event();
    if (polls_ == before) break;
  }
  unsettled_ = 0;
  const Instant now = steady_clock::now();
  for (auto& owned : links_) {
    if (!owned) continue;
    Link& link = *owned;
    const bool outdated = link.state != Link::State::idle && link.generation != link.peer.generation();
    if (link.failed || outdated || (link.state == Link::State::connecting && now >= link.next_try)) cut(link);
    if (!link.first && link.in_doubt == 0) continue;
    if (link.state == Link::State::ready) {
      pump(link);
      continue;
    }
    ++unsettled_;
    if (link.state == Link::State::connecting || now < link.next_try) continue;
    switch (link.peer.state()) {
      case Peer::State::ready:
        if (connect(link)) cut(link);
        break;
      case Peer::State::gone:
        link.pause = std::clamp(link.pause * 2, kFirstPause, kLongestPause);
        link.next_try = now + link.pause;
        give_back(link, true);
        link.peer.doubt();
        peers_.service().wake();
        break;
      case Peer::State::connecting:
        break;
    }
  }
}

void Lane::take_event() {
  alignas(fi_eq_cm_entry) std::byte space[sizeof(fi_eq_cm_entry) + 256];
  std::uint32_t event = 0;
  const ssize_t n = fi_eq_read(eq_.get(), &event, space, sizeof space, 0);
  if (n <= 0 && n != -FI_EAVAIL) return;
  ++polls_;
  fid_t about = nullptr;
  if (n == -FI_EAVAIL) {
    fi_eq_err_entry e{};
    if (fi_eq_readerr(eq_.get(), &e, 0) > 0) about = e.fid;
  } else if (n >= ssize_t(sizeof(fi_eq_cm_entry))) {
    about = reinterpret_cast<const fi_eq_cm_entry*>(space)->fid;
  }
  if (!about || !about->context) return;
  Link& link = *static_cast<Link*>(about->context);
  if (n > 0 && event == FI_CONNECTED)
    connected(link);
  else
    link.failed = link.told = true, ++unsettled_;
}

std::optional<Failure> Lane::connect(Link& link) {
  const Whereabouts& w = link.peer.whereabouts();
  link.state = Link::State::connecting;
  link.next_try = steady_clock::now() + kConnecting;
  link.generation = link.peer.generation();
  const std::uint32_t room = std::min<std::uint32_t>(kCredits, std::uint32_t(flights_.size()));
  link.memory.resize((room + 1) * kAnswerRoom);  // the last one is for asking
  link.landing = {};
  link.landing_asked = false;
  if (rail_.registers_buffers()) {
    auto mr = rail_.register_memory(link.memory.data(), link.memory.size(), FI_SEND | FI_RECV, 0);
    if (!mr.ok()) return mr.error();
    link.mr = std::move(*mr);
  }
  auto info = rail_.info_for(w.socket_address.data(), socket_address_size(w));
  if (!info.ok()) return info.error();
  (*info)->rx_attr->size = room;  // what a verbs completion queue reserves for it
  fid_ep* ep = nullptr;
  if (const int e = fi_endpoint(rail_.domain(), info->get(), &ep, &link))
    return failed("cannot open an endpoint", e);
  link.ep.reset(ep);
  int e = fi_ep_bind(ep, &eq_->fid, 0);
  if (!e) e = fi_ep_bind(ep, &cq_->fid, FI_TRANSMIT | FI_RECV);
  if (!e) e = fi_enable(ep);
  link.arrivals.clear();
  link.arrivals.reserve(room);
  for (std::uint32_t i = 0; !e && i < room; ++i) {
    link.arrivals.push_back({Part::Kind::arrival, nullptr, &link, i});
    e = int(fi_recv(ep, link.memory.data() + i * kAnswerRoom, kAnswerRoom, rail_.descriptor(link.mr.get()),
                    FI_ADDR_UNSPEC, &link.arrivals.back()));
  }
  std::array<std::byte, kHelloSize> hello;
  encode(Hello{.purpose = Purpose::lane,
               .credits = std::uint16_t(room),
               .fabric = peers_.fabric(),
               .home = w.home,
               .session = peers_.session(),
               .lane = number_,
               .generation = link.generation},
         hello);
  if (!e) e = fi_connect(ep, w.socket_address.data(), hello.data(), hello.size());
  if (e) return failed("cannot connect", e);
  return std::nullopt;
}

// The home has closed what it had of this lane before: nothing that was in doubt will be executed any more.
void Lane::connected(Link& link) {
  if (link.state != Link::State::connecting) return;
  link.state = Link::State::ready;
  link.pause = Duration::zero();
  link.credits = std::uint32_t(link.arrivals.size());
  give_back(link, false);
  pump(link);
}

bool Lane::has_begun(const Flight& f) const {
  return f.state == Flight::State::flying || f.call_sent ||
         f.posted != (f.request.length == 0 ? 0 : f.request.begun);
}

// Takes in what has ended, then closes the endpoint. When the completion queue has been emptied, nothing of it is in use.
void Lane::cut(Link& link) {
  const bool was_ready = link.state == Link::State::ready, told = link.told;
  if (link.state == Link::State::connecting) link.peer.doubt(), peers_.service().wake();
  link.failed = true;  // nothing more is sent
  while (take_completions()) {
  }
  link.closing = true;
  link.failed = false;
  if (was_ready && !told) {
    rail_.sever(link.ep.get());
    for (int i = 0; !link.failed && i < kSeverTries; ++i) {
      take_completions();
      take_event();
    }
  }
  link.ep.reset();
  while (take_completions()) {
  }
  link.closing = link.failed = link.told = false;
  link.state = Link::State::idle;
  link.pause =
      link.pause == Duration::zero() ? Duration(1) : std::clamp(link.pause * 2, kFirstPause, kLongestPause);
  link.next_try = steady_clock::now() + link.pause;
  for (Flight& f : flights_) {
    if (f.link != &link || f.state == Flight::State::free || f.state == Flight::State::doubtful) continue;
    const bool begun = has_begun(f);  // of one that waits in the middle some may have gone
    if (f.counted) {
      if (begun) link.peer.leave_unclean();
      way(f).end();
    }
    f.counted = false;
    if (!begun) continue;
    f.outstanding = 0;
    if (f.state == Flight::State::waiting) link.first = f.next;  // it was the first: nobody else has begun
    f.next = nullptr;
    if (link.lands == &f) link.lands = nullptr;
    if (f.orphan) {
      release(f);
      continue;
    }
    f.state = Flight::State::doubtful;
    ++link.in_doubt;
  }
  for (Stage& s : stages_)
    if (!s.free && s.part.flight->link == &link) s.free = true;
  if (link.first || link.in_doubt != 0) ++unsettled_;
}

// What was in doubt is lost for good; what has been waiting was never sent.
void Lane::give_back(Link& link, bool waiting) {
  for (Flight& f : flights_) {
    if (f.link != &link || f.state != Flight::State::doubtful) continue;
    --link.in_doubt;
    end(f, Code::outcome_unknown);
  }
  while (waiting && link.first) {
    Flight& f = *link.first;
    link.first = f.next;
    f.next = nullptr;
    end(f, Code::stale_epoch);
  }
}

}  // namespace ub::rdma
