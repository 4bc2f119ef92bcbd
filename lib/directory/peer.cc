#include "directory/peer.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>

#include "base/log.h"
#include "base/text.h"

namespace ub::directory {
namespace {

using base::cat;
using board::TrackedFd;
using std::chrono::steady_clock;

constexpr Duration kPause = std::chrono::milliseconds(50);         // before another attempt
constexpr Duration kAcceptPause = std::chrono::milliseconds(100);  // after the process had no free descriptor
constexpr int kMostReads = 16;                                     // per connection and round: 256 KiB
constexpr std::size_t kStrangers = 64;  // connections beyond one per rank: of processes without a rank

std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t(random()) << 32 | random();
}

int poll_time(Instant until) {
  if (until == Instant::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
  return int(std::clamp<long long>(left, 0, 60'000));
}

class PeerExchange final : public Exchange {
 public:
  PeerExchange(Meeting, const Terms&, const Self&, std::string where);
  ~PeerExchange() override;
  std::optional<Failure> run();
  /// Waits for the initial snapshots. On failure returns why, and sets `again` if another attempt may succeed.
  std::optional<Failure> wait_for_welcome(Instant deadline, bool& again);

  std::uint64_t incarnation() const override {
    const std::lock_guard hold(mutex_);
    return talk_.incarnation();
  }
  std::string host() const override { return host_; }
  void start(Deliver) override;
  Expected<Claim> claim(Rank, NodeId, Instant deadline) override;
  void publish(Snapshot) override;
  void leave() override;

 private:
  struct Socket {
    TrackedFd fd;
    bool shut = false;
  };

  static void* main(void* self);
  void loop();
  bool round(std::unique_lock<std::mutex>&);
  void accept_all(Instant now);
  void receive(Talk::Id, Instant now);
  void send(Talk::Id, Instant now);
  void deliver(std::unique_lock<std::mutex>&);
  void wake();
  void stop();

  const std::string host_;
  mutable std::mutex mutex_;  // protects all members below; not held during deliver_
  std::condition_variable changed_;
  Talk talk_;
  std::size_t most_links_;
  TrackedFd listener_, wake_;
  std::map<Talk::Id, Socket> sockets_;
  std::vector<pollfd>
      polled_;  // a member and not on the thread's stack, so that leak checkers reach it in a forked child
  std::vector<Talk::Id> ids_;
  Instant accept_again_ = Instant::min();  // no accept before: the process had no free descriptor
  Deliver deliver_;
  bool started_ = false, ending_ = false, leaving_ = false, over_ = false;
  std::optional<Expected<Claim>> answer_;
  pthread_t thread_{};
  bool has_thread_ = false;
};

PeerExchange::PeerExchange(Meeting m, const Terms& terms, const Self& self, std::string where)
    : host_(own_endpoint(m.socket.get()).host),
      talk_(terms, self, m.listening ? std::optional(random_number()) : std::nullopt),
      most_links_(terms.bounds.ranks + kStrangers),
      wake_(TrackedFd::made([] { return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); })) {
  if (m.listening)
    listener_ = std::move(m.socket);
  else
    sockets_[talk_.connected(std::move(where), steady_clock::now())].fd = std::move(m.socket);
}

PeerExchange::~PeerExchange() { stop(); }

std::optional<Failure> PeerExchange::run() {
  if (!wake_) return base::fail_errno(errno, "cannot make an event descriptor");
  // This thread must not handle the program's signals.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, nullptr, main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return base::fail_errno(error, "cannot start its thread");
  has_thread_ = true;
  return std::nullopt;
}

void* PeerExchange::main(void* self) {
  pthread_setname_np(pthread_self(), "ub-directory");
  static_cast<PeerExchange*>(self)->loop();
  return nullptr;
}

void PeerExchange::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_.get(), &one, sizeof one);
}

void PeerExchange::stop() {
  {
    const std::lock_guard hold(mutex_);
    ending_ = true;
    if (has_thread_) wake();
  }
  if (std::exchange(has_thread_, false)) pthread_join(thread_, nullptr);
}

void PeerExchange::loop() {
  std::unique_lock hold(mutex_);
  while (round(hold)) {
  }
  sockets_.clear();
  listener_ = TrackedFd();
  over_ = true;
  changed_.notify_all();
}

// Waits for an event and processes it; false after the last round.
bool PeerExchange::round(std::unique_lock<std::mutex>& hold) {
  const auto& links = talk_.links();
  if (ending_ && std::none_of(links.begin(), links.end(), [](const auto& l) { return l.second.ending; }))
    return false;
  const bool pausing = steady_clock::now() < accept_again_;
  polled_ = {{wake_.get(), POLLIN, 0}, {pausing ? -1 : listener_.get(), POLLIN, 0}};
  ids_.clear();
  for (const auto& [id, s] : sockets_) {
    polled_.push_back({s.fd.get(), short(POLLIN | (talk_.links().at(id).out.empty() ? 0 : POLLOUT)), 0});
    ids_.push_back(id);
  }
  const int patience = poll_time(pausing ? std::min(talk_.next_tick(), accept_again_) : talk_.next_tick());
  hold.unlock();
  (void)::poll(polled_.data(), polled_.size(), patience);
  hold.lock();

  const Instant now = steady_clock::now();
  std::uint64_t rung;
  if (polled_[0].revents) (void)!::read(wake_.get(), &rung, sizeof rung);
  if (polled_[1].revents && listener_) accept_all(now);
  // Receive before tick(): a process that was stopped must not consider others dead whose messages are waiting.
  for (std::size_t i = 0; i < ids_.size(); ++i)
    if (polled_[i + 2].revents & (POLLIN | POLLERR | POLLHUP)) receive(ids_[i], now);
  talk_.tick(now);
  ids_.clear();
  for (const auto& [id, s] : sockets_) ids_.push_back(id);
  for (const Talk::Id id : ids_) send(id, now);
  deliver(hold);
  return true;
}

void PeerExchange::accept_all(Instant now) {
  for (;;) {
    sockaddr_storage from{};
    socklen_t n = sizeof from;
    TrackedFd fd = TrackedFd::made([&] {
      return ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from), &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    });
    if (!fd) {
      // No descriptor or memory: the connection stays queued, and poll would report it again immediately.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        accept_again_ = now + kAcceptPause;
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    if (leaving_ || sockets_.size() >= most_links_) continue;
    sockets_[talk_.connected(endpoint_of(from).text(), now)].fd = std::move(fd);
  }
}

// Reads a bounded number of times, so that a fast sender cannot keep the lock; the next poll reports the rest.
void PeerExchange::receive(Talk::Id id, Instant now) {
  char buffer[16384];
  const auto at = sockets_.find(id);
  if (at == sockets_.end()) return;
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t n = ::recv(at->second.fd.get(), buffer, sizeof buffer, 0);
    if (n > 0) {
      talk_.heard(id, {buffer, std::size_t(n)}, now);
      if (std::size_t(n) < sizeof buffer) return;
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    const std::string why = n == 0 ? "it has closed the connection" : std::generic_category().message(errno);
    sockets_.erase(at);
    return talk_.lost(id, why);
  }
}

void PeerExchange::send(Talk::Id id, Instant now) {
  Socket& s = sockets_.at(id);
  Talk::Link& l = talk_.links().at(id);
  talk_.fill(l, now);
  while (!l.out.empty()) {
    const ssize_t n = ::send(s.fd.get(), l.out.data(), l.out.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;  // no room, or an error that recv will report
    l.out.erase(0, std::size_t(n));
    talk_.fill(l, now);
  }
  // Closing with unread input would discard our output. So shut down, and wait until the other side closes.
  if (l.ending && l.out.empty() && !std::exchange(s.shut, true)) ::shutdown(s.fd.get(), SHUT_WR);
  if (l.why.empty()) return;
  const std::string why = l.why;
  sockets_.erase(id);
  talk_.lost(id, why);
}

void PeerExchange::deliver(std::unique_lock<std::mutex>& hold) {
  for (const auto& [warning, line] : talk_.take_lines())
    base::log(warning ? base::Level::warn : base::Level::info, line);
  if (deliver_ && !leaving_) {
    const auto news = talk_.take_deliveries();
    hold.unlock();
    for (const Snapshot& s : news) deliver_(s);
    hold.lock();
    started_ = true;
  }
  if (auto a = talk_.take_answer()) answer_ = std::move(a);
  changed_.notify_all();
}

std::optional<Failure> PeerExchange::wait_for_welcome(Instant deadline, bool& again) {
  std::unique_lock hold(mutex_);
  changed_.wait_until(hold, deadline,
                      [&] { return talk_.synced() || talk_.failure() || sockets_.empty() || over_; });
  if (talk_.synced()) return std::nullopt;
  if (talk_.failure()) return talk_.failure();
  again = true;
  if (talk_.greeted())
    return base::fail(Code::timed_out, "the listening side did not answer to the end", "try again");
  return base::fail(Code::taken, "what listens there does not answer as a libub directory does",
                    "choose another port; or is the listening side stopped?");
}

void PeerExchange::start(Deliver d) {
  std::unique_lock hold(mutex_);
  deliver_ = std::move(d);
  wake();
  changed_.wait(hold, [&] { return started_ || over_; });
}

Expected<Claim> PeerExchange::claim(Rank rank, NodeId node, Instant deadline) {
  std::unique_lock hold(mutex_);
  answer_.reset();
  talk_.claim(rank, node);
  wake();
  if (!changed_.wait_until(hold, deadline, [&] { return answer_ || over_; }) || !answer_)
    return base::fail(Code::timed_out, "the listening side did not answer in time",
                      "try again, or wait longer");
  return *std::exchange(answer_, {});
}

void PeerExchange::publish(Snapshot s) {
  const std::lock_guard hold(mutex_);
  if (leaving_ || over_) return;
  talk_.publish(std::move(s));
  wake();
}

void PeerExchange::leave() {
  {
    const std::lock_guard hold(mutex_);
    if (!std::exchange(leaving_, true)) talk_.leave(steady_clock::now());
  }
  stop();
}

}  // namespace

// Kept reachable, so that leak checkers do not report it.
void Exchange::abandon(std::unique_ptr<Exchange> e) {
  static auto* const abandoned = new std::vector<Exchange*>;
  if (e) abandoned->push_back(e.release());
}

Expected<std::unique_ptr<Exchange>> open_peer_exchange(const Endpoint& at, const Terms& terms,
                                                       Instant deadline, const Self& self) {
  const auto about = [&](Failure f) {
    f.what = cat("cannot meet the others at ", at.text(), ": ", f.what);
    return f;
  };
  for (;;) {
    auto meeting = meet(at, deadline);
    if (!meeting.ok()) return about(meeting.error());
    auto e = std::make_unique<PeerExchange>(std::move(*meeting), terms, self, at.text());
    if (auto failed = e->run()) return about(*failed);
    bool again = false;
    const auto failed = e->wait_for_welcome(deadline, again);
    if (!failed) return std::unique_ptr<Exchange>(std::move(e));
    if (!again || steady_clock::now() + kPause >= deadline) return about(*failed);
    e.reset();
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace ub::directory
