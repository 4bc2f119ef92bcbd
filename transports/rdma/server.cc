#include "server.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "patience.h"

namespace ub::rdma {
namespace {

constexpr unsigned kControlRoom = 64;
constexpr unsigned kLaneRoom = 64;
constexpr std::size_t kMostSessions = 4096,
                      kMostLanes = 256;  // of a session; threads and queues of one process

}  // namespace

// One accepted connection.
class Server::Served final : public Endpoint {
 public:
  Served(Server& s, const Hello& h) : server_(s), hello(h) {}

  std::optional<Failure> accept(fi_info* info) {
    const unsigned room =
        hello.purpose == Purpose::control ? kControlRoom : std::clamp(unsigned(hello.credits), 1u, kLaneRoom);
    if (auto failure = open(server_.service_, info, room)) return failure;
    std::array<std::byte, kWelcomeSize> welcome;
    encode(Welcome{}, welcome);
    if (const int e = fi_accept(ep(), welcome.data(), welcome.size())) return failed("cannot accept", e);
    return std::nullopt;
  }
  void concealed() { admitted_.reset(); }
  bool tell(const Withdrawal& w) {
    std::array<std::byte, kWithdrawalSize> message;
    encode(w, message);
    return send(message);
  }
  // Who comes now may have read in the directory what does not hold any more.
  void connected(std::span<const std::byte>) override {
    if (hello.purpose != Purpose::control) return;
    for (const auto* some : {&server_.withdrawn_, &server_.withdrawing_})
      for (const Withdrawal& w : *some)
        if (!tell(w)) return broken({}, 0);
  }
  void broken(std::span<const std::byte>, int) override { server_.forget(this); }
  void received(std::span<const std::byte> message) override {
    if (hello.purpose == Purpose::lane)
      execute(message);
    else if (is_beat(message))
      take_beat(message);
    else if (const auto lane = decode_bye(message))
      take_bye(*lane);
    else
      take_withdrawn(message);
  }

 private:
  void execute(std::span<const std::byte> message) {
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
  // Nearly all calls of a lane's are like the one before.
  Code admit(const Call& c) {
    if (c.attempt == 1 && admitted_ && admitted_->stream == c.id.stream && admitted_->segment == c.segment)
      return Code::ok;
    const Code code = server_.memories_.admit(hello.session, hello.lane, c);
    if (code == Code::ok) admitted_ = {c.id.stream, c.segment};
    return code;
  }
  void give_landing() {
    const Rail& rail = server_.service_.rail();
    if (landing_.empty()) {
      landing_.resize(kMostLanding);
      auto mr = rail.register_memory(landing_.data(), landing_.size(), FI_REMOTE_WRITE,
                                     server_.exposures_.new_key());
      if (!mr.ok()) return broken({}, 0);
      landing_mr_ = std::move(*mr);
    }
    std::array<std::byte, kLandingSize> message;
    const auto base = rail.virtual_addresses() ? reinterpret_cast<std::uintptr_t>(landing_.data()) : 0;
    encode(Kind::landing, Landing{fi_mr_key(landing_mr_.get()), base, landing_.size()}, message);
    if (!send(message)) broken({}, 0);
  }
  void take_beat(std::span<const std::byte> message) {
    const auto at = server_.sessions_.find(hello.session);
    if (at != server_.sessions_.end()) at->second.unheard = 0;
    (void)send(message);
  }
  // Its connection first: what is on its way there comes no more.
  void take_bye(std::uint32_t lane) {
    const auto at = server_.sessions_.find(hello.session);
    if (at == server_.sessions_.end()) return;
    if (const auto its = at->second.lanes.find(lane); its != at->second.lanes.end())
      server_.forget(its->second);
    server_.memories_.end(hello.session, lane);
  }
  void take_withdrawn(std::span<const std::byte> message) {
    const auto w = decode_withdrawn(message);
    if (!w) return broken({}, 0);
    const auto at = server_.sessions_.find(hello.session);
    if (at == server_.sessions_.end()) return;
    Session& session = at->second;
    for (std::uint32_t i = 0; i < w->count; ++i)
      if (const auto lane = session.lanes.find(w->lanes[i]); lane != session.lanes.end())
        server_.forget(lane->second);
    session.owes.erase(w->number);
    server_.service_.changed().notify_all();
  }

  Server& server_;
  struct Admitted {
    std::uint64_t stream;
    SegmentId segment;
  };
  std::optional<Admitted> admitted_;
  std::vector<std::byte> landing_;
  Fid<fid_mr> landing_mr_;

 public:
  const Hello hello;
};

Expected<std::unique_ptr<Server>> Server::open(Service& service, Exposures& exposures, std::uint64_t fabric) {
  std::unique_ptr<Server> s(new Server(service, exposures, fabric));
  std::random_device random;
  s->where_.home = std::uint64_t(random()) << 32 | random();
  service.add_timer([raw = s.get(), alive = std::weak_ptr(s->alive_)](Instant now) {
    return alive.lock() ? raw->look(now) : Instant::max();
  });
  const std::string& provider = service.rail().provider();
  provider.copy(s->where_.provider.data(), s->where_.provider.size());
  fid_pep* pep = nullptr;
  if (const int e = fi_passive_ep(service.rail().fabric(), service.rail().info(), &pep, nullptr))
    return failed("cannot open a listening endpoint", e);
  s->passive_.reset(pep);
  int e = fi_pep_bind(pep, &service.events()->fid, 0);
  if (!e) {
    const std::lock_guard hold(service.mutex());
    service.set_door(s.get());
    e = fi_listen(pep);
  }
  std::size_t size = s->where_.socket_address.size();
  if (!e) e = fi_getname(&pep->fid, s->where_.socket_address.data(), &size);
  if (e) return failed("cannot listen on " + service.rail().device(), e);
  if (socket_address_size(s->where_) == 0)
    return Failure{Status(Code::unsupported), service.rail().device() + " has no address of the internet's",
                   "give its interface one"};
  return s;
}

Server::~Server() {
  const std::lock_guard hold(service_.mutex());
  alive_.reset();
  service_.set_door(nullptr);
  passive_.reset();
  while (!served_.empty()) forget(served_.begin()->first);
}

Verdict Server::judge(const std::optional<Hello>& h) const {
  if (!h || h->protocol != kProtocol) return Verdict::protocol;
  if (h->fabric != fabric_) return Verdict::stranger;
  if (h->home != where_.home) return Verdict::stale;
  const auto at = sessions_.find(h->session);
  if (h->purpose == Purpose::control) {
    if (at == sessions_.end()) return sessions_.size() < kMostSessions ? Verdict::welcome : Verdict::busy;
    return h->generation > at->second.generation ? Verdict::welcome : Verdict::outdated;
  }
  if (at == sessions_.end() || !at->second.control || h->generation != at->second.generation)
    return Verdict::outdated;
  const auto& lanes = at->second.lanes;
  return lanes.size() < kMostLanes || lanes.count(h->lane) != 0 ? Verdict::welcome : Verdict::busy;
}

void Server::knock(Info info, std::span<const std::byte> data) {
  const auto hello = decode_hello(data);
  const Verdict verdict = judge(hello);
  if (verdict != Verdict::welcome) {
    std::array<std::byte, kWelcomeSize> no;
    encode(Welcome{kProtocol, verdict}, no);
    fi_reject(passive_.get(), info->handle, no.data(), no.size());
    return;
  }
  // Everything older is closed before the new connection stands: whoever learns that it stands knows.
  if (hello->purpose == Purpose::control) {
    end(hello->session);
  } else {
    auto& lanes = sessions_[hello->session].lanes;
    if (const auto old = lanes.find(hello->lane); old != lanes.end()) forget(old->second);
  }
  auto served = std::make_unique<Served>(*this, *hello);
  if (served->accept(info.get())) {
    std::array<std::byte, kWelcomeSize> no;
    encode(Welcome{kProtocol, Verdict::busy}, no);
    fi_reject(passive_.get(), info->handle, no.data(), no.size());
    return service_.bury(std::move(served));
  }
  Session& session = sessions_[hello->session];
  session.generation = hello->generation;
  if (hello->purpose == Purpose::control) {
    session.control = served.get();
    for (const Withdrawal& w : withdrawing_) session.owes.insert(w.number);
    memories_.come(hello->session, hello->again);
    session.unheard = 0;
    next_look_ = std::min(next_look_, std::chrono::steady_clock::now() + kLook);
  } else {
    session.lanes[hello->lane] = served.get();
  }
  Served* const raw = served.get();
  served_[raw] = std::move(served);
}

// With its control connection a session's lanes go, too.
void Server::forget(Served* s) {
  const auto at = served_.find(s);
  if (at == served_.end()) return;
  const Hello& hello = s->hello;
  auto owned = std::move(at->second);
  served_.erase(at);
  if (const auto session = sessions_.find(hello.session); session != sessions_.end()) {
    Session& its = session->second;
    const auto lane = its.lanes.find(hello.lane);
    if (hello.purpose == Purpose::lane && lane != its.lanes.end() && lane->second == s) its.lanes.erase(lane);
    if (its.control == s) {
      end_lanes(its);
      memories_.part(hello.session, std::chrono::steady_clock::now());
      sessions_.erase(hello.session);
    }
  }
  service_.bury(std::move(owned));
  service_.changed().notify_all();
}

void Server::end_lanes(Session& s) {
  const auto lanes = std::move(s.lanes);
  s.lanes.clear();
  for (const auto& lane : lanes) forget(lane.second);
}

void Server::end(std::uint64_t id) {
  const auto at = sessions_.find(id);
  if (at == sessions_.end()) return;
  forget(at->second.control);
  sessions_.erase(id);
}

// A process whose host has died closes nothing. Looks are counted, not time: a home that was itself stopped has heard nobody.
Instant Server::look(Instant now) {
  if (now < next_look_) return next_look_;
  std::vector<std::uint64_t> over;
  for (auto& [id, session] : sessions_)
    if (++session.unheard > kLooksUnheard) over.push_back(id);
  for (const std::uint64_t id : over) end(id);
  const Instant parted = memories_.look(now);
  return next_look_ = sessions_.empty() ? parted : now + kLook;
}

void Server::withdraw(SegmentId segment, const Keys& keys, Instant until) {
  std::unique_lock lock(service_.mutex());
  const auto patience =
      std::chrono::duration_cast<std::chrono::microseconds>(until - std::chrono::steady_clock::now()).count();
  const Withdrawal w{segment, ++withdrawals_, keys.read, keys.write,
                     std::uint64_t(std::clamp<std::int64_t>(patience, 0, kMostPatience))};
  withdrawing_.push_back(w);
  std::vector<std::uint64_t> mute;
  for (auto& [id, session] : sessions_) {
    session.owes.insert(w.number);
    if (!session.control || !session.control->tell(w)) mute.push_back(id);
  }
  for (const std::uint64_t id : mute) end(id);
  const auto owing = [&] {
    return std::find_if(sessions_.begin(), sessions_.end(),
                        [&](const auto& s) { return s.second.owes.count(w.number) != 0; });
  };
  service_.changed().wait_until(lock, until, [&] { return owing() == sessions_.end(); });
  for (auto late = owing(); late != sessions_.end(); late = owing()) end(late->first);
  std::erase_if(withdrawing_, [&](const Withdrawal& other) { return other.number == w.number; });
  withdrawn_.push_back(w);
  withdrawn_.back().number = 0;
  if (withdrawn_.size() > kWithdrawalsKnown) withdrawn_.pop_front();
}

void Server::conceal(SegmentId segment) {
  memories_.conceal(segment);
  for (auto& entry : served_) entry.first->concealed();
}

}  // namespace ub::rdma
