#include "tools/common/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "tools/common/print.h"
#include "tools/common/signals.h"

extern char** environ;

namespace tools {
namespace {

// How long a helper may take to leave its fabric before it is killed.
constexpr std::chrono::milliseconds kPatience(2000);

}  // namespace

ub::Expected<Child> Child::start(const char* tool, std::vector<std::string> arguments) {
  std::vector<char*> argv = {const_cast<char*>(tool)};
  for (std::string& a : arguments) argv.push_back(a.data());
  argv.push_back(nullptr);

  int pipe[2];
  if (pipe2(pipe, O_CLOEXEC) != 0)
    return failure(ub::Code::system_error, format("cannot make a pipe: %s", std::strerror(errno)),
                   "raise the limit on open files (ulimit -n)");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe[1]);
  if (error != 0) {
    close(pipe[0]);
    return failure(ub::Code::system_error, format("cannot start a helper process: %s", std::strerror(error)),
                   "raise the limit on processes (ulimit -u)");
  }
  return Child(pid, pipe[0]);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      status_(other.status_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    stop();
    pid_ = std::exchange(other.pid_, -1);
    output_ = std::exchange(other.output_, -1);
    status_ = other.status_;
  }
  return *this;
}

Child::~Child() { stop(); }

bool Child::ready() {
  while (!interrupted()) {
    pollfd fds[2] = {{output_, POLLIN, 0}, {signal_fd(), POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[0].revents != 0) {
      char byte;
      return read(output_, &byte, 1) == 1;
    }
    status_wanted();  // too early for a status line
  }
  return false;
}

std::optional<std::string> Child::ended(ub::Duration patience) {
  const auto enough = std::chrono::steady_clock::now() + patience;
  int status;
  while (!status_ && pid_ > 0) {
    if (waitpid(pid_, &status, WNOHANG) == pid_)
      status_ = status;
    else if (std::chrono::steady_clock::now() >= enough)
      break;
    else
      usleep(1000);
  }
  if (!status_) return std::nullopt;
  if (WIFSIGNALED(*status_)) return format("killed by signal %d", WTERMSIG(*status_));
  return format("gone with exit code %d", WEXITSTATUS(*status_));
}

bool Child::killed() const { return status_ && WIFSIGNALED(*status_); }

void Child::stop() {
  if (output_ >= 0) close(std::exchange(output_, -1));
  if (pid_ > 0 && !ended()) {
    kill(pid_, SIGTERM);
    if (!ended(kPatience)) {
      kill(pid_, SIGKILL);
      int status;
      if (waitpid(pid_, &status, 0) == pid_) status_ = status;
    }
  }
  pid_ = -1;
}

void enter_child(pid_t parent) {
  leave_terminal_signals_to_parent();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kNotRun);  // the parent ended before prctl()
}

void tell_ready() {
  say("ready");
  // The tool reads nothing more; the helper reports errors on stderr.
  if (const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC); nowhere >= 0) {
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
  }
}

}  // namespace tools
