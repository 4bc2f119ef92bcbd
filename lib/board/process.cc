#include "board/process.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "base/fd.h"
#include "base/text.h"

namespace ub::board {
namespace {

// Field 22 of /proc/PID/stat. Field 2, the command in parentheses, may contain any character: count from the last ')'.
std::uint64_t start_of(std::int32_t pid) {
  std::ifstream file(base::cat("/proc/", pid, "/stat"));
  std::string line;
  std::getline(file, line);
  const std::size_t end = line.rfind(')');
  if (end == std::string::npos) return 0;
  unsigned long long start = 0;
  if (std::sscanf(line.c_str() + end + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                  &start) != 1)
    return 0;
  return start;
}

int timeout_ms(Instant deadline) {
  const Instant now = std::chrono::steady_clock::now();
  if (deadline <= now) return 0;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count() + 1;
  return int(std::min<long long>(left, 1 << 30));
}

// A descriptor of the process, or none if it has exited. The descriptor is opened before the start time is compared, so that
// the pid cannot be reused in between.
base::Fd open_process(ProcessId who) {
  base::Fd fd(int(::syscall(SYS_pidfd_open, who.pid, 0)));  // EINVAL for an invalid pid
  if (!fd || who.start == 0) return fd;
  // If the start time cannot be read (/proc with hidepid), only the descriptor shows whether the process is alive.
  if (const std::uint64_t start = start_of(who.pid); start == 0 || start == who.start) return fd;
  fd = base::Fd();
  errno = ESRCH;
  return fd;
}

}  // namespace

ProcessId this_process() {
  const std::int32_t pid = ::getpid();
  return {pid, start_of(pid)};
}

bool wait_for_exit(ProcessId who, Instant deadline) {
  const base::Fd fd = open_process(who);
  if (!fd) return errno == ESRCH || errno == EINVAL;
  pollfd p{fd.get(), POLLIN, 0};
  int r;
  do r = ::poll(&p, 1, timeout_ms(deadline));
  while (r < 0 && errno == EINTR);
  return r > 0;
}

bool send_signal(ProcessId who, int signal) {
  const base::Fd fd = open_process(who);
  return fd && ::syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0) == 0;
}

std::uint64_t pid_namespace() {
  struct stat s {};
  return ::stat("/proc/self/ns/pid", &s) == 0 ? s.st_ino : 0;
}

}  // namespace ub::board
