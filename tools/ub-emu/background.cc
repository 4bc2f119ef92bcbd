#include "tools/ub-emu/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "tools/common/print.h"
#include "tools/ub-emu/command.h"

namespace tools::emu {
namespace {

int wait_until_it_stands(int pipe, pid_t pid) {
  char byte;
  ssize_t n;
  do n = ::read(pipe, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n == 1) return kGood;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
  complain(kTool, format("the background process was ended by signal %d before it stood; start it again",
                         WTERMSIG(status)));
  return kNotRun;
}

}  // namespace

std::optional<int> Background::enter() {
  int ends[2] = {-1, -1};
  std::fflush(nullptr);
  const bool piped = ::pipe2(ends, O_CLOEXEC) == 0;
  const pid_t pid = piped ? ::fork() : -1;
  if (pid < 0) {
    complain(
        kTool,
        format("cannot go into the background: %s; raise the limits on processes and files (ulimit -u, -n)",
               std::strerror(errno)));
    return kNotRun;
  }
  if (pid > 0) {
    ::close(ends[1]);
    return wait_until_it_stands(ends[0], pid);
  }
  ::setsid();
  // Keeps nothing of the starting process open: locks, or pipes that another process reads until they close.
  pipe_ = ::dup3(ends[1], 3, O_CLOEXEC) == 3 ? 3 : ends[1];
  if (pipe_ == 3) ::close_range(4, ~0u, 0);
  return std::nullopt;
}

bool Background::announce() {
  std::fflush(stdout);
  if (::write(pipe_, "u", 1) != 1) return false;
  ::close(pipe_);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, fd);
  ::close(nowhere);
  return ::chdir("/") == 0;
}

}  // namespace tools::emu
