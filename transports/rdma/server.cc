#include "server.h"

#include <algorithm>
#include <random>

#include "patience.h"
#include "served.h"

namespace ub::rdma {
namespace {

constexpr std::size_t kMostSessions = 4096,
                      kMostLanes = 256;  // per session: threads and queues of one process

}  // namespace

Expected<std::unique_ptr<Server>> Server::open(Service& service, Exposures& exposures, std::uint64_t fabric,
                                               bool whole_words) {
  std::unique_ptr<Server> s(new Server(service, exposures, fabric));
  std::random_device random;
  s->where_.whole_words = whole_words;
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
  // Everything older is closed before the new connection is established, so that its establishment proves this.
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

// A session's lanes end with its control connection.
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

// A process whose host has died closes nothing. Checks are counted, not time: a home that was stopped has received nothing.
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
