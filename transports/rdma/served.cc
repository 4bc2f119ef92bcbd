#include "served.h"

#include <algorithm>

namespace ub::rdma {
namespace {

constexpr unsigned kControlRoom = 64;
constexpr unsigned kLaneRoom = 64;

}  // namespace

std::optional<Failure> Server::Served::accept(fi_info* info) {
  const unsigned room =
      hello.purpose == Purpose::control ? kControlRoom : std::clamp(unsigned(hello.credits), 1u, kLaneRoom);
  if (auto failure = open(server_.service_, info, room)) return failure;
  std::array<std::byte, kWelcomeSize> welcome;
  encode(Welcome{}, welcome);
  if (const int e = fi_accept(ep(), welcome.data(), welcome.size())) return failed("cannot accept", e);
  return std::nullopt;
}

bool Server::Served::tell(const Withdrawal& w) {
  std::array<std::byte, kWithdrawalSize> message;
  encode(w, message);
  return send(message);
}

// A process that connects now may have read an outdated directory entry.
void Server::Served::connected(std::span<const std::byte>) {
  if (hello.purpose != Purpose::control) return;
  for (const auto* some : {&server_.withdrawn_, &server_.withdrawing_})
    for (const Withdrawal& w : *some)
      if (!tell(w)) return broken({}, 0);
}

void Server::Served::received(std::span<const std::byte> message) {
  if (hello.purpose == Purpose::lane)
    execute(message);
  else if (is_beat(message))
    take_beat(message);
  else if (const auto lane = decode_bye(message))
    take_bye(*lane);
  else
    take_withdrawn(message);
}

void Server::Served::execute(std::span<const std::byte> message) {
  if (kind_of(message) == Kind::land) return give_landing();
  const auto call = decode_call(message);
  if (!call || (call->begun != call->length && landing_.empty())) return broken({}, 0);
  std::array<std::byte, kAnswerSize> answer;
  if (const Code c = call->remember ? admit(*call) : Code::ok; c != Code::ok)
    encode(Answer{.id = call->id, .code = c, .attempt = call->attempt}, answer);
  else
    encode(server_.exposures_.execute(*call, landing_.data(), std::chrono::steady_clock::now()), answer);
  if (!send(answer)) broken({}, 0);
}

// Nearly all calls of a lane have the stream and segment of the call before.
Code Server::Served::admit(const Call& c) {
  if (c.attempt == 1 && admitted_ && admitted_->stream == c.id.stream && admitted_->segment == c.segment)
    return Code::ok;
  const Code code = server_.memories_.admit(hello.session, hello.lane, c);
  if (code == Code::ok) admitted_ = {c.id.stream, c.segment};
  return code;
}

void Server::Served::give_landing() {
  const Rail& rail = server_.service_.rail();
  if (landing_.empty()) {
    landing_.resize(kMostLanding);
    auto mr =
        rail.register_memory(landing_.data(), landing_.size(), FI_REMOTE_WRITE, server_.exposures_.new_key());
    if (!mr.ok()) return broken({}, 0);
    landing_mr_ = std::move(*mr);
  }
  std::array<std::byte, kLandingSize> message;
  const auto base = rail.virtual_addresses() ? reinterpret_cast<std::uintptr_t>(landing_.data()) : 0;
  encode(Kind::landing, Landing{fi_mr_key(landing_mr_.get()), base, landing_.size()}, message);
  if (!send(message)) broken({}, 0);
}

Server::Session* Server::Served::session() const {
  const auto at = server_.sessions_.find(hello.session);
  return at == server_.sessions_.end() ? nullptr : &at->second;
}

void Server::Served::take_beat(std::span<const std::byte> message) {
  if (Session* const s = session()) s->unheard = 0;
  (void)send(message);
}

// The connection is closed first: nothing in flight on it is executed after that.
void Server::Served::take_bye(std::uint32_t lane) {
  Session* const s = session();
  if (!s) return;
  if (const auto its = s->lanes.find(lane); its != s->lanes.end()) server_.forget(its->second);
  server_.memories_.end(hello.session, lane);
}

void Server::Served::take_withdrawn(std::span<const std::byte> message) {
  const auto w = decode_withdrawn(message);
  if (!w) return broken({}, 0);
  Session* const s = session();
  if (!s) return;
  for (std::uint32_t i = 0; i < w->count; ++i)
    if (const auto lane = s->lanes.find(w->lanes[i]); lane != s->lanes.end()) server_.forget(lane->second);
  s->owes.erase(w->number);
  server_.service_.changed().notify_all();
}

}  // namespace ub::rdma
