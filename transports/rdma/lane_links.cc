// A lane's connections: connects and cuts them, and ends the flights that they carried.
#include <algorithm>

#include "lane.h"
#include "patience.h"

namespace ub::rdma {

using std::chrono::steady_clock;

namespace {

constexpr int kSeverTries = 1000;  // reads of the queues until a severed connection is reported; one suffices

}  // namespace

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
      case Peer::State::unreachable:
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
  link.memory.resize((room + 1) * kAnswerRoom);  // the last one is for the request for a landing
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

// The home has closed this lane's older connection: no op of unknown outcome will be executed after this.
void Lane::connected(Link& link) {
  if (link.state != Link::State::connecting) return;
  link.state = Link::State::ready;
  link.traffic->unclean = false;
  link.pause = Duration::zero();
  link.credits = std::uint32_t(link.arrivals.size());
  give_back(link, false);
  pump(link);
}

bool Lane::has_begun(const Flight& f) const {
  return f.state == Flight::State::flying || f.call_sent ||
         f.posted != (f.request.length == 0 ? 0 : f.request.begun);
}

// Processes completions, then closes the endpoint. Once the completion queue is empty, the endpoint's buffers are unused.
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
    const bool begun = has_begun(f);  // a waiting flight may have been sent in part
    if (f.counted) {
      if (begun) link.traffic->unclean.store(true, std::memory_order_seq_cst);
      way(f).end(*link.traffic);
    }
    f.counted = false;
    if (!begun) continue;
    f.outstanding = 0;
    if (f.state == Flight::State::waiting) link.first = f.next;  // it was the first: no other has begun
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

// The outcome of ops in flight stays unknown; ops that waited were never sent.
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
