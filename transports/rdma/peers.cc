#include "peers.h"

#include <algorithm>
#include <random>

#include "control.h"
#include "patience.h"

namespace ub::rdma {
namespace {

using std::chrono::steady_clock;

}  // namespace

Way::Way(Peers& peers, std::shared_ptr<Peer> peer, const transport::Destination& d)
    : peers_(peers), peer_(std::move(peer)), segment_(d.segment), keys_(keys_of(d.grant)) {
  peer_->ways_.push_back(this);
  ended_ = std::any_of(peer_->withdrawn_.begin(), peer_->withdrawn_.end(),
                       [this](const Withdrawal& w) { return goes_by(w); });
}

Way::~Way() {
  const std::lock_guard hold(peers_.service_.mutex());
  std::erase(peer_->ways_, this);
  std::erase_if(peer_->seals_, [this](const Peer::Seal& s) { return s.way == this; });
  peers_.events_.replace(this, peer_->ways_.empty() ? nullptr : peer_->ways_.front());
}

Peers::Peers(Service& s, EventBox& events, std::uint64_t fabric, bool native_words)
    : service_(s), events_(events), fabric_(fabric), native_words_(native_words) {
  std::random_device random;
  session_ = std::uint64_t(random()) << 32 | random();
  alive_ = std::make_shared<bool>(true);
  service_.add_timer([this, alive = std::weak_ptr(alive_)](Instant now) {
    return alive.lock() ? tick(now) : Instant::max();
  });
}

Peers::~Peers() {
  const std::lock_guard hold(service_.mutex());
  alive_.reset();
  for (auto& p : peers_) service_.bury(std::move(p.second->control_));
}

Expected<std::shared_ptr<Peer>> Peers::find(const transport::Address& address) {
  const auto where = decode_whereabouts(address);
  if (!where) {
    if (const auto theirs = protocol_of(address); theirs && *theirs != kProtocol)
      return other_version(*theirs);
    return Failure{Status(Code::version_mismatch), "its address is none of rdma://",
                   "use the same version of libub on all hosts"};
  }
  const std::string& ours = service_.rail().provider();
  const std::string its(where->provider.data(), ::strnlen(where->provider.data(), where->provider.size()));
  if (its != ours)
    return Failure{Status(Code::unsupported), "it uses provider " + its + ", this process " + ours,
                   "give both provider=" + its};
  if (native_words_ && !where->whole_words)
    return Failure{Status(Code::unsupported),
                   "loads and stores go by the NIC here, and its device may move a word in parts",
                   "open the fabric with words=responder here"};
  auto& peer = peers_[where->home];
  if (!peer) {
    peer.reset(new Peer(*where, std::uint32_t(peers_.size() - 1)));
    peer->heard_ = steady_clock::now();
    begin_control(*peer);
  }
  return peer;
}

Expected<std::unique_ptr<Way>> Peers::connect(const transport::Destination& d, Instant until) {
  std::unique_lock lock(service_.mutex());
  auto found = find(d.address);
  if (!found.ok()) return found.error();
  const std::shared_ptr<Peer> peer = *found;
  if (until > steady_clock::now()) {
    if (peer->state() == Peer::State::gone || peer->state() == Peer::State::unreachable) {
      set(*peer, Peer::State::connecting);
      begin_control(*peer);
    }
    service_.wake();
    service_.changed().wait_until(lock, until, [&] { return peer->state() != Peer::State::connecting; });
    if (peer->state() != Peer::State::ready)
      return !peer->trouble_.what.empty()
                 ? peer->trouble_
                 : Failure{Status(Code::timed_out), "its process does not answer",
                           "see whether it is stopped, and whether this host reaches the other one"};
  }
  return std::unique_ptr<Way>(new Way(*this, peer, d));
}

void Peers::seal(Way& way, std::uint16_t path, std::uint32_t generation) {
  const std::lock_guard hold(service_.mutex());
  way.peer().seals_.push_back({&way, path, generation});
  begin_control(way.peer());
  service_.wake();
}

bool Way::goes_by(const Withdrawal& w) const {
  const auto is = [](std::uint64_t ours, std::uint64_t ended) { return ours != 0 && ours == ended; };
  return segment_ == w.segment && (is(keys_.read, w.read) || is(keys_.write, w.write));
}

std::shared_ptr<Traffic> Peers::begin_traffic(Peer& peer, std::uint32_t lane) {
  const std::lock_guard hold(service_.mutex());
  return peer.traffic_.emplace_back(std::make_shared<Traffic>(lane));
}

void Peers::end_traffic(Peer& peer, const std::shared_ptr<Traffic>& t) {
  const std::lock_guard hold(service_.mutex());
  t->over = true;
  if (!t->unclean) std::erase(peer.traffic_, t);
  if (peer.state() == Peer::State::gone) return;
  peer.ended_lanes_.push_back(t->lane);
  service_.wake();
}

void Peers::withdraw(Peer& peer, const Withdrawal& w) {
  for (Way* way : peer.ways_)
    if (way->goes_by(w)) way->ended_.store(true, std::memory_order_seq_cst);
  peer.withdrawn_.push_back(w);
  if (peer.withdrawn_.size() > kWithdrawalsKnown) peer.withdrawn_.pop_front();
  if (w.number == 0) return;
  const Instant now = steady_clock::now();
  peer.withdrawing_.push_back({w, now + std::chrono::microseconds(w.patience / 2)});
  (void)answer_withdrawals(peer, now);
}

bool Peers::answer_withdrawals(Peer& peer, Instant now) {
  const auto owed = std::move(peer.withdrawing_);
  peer.withdrawing_.clear();
  for (const Peer::Owed& o : owed)
    if (!answer(peer, o, now)) peer.withdrawing_.push_back(o);
  return peer.withdrawing_.empty();
}

// A lane that no thread polls finishes nothing. When the time is over, it is named, and the home closes its connection. A
// lane that has cut its connection is named immediately, since some of its data may still be in flight.
bool Peers::answer(Peer& peer, const Peer::Owed& owed, Instant now) {
  Withdrawn w{.number = owed.what.number};
  for (const auto& t : peer.traffic_) {
    const bool busy = t->of(owed.what.segment).load(std::memory_order_seq_cst) != 0;
    if (busy && now < owed.until) return false;
    if (!busy && !t->unclean.load(std::memory_order_seq_cst)) continue;
    if (w.count == w.lanes.size()) {  // too many to name
      begin_control(peer);
      return true;
    }
    w.lanes[w.count++] = t->lane;
  }
  return peer.control_ && static_cast<Peer::Control&>(*peer.control_).tell(w);
}

}  // namespace ub::rdma
