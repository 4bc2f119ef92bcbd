#include "tools/common/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

namespace tools {
namespace {

std::atomic<bool> ending{false}, asked{false};
int wake = -1;

// A flag alone would be missed between its check and the sleep; the eventfd is not.
void on_signal(int number) {
  const int saved = errno;
  (number == SIGQUIT ? asked : ending).store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(wake, &one, sizeof one);
  errno = saved;
}

void handle(int number, void (*how)(int), int flags = SA_RESTART) {
  struct sigaction action = {};
  action.sa_handler = how;
  action.sa_flags = flags;
  sigaction(number, &action, nullptr);
}

}  // namespace

void catch_signals() {
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  handle(SIGINT, on_signal, SA_RESTART | SA_RESETHAND);
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
  if (!interrupted()) {  // then it has to stay readable
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
