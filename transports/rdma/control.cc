// How a peer's control connection is made, monitored and made again.
#include "control.h"

#include <algorithm>

#include "patience.h"

namespace ub::rdma {
namespace {

using std::chrono::steady_clock;

constexpr unsigned kControlRoom = 16;
constexpr Duration kWithdrawing = std::chrono::microseconds(100);  // between two checks of ops in flight

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

bool another_process(Verdict v) {
  return v == Verdict::protocol || v == Verdict::stranger || v == Verdict::stale;
}

}  // namespace

Failure other_version(std::uint32_t theirs) {
  return {Status(Code::version_mismatch),
          "versions differ: rdma:// speaks protocol " + std::to_string(kProtocol) + " here, " +
              std::to_string(theirs) + " there",
          "use the same version of libub on all hosts"};
}

std::optional<Failure> Peer::Control::connect() {
  const Whereabouts& w = peer_.where_;
  auto info = peers_.service().rail().info_for(w.socket_address.data(), socket_address_size(w));
  if (!info.ok()) return info.error();
  if (auto failure = open(peers_.service_, info->get(), kControlRoom)) return failure;
  std::array<std::byte, kHelloSize> hello;
  encode(Hello{.purpose = Purpose::control,
               .again = peer_.was_ready_,
               .fabric = peers_.fabric_,
               .home = w.home,
               .session = peers_.session_,
               .generation = peer_.generation()},
         hello);
  if (const int e = fi_connect(ep(), w.socket_address.data(), hello.data(), hello.size()))
    return failed("cannot connect", e);
  return std::nullopt;
}

bool Peer::Control::tell(const Withdrawn& w) {
  std::array<std::byte, kWithdrawnSize> message;
  encode(w, message);
  return send(message);
}

bool Peer::Control::beat() {
  std::array<std::byte, kBeatSize> message;
  encode_beat(message);
  return send(message);
}

bool Peer::Control::bye(std::uint32_t lane) {
  std::array<std::byte, kByeSize> message;
  encode_bye(lane, message);
  return send(message);
}

bool Peer::Control::unconfirmed() const {
  return peers_.service().rail().serves_by_itself() && unconfirmed_sends() != 0;
}

void Peer::Control::connected(std::span<const std::byte>) {
  peers_.service().rail().limit_silence(ep(), kUnacknowledged);
  peers_.gained_control(peer_);
}

void Peer::Control::broken(std::span<const std::byte> data, int error) {
  // A failed receive may be reported before the event that gives the reason for having no connection.
  if (peer_.state() != State::ready && error == 0) return;
  peers_.lost_control(peer_, data, error);
}

void Peer::Control::received(std::span<const std::byte> message) {
  peers_.heard(peer_);
  if (is_beat(message)) return;
  const auto w = decode_withdrawal(message);
  if (!w) return broken({}, 0);
  peers_.withdraw(peer_, *w);
}

void Peers::set(Peer& peer, Peer::State s) {
  peer.state_.store(s, std::memory_order_release);
  service_.changed().notify_all();
}

void Peers::begin_control(Peer& peer) {
  const Instant now = steady_clock::now();
  service_.bury(std::move(peer.control_));
  peer.withdrawing_.clear();
  peer.doubted_ = false;
  peer.trouble_ = {};
  peer.generation_.fetch_add(1, std::memory_order_release);
  if (peer.state() != Peer::State::unreachable) set(peer, Peer::State::connecting);
  peer.next_try_ = now + kConnecting;
  auto control = std::make_unique<Peer::Control>(*this, peer);
  const auto failure = control->connect();
  peer.control_ = std::move(control);
  if (failure) failed_control(peer, *failure);
}

// The home has closed everything older.
void Peers::gained_control(Peer& peer) {
  peer.pause_ = Duration::zero();
  peer.was_ready_ = true;
  std::erase_if(peer.traffic_, [](const auto& t) { return t->over; });
  for (const auto& t : peer.traffic_) t->unclean = false;
  peer.next_beat_ = steady_clock::now() + kBeat;
  set(peer, Peer::State::ready);
  heard(peer);
  tell_sealed(peer);
}

// A refusal means that the peer has gone. A peer that was cut off, or cannot be reached, may still exist.
void Peers::lost_control(Peer& peer, std::span<const std::byte> answer, int error) {
  const bool was_ready = peer.state() == Peer::State::ready;
  const auto welcome = decode_welcome(answer);
  if (!was_ready && welcome && another_process(welcome->verdict)) return gone(peer, refusal(*welcome));
  if (!was_ready && !welcome && error == FI_ECONNREFUSED)
    return gone(peer,
                {Status(Code::peer_gone), "nobody listens at its address", "see whether its process runs"});
  Failure why;
  if (welcome && welcome->verdict == Verdict::busy)
    why = refusal(*welcome);
  else if (error != 0)
    why = failed("cannot reach it", error, "see whether the link to its host is up");
  if (!was_ready && !welcome) return failed_control(peer, why);
  retry_later(peer, why);
  set(peer,
      welcome && welcome->verdict == Verdict::busy ? Peer::State::unreachable : Peer::State::connecting);
}

void Peers::gone(Peer& peer, const Failure& why) {
  retry_later(peer, why);
  set(peer, Peer::State::gone);
  peer.ended_lanes_.clear();
  if (!peer.told_gone_) peer.told_gone_ = tell(peer, EventKind::peer_gone);
  tell_sealed(peer);  // no process is left to execute anything
}

// The peer cannot be reached now. After kUnreachable without a message from it, no thread waits for it.
void Peers::failed_control(Peer& peer, const Failure& why) {
  retry_later(peer, why);
  went_down(peer);
  const bool given_up = steady_clock::now() - peer.heard_ >= kUnreachable;
  set(peer, given_up ? Peer::State::unreachable : Peer::State::connecting);
}

void Peers::retry_later(Peer& peer, const Failure& why) {
  service_.bury(std::move(peer.control_));
  peer.withdrawing_.clear();
  peer.trouble_ = why;
  peer.pause_ = std::clamp(peer.pause_ * 2, kFirstPause, kLongestPause);
  peer.next_try_ = steady_clock::now() + peer.pause_;
}

// A peer that has gone is tried again only after doubt().
Instant Peers::tick(Instant now) {
  Instant next = Instant::max();
  for (auto& entry : peers_) {
    Peer& p = *entry.second;
    if (p.state() == Peer::State::ready) say_bye(p);
    if (p.state() == Peer::State::ready)
      next = std::min(next, beat(p, now));
    else if (p.state() != Peer::State::gone || p.doubted_)
      next = std::min(next, try_again(p, now));
    if (!p.withdrawing_.empty() && !answer_withdrawals(p, now)) next = std::min(next, now + kWithdrawing);
  }
  return next;
}

// Messages that do not fit now are sent at the next beat.
void Peers::say_bye(Peer& p) {
  auto& control = static_cast<Peer::Control&>(*p.control_);
  while (!p.ended_lanes_.empty() && control.bye(p.ended_lanes_.back())) p.ended_lanes_.pop_back();
}

Instant Peers::try_again(Peer& p, Instant now) {
  if (now >= p.next_try_ && p.control_)
    failed_control(p, {});  // this attempt got no response
  else if (now >= p.next_try_)
    begin_control(p);
  const Instant silent = p.heard_ + kBeatsUnanswered * kBeat;
  if (p.down_ || !p.was_ready_) return p.next_try_;
  if (now >= silent) went_down(p);
  return std::min(p.next_try_, std::max(silent, now + kBeat));
}

// Beats are counted, not time: a process that was itself stopped received nothing, and can conclude nothing.
Instant Peers::beat(Peer& p, Instant now) {
  if (now < p.next_beat_) return p.next_beat_;
  p.next_beat_ = now + kBeat;
  auto& control = static_cast<Peer::Control&>(*p.control_);
  if (p.unanswered_ >= kBeatsUnanswered) went_down(p);
  if (p.unanswered_ * kBeat >= kUnacknowledged && control.unconfirmed()) {
    lost_control(p, {}, FI_ETIMEDOUT);
    return p.next_try_;
  }
  // A stopped process receives none, and its adapter has room for kBeatsAhead.
  if (p.unanswered_ < kBeatsAhead || !service_.rail().serves_by_itself()) (void)control.beat();
  ++p.unanswered_;
  return p.next_beat_;
}

void Peers::heard(Peer& p) {
  p.heard_ = steady_clock::now();
  p.unanswered_ = 0;
  if (p.down_) p.down_ = !tell(p, EventKind::path_up);
}

void Peers::went_down(Peer& p) {
  if (p.was_ready_ && !p.down_) p.down_ = tell(p, EventKind::path_down);
}

// Reports the event for one of the ways: all go to the same process. False: there is no way, and the event is not reported.
bool Peers::tell(Peer& p, EventKind kind) {
  if (p.ways_.empty()) return false;
  events_.put({.kind = kind, .connection = p.ways_.front()});
  return true;
}

void Peers::tell_sealed(Peer& p) {
  for (const Peer::Seal& s : p.seals_)
    events_.put(
        {.kind = EventKind::sealed, .connection = s.way, .path = s.path, .path_generation = s.generation});
  p.seals_.clear();
}

}  // namespace ub::rdma
