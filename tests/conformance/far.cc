#include "far.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <optional>
#include <stdexcept>

namespace ub::conformance {
namespace {

struct Told {
  Code code = Code::ok;
  std::uint64_t length = 0;  // of what follows: memory, or the error message
};

constexpr int kPatienceMs = 60'000;  // far more than any command takes; it ends a hang

bool take(int fd, void* into, std::size_t size, bool patient) {
  auto* at = static_cast<std::byte*>(into);
  while (size > 0) {
    pollfd p{fd, POLLIN, 0};
    if (!patient && ::poll(&p, 1, kPatienceMs) <= 0) return false;
    const ssize_t n = ::read(fd, at, size);
    if (n <= 0) return false;
    at += n;
    size -= std::size_t(n);
  }
  return true;
}

// In one write: over TCP, a second small write would wait until the first is acknowledged.
template <class Head> bool give(int fd, const Head& head, std::span<const std::byte> rest) {
  const auto first = std::as_bytes(std::span(&head, 1));
  std::vector<std::byte> all(first.begin(), first.end());
  all.insert(all.end(), rest.begin(), rest.end());
  for (std::size_t at = 0; at < all.size();) {
    const ssize_t n = ::write(fd, all.data() + at, all.size() - at);
    if (n <= 0) return false;
    at += std::size_t(n);
  }
  return true;
}

}  // namespace

Far::Far(const std::string& command) {
  std::signal(SIGPIPE, SIG_IGN);
  int to[2], from[2];
  if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a stopped process does not read the end of its input
    ::dup2(to[0], 0);
    ::dup2(from[1], 1);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(to[0]);
  ::close(from[1]);
  to_ = to[1];
  from_ = from[0];
}

std::string Far::beside() { return "exec /proc/" + std::to_string(::getpid()) + "/exe --home-beside"; }

void Far::stop() {
  int status = 0;
  if (::kill(pid_, SIGSTOP) != 0 || ::waitpid(pid_, &status, WUNTRACED) != pid_ || !WIFSTOPPED(status))
    throw std::runtime_error("the far home cannot be stopped");
}
void Far::go_on() { ::kill(pid_, SIGCONT); }

Far::~Far() {
  if (pid_ > 0) go_on();
  ::close(to_);
  ::close(from_);
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

Code Far::ask(Asked asked, const std::string& text) {
  const std::lock_guard hold(mutex_);
  asked.length = text.size();
  Told t;
  if (!give(to_, asked, std::as_bytes(std::span(text))) || !take(from_, &t, sizeof t, false))
    throw std::runtime_error("the far home does not answer");
  told_.resize(t.length);
  if (!take(from_, told_.data(), told_.size(), false)) throw std::runtime_error("the far home broke off");
  return t.code;
}

void Far::open(const std::string& url) {
  if (ask({.what = Do::open}, url) != Code::ok)
    throw std::runtime_error("the far home: " +
                             std::string(reinterpret_cast<char*>(told_.data()), told_.size()));
}
void Far::expose(const std::string& segment, std::uint64_t size, const ExposeOptions& o) {
  const std::uint64_t flags = (o.single_writer ? 1u : 0u) | (o.exactly_once ? 2u : 0u);
  if (ask({.what = Do::expose, .a = size, .b = flags, .c = std::uint64_t(o.access)}, segment) != Code::ok)
    throw std::runtime_error("the far home: " +
                             std::string(reinterpret_cast<char*>(told_.data()), told_.size()));
}
std::span<std::byte> Far::look() {
  ask({.what = Do::look});
  return told_;
}
void Far::put(std::uint64_t offset, std::uint64_t value, unsigned size) {
  ask({.what = Do::put, .a = offset, .b = value, .c = size});
}
Status Far::revoke(Access a) { return Status(ask({.what = Do::revoke, .a = std::uint64_t(a)})); }
Status Far::grant(Access a) { return Status(ask({.what = Do::grant, .a = std::uint64_t(a)})); }
Status Far::await(std::uint64_t offset, std::uint64_t value) {
  return Status(ask({.what = Do::await, .a = offset, .b = value}));
}
void Far::close() { ask({.what = Do::close}); }
void Far::leave() { ask({.what = Do::leave}); }

namespace {

class Role {
 public:
  /// Executes a command and returns its code; `memory` is what follows: memory, or the error message.
  Code obey(const Asked& r, const std::string& text, std::span<const std::byte>& memory) {
    switch (r.what) {
      case Do::open:
        segment_ = Segment();
        fabric_.reset();
        return keep(Fabric::open(text, {.rank = Rank(0)}), fabric_, memory);
      case Do::expose: {
        ExposeOptions o;
        o.single_writer = (r.b & 1) != 0;
        o.exactly_once = (r.b & 2) != 0;
        o.access = Access(r.c);
        return keep(fabric_->expose(text, r.a, o), segment_, memory);
      }
      case Do::look:
        memory = segment_.local_view();
        return Code::ok;
      case Do::put:
        std::memcpy(segment_.local_view().data() + r.a, &r.b, r.c);
        return Code::ok;
      case Do::revoke:
        return segment_.revoke(Access(r.a)).code();
      case Do::grant:
        return segment_.grant(Access(r.a)).code();
      case Do::await:
        return segment_.wait_until<std::uint64_t>(r.a, Compare::greater_equal, r.b, kOnlyRings).status.code();
      case Do::close:
        segment_ = Segment();
        return Code::ok;
      case Do::leave:
        fabric_->leave();
        return Code::ok;
    }
    return Code::invalid_argument;
  }

 private:
  static constexpr WaitOptions kOnlyRings{.deadline = {}, .poll = Duration::zero()};

  template <class T, class Place>
  Code keep(Expected<T> made, Place& place, std::span<const std::byte>& memory) {
    if (made.ok()) {
      place = std::move(*made);
      return Code::ok;
    }
    wrong_ = made.error().message();
    memory = std::as_bytes(std::span(wrong_));
    return made.error().code();
  }

  std::optional<Fabric> fabric_;
  Segment segment_;
  std::string wrong_;
};

}  // namespace

int play_home() {
  Role home;
  Asked asked;
  while (take(0, &asked, sizeof asked, true)) {
    std::string text(asked.length, '\0');
    if (!take(0, text.data(), text.size(), true)) return 2;
    std::span<const std::byte> memory;
    Told t;
    t.code = home.obey(asked, text, memory);
    t.length = memory.size();
    if (!give(1, t, memory)) return 2;
  }
  return 0;
}

}  // namespace ub::conformance
