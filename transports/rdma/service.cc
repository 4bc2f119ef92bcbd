#include "service.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "wire.h"

namespace ub::rdma {
namespace {

using std::chrono::steady_clock;

// More work is likely to follow work: a sleep and a wake-up cost more than a poll [?].
constexpr Duration kLinger = std::chrono::microseconds(20);
constexpr std::size_t kStride = (kLargestMessage + 63) / 64 * 64;
constexpr std::size_t kCompletions = 16384;  // soft-RoCE has up to 32767
constexpr int kRounds = 8;                   // of 32 completions each, before events are read
constexpr unsigned kSlotBits = 10;
constexpr std::size_t kEventRoom = sizeof(fi_eq_cm_entry) + 256;

std::span<const std::byte> bytes(const void* data, std::size_t size) {
  return {static_cast<const std::byte*>(data), size};
}

}  // namespace

// Slots 0 to room - 1 receive; twice as many send: the peer may send its next request when it has the response, slightly
// before the response's slot is free.
std::optional<Failure> Endpoint::open(Service& s, fi_info* info, unsigned room) {
  const unsigned slots = room + 2 * room;
  if (s.reserved_ + slots > kCompletions)
    return Failure{Status(Code::no_memory), "there are too many connections", "use fewer queues and peers"};
  room_ = room;
  s.reserved_ += slots;
  info->rx_attr->size = room;  // what a verbs completion queue reserves for it
  memory_.resize(slots * kStride);
  const Rail& rail = s.rail();
  if (rail.registers_buffers()) {
    auto mr = rail.register_memory(memory_.data(), memory_.size(), FI_SEND | FI_RECV, 0);
    if (!mr.ok()) return mr.error();
    mr_ = std::move(*mr);
  }
  number_ = s.enter(*this);
  for (unsigned i = slots; i-- > room;) free_.push_back(i);
  fid_ep* ep = nullptr;
  if (const int e = fi_endpoint(rail.domain(), info, &ep, this)) return failed("cannot open an endpoint", e);
  ep_.reset(ep);
  int e = fi_ep_bind(ep, &s.events()->fid, 0);
  if (!e) e = fi_ep_bind(ep, &s.completions()->fid, FI_TRANSMIT | FI_RECV);
  if (!e) e = fi_enable(ep);
  if (e) return failed("cannot enable an endpoint", e);
  for (unsigned i = 0; i < room; ++i)
    if (!receive_again(i)) return failed("cannot post receives", FI_EAGAIN);
  return std::nullopt;
}

std::byte* Endpoint::place(unsigned slot) const {
  return const_cast<std::byte*>(memory_.data()) + slot * kStride;
}

void* Endpoint::context(unsigned slot) const {
  return reinterpret_cast<void*>(std::uintptr_t(number_) << kSlotBits | slot);
}

bool Endpoint::receive_again(unsigned slot) {
  return fi_recv(ep_.get(), place(slot), kStride, mr_ ? fi_mr_desc(mr_.get()) : nullptr, FI_ADDR_UNSPEC,
                 context(slot)) == 0;
}

bool Endpoint::send(std::span<const std::byte> message) {
  if (!ep_ || free_.empty()) return false;
  const unsigned slot = free_.back();
  std::memcpy(place(slot), message.data(), message.size());
  if (fi_send(ep_.get(), place(slot), message.size(), mr_ ? fi_mr_desc(mr_.get()) : nullptr, FI_ADDR_UNSPEC,
              context(slot)) != 0)
    return false;
  free_.pop_back();
  return true;
}

Expected<std::unique_ptr<Service>> Service::open(const Rail& rail) {
  std::unique_ptr<Service> s(new Service(rail));
  auto eq = rail.open_events(true);
  if (!eq.ok()) return eq.error();
  s->eq_ = std::move(*eq);
  auto cq = rail.open_completions(kCompletions, true);
  if (!cq.ok()) return cq.error();
  s->cq_ = std::move(*cq);
  int e = fi_control(&s->eq_->fid, FI_GETWAIT, &s->eq_fd_);
  if (!e) e = fi_control(&s->cq_->fid, FI_GETWAIT, &s->cq_fd_);
  if (e) return failed("provider " + rail.provider() + " has no descriptors to wait on", e);
  s->wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (s->wake_fd_ < 0) return failed("cannot make an eventfd", errno);
  sigset_t all, before;  // the program's threads handle signals
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  s->thread_ = std::thread([raw = s.get()] { raw->run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return s;
}

Service::~Service() {
  if (thread_.joinable()) {
    {
      const std::lock_guard hold(mutex_);
      stopping_ = true;
    }
    wake();
    thread_.join();
  }
  buried_.clear();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void Service::add_timer(Timer t) {
  const std::lock_guard hold(mutex_);
  timers_.push_back(std::move(t));
}

void Service::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_fd_, &one, sizeof one);
}

std::uint32_t Service::enter(Endpoint& e) {
  do ++last_number_;
  while (last_number_ == 0 || open_.count(last_number_) != 0);
  open_[last_number_] = &e;
  return last_number_;
}

Endpoint* Service::find(const void* context) const {
  const auto at = open_.find(std::uint32_t(reinterpret_cast<std::uintptr_t>(context) >> kSlotBits));
  return at == open_.end() || !at->second->is_open() ? nullptr : at->second;
}

void Service::bury(std::unique_ptr<Endpoint> e) {
  if (!e) return;
  if (e->ep_) {
    fi_shutdown(e->ep_.get(), 0);
    while (read_completions()) {
    }
    e->ep_.reset();
  }
  open_.erase(e->number_);
  reserved_ -= 3 * e->room_;
  buried_.push_back(std::move(e));
  if (!completions_.empty() || !failed_.empty()) wake();  // this call may have read some for the thread
}

void Service::run() {
  ::pthread_setname_np(::pthread_self(), "ub-rdma");
  Instant busy = steady_clock::now();
  for (;;) {
    Instant next = Instant::max();
    const Instant now = steady_clock::now();
    {
      const std::lock_guard hold(mutex_);
      if (stopping_) return;
      try {
        if (progress()) busy = now;
      } catch (const std::bad_alloc&) {  // the request gets no response
      }
      for (const Timer& t : timers_) next = std::min(next, t(now));
    }
    if (now - busy >= kLinger && now < next) sleep(next);
  }
}

bool Service::progress() {
  bool some = false;
  for (int round = 0; round < kRounds && take_completions(); ++round) some = true;
  for (std::size_t i = 0; i < failed_.size(); ++i)
    if (Endpoint* const e = find(failed_[i])) e->broken({}, 0);
  failed_.clear();
  buried_.clear();  // their callers have returned
  for (int round = 0; round < kRounds && take_event(); ++round) some = true;
  return some;
}

bool Service::take_completions() {
  if (completions_.empty() && !read_completions()) return false;
  while (!completions_.empty()) {
    const fi_cq_msg_entry entry = completions_.front();
    completions_.pop_front();
    const auto slot = unsigned(reinterpret_cast<std::uintptr_t>(entry.op_context) & ((1u << kSlotBits) - 1));
    Endpoint* const e = find(entry.op_context);
    if (!e || slot >= 3 * e->room_) continue;
    if (slot >= e->room_) {
      e->free_.push_back(slot);
      continue;
    }
    // The receive is posted again first: a peer may send as soon as it has a response.
    std::array<std::byte, kStride> message;
    const std::size_t size = std::min<std::size_t>(entry.len, kStride);
    std::memcpy(message.data(), e->place(slot), size);
    if (e->receive_again(slot))
      e->received(bytes(message.data(), size));
    else
      e->broken({}, 0);
  }
  return true;
}

// An endpoint is unusable after any failed transfer.
bool Service::read_completions() {
  fi_cq_msg_entry entries[32];
  const ssize_t n = fi_cq_read(cq_.get(), entries, std::size(entries));
  if (n > 0) completions_.insert(completions_.end(), entries, entries + n);
  if (n != -FI_EAVAIL) return n > 0;
  fi_cq_err_entry e{};
  if (fi_cq_readerr(cq_.get(), &e, 0) <= 0) return false;
  failed_.push_back(e.op_context);
  return true;
}

bool Service::take_event() {
  alignas(fi_eq_cm_entry) std::byte room[kEventRoom];
  std::uint32_t event = 0;
  const ssize_t n = fi_eq_read(eq_.get(), &event, room, sizeof room, 0);
  if (n == -FI_EAVAIL) {
    fi_eq_err_entry e{};
    std::byte room_for_data[256];
    e.err_data = room_for_data;
    e.err_data_size = sizeof room_for_data;
    if (fi_eq_readerr(eq_.get(), &e, 0) <= 0) return false;
    auto* endpoint = e.fid ? static_cast<Endpoint*>(e.fid->context) : nullptr;
    const auto data = e.err_data ? bytes(e.err_data, e.err_data_size) : std::span<const std::byte>();
    if (endpoint && endpoint->is_open()) endpoint->broken(data, e.err);
    return true;
  }
  if (n < ssize_t(sizeof(fi_eq_cm_entry))) return false;
  const auto* entry = reinterpret_cast<const fi_eq_cm_entry*>(room);
  const auto data = bytes(entry->data, std::size_t(n) - sizeof(fi_eq_cm_entry));
  if (event == FI_CONNREQ) {
    Info info(entry->info);
    if (door_) door_->knock(std::move(info), data);
    return true;
  }
  auto* endpoint = static_cast<Endpoint*>(entry->fid->context);
  if (!endpoint || !endpoint->is_open()) return true;
  if (event == FI_CONNECTED) endpoint->connected(data);
  if (event == FI_SHUTDOWN) endpoint->broken({}, 0);
  return true;
}

void Service::sleep(Instant until) {
  fid* fids[] = {&eq_->fid, &cq_->fid};
  if (fi_trywait(rail_.fabric(), fids, std::size(fids)) != 0) return;
  pollfd fds[] = {{eq_fd_, POLLIN, 0}, {cq_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
  int ms = -1;
  if (until != Instant::max()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    ms = int(std::clamp<std::int64_t>(left.count(), 0, 60000));
  }
  ::poll(fds, std::size(fds), ms);
  std::uint64_t drained = 0;
  if (fds[2].revents != 0) (void)!::read(wake_fd_, &drained, sizeof drained);
}

}  // namespace ub::rdma
