#include "peers.h"

#include <algorithm>
#include <random>

namespace ub::rdma {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr unsigned kControlRoom = 16;
constexpr Duration kFirstPause = milliseconds(1), kLongestPause = milliseconds(250);
constexpr Duration kConnecting = std::chrono::seconds(5);          // a connect that nobody answers [?]
constexpr Duration kWithdrawing = std::chrono::microseconds(100);  // between two looks at ops under way

Failure other_version(std::uint32_t theirs) {
  return {Status(Code::version_mismatch),
          "versions differ: rdma:// speaks protocol " + std::to_string(kProtocol) + " here, " +
              std::to_string(theirs) + " there",
          "use the same version of libub on all hosts"};
}

Failure refusal(const Welcome& w) {
  switch (w.verdict) {
    case Verdict::protocol:
      return other_version(w.protocol);
    case Verdict::stranger:
      return {Status(Code::not_found), "it belongs to another fabric", "give both sides the same URL"};
    case Verdict::busy:
      return {Status(Code::no_memory), "it serves as many processes as it can", "end some"};
    default:
      return {Status(Code::peer_gone), "another process listens at its address", {}};
  }
}

}  // namespace

// The connection that a peer's state hangs on.
class Peer::Control final : public Endpoint {
 public:
  Control(Peers& peers, Peer& peer) : peers_(peers), peer_(peer) {}

  std::optional<Failure> connect() {
    const Whereabouts& w = peer_.where_;
    auto info = peers_.service().rail().info_for(w.socket_address.data(), socket_address_size(w));
    if (!info.ok()) return info.error();
    if (auto failure = open(peers_.service_, info->get(), kControlRoom)) return failure;
    std::array<std::byte, kHelloSize> hello;
    encode(Hello{.purpose = Purpose::control,
                 .fabric = peers_.fabric_,
                 .home = w.home,
                 .session = peers_.session_,
                 .generation = peer_.generation()},
           hello);
    if (const int e = fi_connect(ep(), w.socket_address.data(), hello.data(), hello.size()))
      return failed("cannot connect", e);
    return std::nullopt;
  }
  bool tell(const Withdrawal& w) {
    std::array<std::byte, kWithdrawalSize> message;
    encode(Kind::withdrawn, w, message);
    return send(message);
  }
  void connected(std::span<const std::byte>) override {
    peer_.pause_ = Duration::zero();
    peers_.set(peer_, State::ready);
  }
  void broken(std::span<const std::byte> data, int error) override {
    // Its receives may be told of before the event that says why there is no connection.
    if (peer_.state() == State::connecting && error == 0) return;
    peers_.lost_control(peer_, data, error);
  }
  void received(std::span<const std::byte> message) override {
    const auto w = decode_withdrawal(message);
    if (!w) return broken({}, 0);
    peers_.withdraw(peer_, *w);
  }

 private:
  Peers& peers_;
  Peer& peer_;
};

Way::Way(Peers& peers, std::shared_ptr<Peer> peer, const transport::Destination& d)
    : peers_(peers), peer_(std::move(peer)), segment_(d.segment), keys_(keys_of(d.grant)) {
  peer_->ways_.push_back(this);
}

Way::~Way() {
  const std::lock_guard hold(peers_.service_.mutex());
  std::erase(peer_->ways_, this);
}

Peers::Peers(Service& s, std::uint64_t fabric) : service_(s), fabric_(fabric) {
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
  auto& peer = peers_[where->home];
  if (!peer) {
    peer.reset(new Peer(*where, std::uint32_t(peers_.size() - 1)));
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
    if (peer->state() == Peer::State::gone) begin_control(*peer);
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

void Peers::renew(Peer& peer) {
  const std::lock_guard hold(service_.mutex());
  begin_control(peer);
  service_.wake();
}

void Peers::set(Peer& peer, Peer::State s) {
  peer.state_.store(s, std::memory_order_release);
  service_.changed().notify_all();
}

void Peers::begin_control(Peer& peer) {
  service_.bury(std::move(peer.control_));
  peer.withdrawing_.clear();
  peer.doubted_ = peer.unclean_ = false;
  peer.trouble_ = {};
  peer.generation_.fetch_add(1, std::memory_order_release);
  set(peer, Peer::State::connecting);
  peer.next_try_ = steady_clock::now() + kConnecting;
  auto control = std::make_unique<Peer::Control>(*this, peer);
  const auto failure = control->connect();
  peer.control_ = std::move(control);
  if (failure) {
    service_.bury(std::move(peer.control_));
    peer.trouble_ = *failure;
    peer.pause_ = std::clamp(peer.pause_ * 2, kFirstPause, kLongestPause);
    peer.next_try_ = steady_clock::now() + peer.pause_;
  }
}

// Whoever refuses has gone, as far as we are concerned; who was cut off, or cannot be reached, may be there still.
void Peers::lost_control(Peer& peer, std::span<const std::byte> answer, int error) {
  const bool was_ready = peer.state() == Peer::State::ready;
  service_.bury(std::move(peer.control_));
  peer.withdrawing_.clear();
  const auto welcome = decode_welcome(answer);
  if (welcome)
    peer.trouble_ = refusal(*welcome);
  else if (error == FI_ECONNREFUSED)
    peer.trouble_ = {Status(Code::peer_gone), "nobody listens at its address",
                     "see whether its process runs"};
  else if (error != 0)
    peer.trouble_ = failed("cannot reach it", error, "see whether the link to its host is up");
  peer.pause_ = std::clamp(peer.pause_ * 2, kFirstPause, kLongestPause);
  peer.next_try_ = steady_clock::now() + peer.pause_;
  const bool gone = !was_ready && (welcome || error == FI_ECONNREFUSED);
  set(peer, gone ? Peer::State::gone : Peer::State::connecting);
}

// One is asked of in vain at most so often: a new try begins when somebody has asked since, and the pause is over.
Instant Peers::tick(Instant now) {
  Instant next = Instant::max();
  for (auto& entry : peers_) {
    Peer& p = *entry.second;
    if (p.state() == Peer::State::connecting || p.doubted_) {
      if (now >= p.next_try_) begin_control(p);
      next = std::min(next, p.next_try_);
    }
    if (!p.withdrawing_.empty() && !answer_withdrawals(p)) next = std::min(next, now + kWithdrawing);
  }
  return next;
}

void Peers::withdraw(Peer& peer, const Withdrawal& w) {
  for (Way* way : peer.ways_)
    if (way->segment_ == w.segment) way->ended_.store(true, std::memory_order_seq_cst);
  // Of a connection that was cut something may be on its way still: the home closes its end of everything older.
  if (peer.unclean_) return begin_control(peer);
  peer.withdrawing_.push_back(w);
  (void)answer_withdrawals(peer);
}

bool Peers::answer_withdrawals(Peer& peer) {
  const auto quiet = [&](const Withdrawal& w) {
    return std::none_of(peer.ways_.begin(), peer.ways_.end(), [&](const Way* way) {
      return way->segment_ == w.segment && way->under_way_.load(std::memory_order_seq_cst) != 0;
    });
  };
  std::erase_if(peer.withdrawing_, [&](const Withdrawal& w) {
    if (!quiet(w)) return false;
    if (peer.control_) (void)static_cast<Peer::Control&>(*peer.control_).tell(w);
    return true;
  });
  return peer.withdrawing_.empty();
}

}  // namespace ub::rdma
