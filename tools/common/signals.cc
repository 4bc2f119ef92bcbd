#include "tools/common/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>

namespace tools {
namespace {

// A launcher may pass on the terminal's Ctrl-C, which this process also receives: two within this time are one.
constexpr std::int64_t kEchoNs = 500'000'000;

std::atomic<bool> ending{false}, asked{false};
std::atomic<std::int64_t> first_interrupt{0};
int wake = -1;

std::int64_t now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * std::int64_t(1'000'000'000) + t.tv_nsec;
}

// A flag set between its check and the sleep would be missed; the eventfd is not.
void on_signal(int number) {
  const int saved = errno;
  if (number == SIGINT) {
    std::int64_t first = 0;
    if (!first_interrupt.compare_exchange_strong(first, now_ns()) && now_ns() - first > kEchoNs) {
      signal(SIGINT, SIG_DFL);
      raise(SIGINT);  // takes effect when this handler returns
    }
  }
  (number == SIGQUIT ? asked : ending).store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(wake, &one, sizeof one);
  errno = saved;
}

void handle(int number, void (*how)(int)) {
  struct sigaction action = {};
  action.sa_handler = how;
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, nullptr);
}

}  // namespace

void catch_signals() {
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  handle(SIGINT, on_signal);
  handle(SIGTERM, on_signal);
  handle(SIGHUP, on_signal);
  handle(SIGQUIT, on_signal);
  handle(SIGPIPE, SIG_IGN);
}

void leave_terminal_signals_to_parent() {
  handle(SIGINT, SIG_IGN);
  handle(SIGQUIT, SIG_IGN);
}

bool interrupted() { return ending.load(std::memory_order_relaxed); }

bool status_wanted() {
  if (!asked.load(std::memory_order_relaxed)) return false;
  if (!interrupted()) {  // else it must stay readable
    std::uint64_t count;
    [[maybe_unused]] const auto n = read(wake, &count, sizeof count);
  }
  return asked.exchange(false);
}

void sleep_until(ub::Instant until) {
  while (!interrupted() && !asked.load()) {
    const ub::Duration left = until - std::chrono::steady_clock::now();
    if (left <= ub::Duration::zero()) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    timespec wait{time_t(seconds.count()), long((left - seconds).count())};
    pollfd fd{wake, POLLIN, 0};
    ppoll(&fd, 1, &wait, nullptr);
  }
}

int signal_fd() { return wake; }

}  // namespace tools
