#include "tools/ub-emu/crew.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "tools/common/print.h"

namespace tools::emu {
namespace {

using ub::base::Fd;

struct Pipe {
  Fd read, write;
  static std::optional<Pipe> make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
    return Pipe{Fd(ends[0]), Fd(ends[1])};
  }
};

ub::Failure limits(const char* what) {
  return failure(ub::Code::system_error, format("cannot start a rank: no %s: %s", what, std::strerror(errno)),
                 "start fewer, or raise the limits (ulimit -n, -u)");
}

// In the child, between fork and exec. Does not return; on failure it writes the reason to `tell`.
[[noreturn]] void become(char* const* argv, pid_t parent, int out, int err, int tell) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kNotRun);  // the parent ended before prctl()
  // A program expects the signals as a shell sets them; an ignored SIGHUP (nohup) stays ignored.
  for (const int s : {SIGINT, SIGQUIT, SIGPIPE}) ::signal(s, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Standard input is empty: one terminal cannot serve many programs.
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0 && ::dup2(nothing, STDIN_FILENO) == 0 && ::dup2(out, STDOUT_FILENO) == 1 &&
      ::dup2(err, STDERR_FILENO) == 2) {
    if (nothing > 2) ::close(nothing);
    ::execvp(argv[0], argv);
  }
  const int reason = errno;
  [[maybe_unused]] const auto n = ::write(tell, &reason, sizeof reason);
  ::_exit(kNotRun);
}

}  // namespace

ub::Expected<bool> Crew::start(ub::Rank rank, const std::vector<std::string>& program,
                               const std::string& fabric) {
  auto out = Pipe::make(), err = Pipe::make(), news = Pipe::make();
  if (!out || !err || !news) return limits("pipe");
  // All memory is allocated before the fork.
  std::vector<char*> argv;
  for (const std::string& a : program) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  ::setenv("UB_FABRIC", fabric.c_str(), 1);
  ::setenv("UB_RANK", std::to_string(rank.value).c_str(), 1);
  ::fcntl(out->read.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(err->read.get(), F_SETFL, O_NONBLOCK);
  const pid_t parent = ::getpid(), pid = ::fork();
  if (pid < 0) return limits("process");
  if (pid == 0) become(argv.data(), parent, out->write.get(), err->write.get(), news->write.get());
  ::setpgid(pid, pid);  // in both processes: a signal may be sent before the child has run

  news->write = Fd();
  int reason = 0;
  ssize_t n;
  do n = ::read(news->read.get(), &reason, sizeof reason);
  while (n < 0 && errno == EINTR);
  if (n == ssize_t(sizeof reason)) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
    return failure(ub::Code::system_error,
                   format("cannot run '%s': %s", program[0].c_str(), std::strerror(reason)),
                   "check the program's path");
  }
  const std::string mark = "[" + std::to_string(rank.value) + "] ";
  workers_.push_back(
      {rank, pid, Source(std::move(out->read), mark), Source(std::move(err->read), mark), {}, 0});
  ++running_;
  return true;
}

void Crew::signal(int number) {
  for (const Worker& w : workers_) ::kill(-w.pid, number);
}

std::vector<const Worker*> Crew::ended() {
  std::vector<const Worker*> now;
  for (Worker& w : workers_) {
    siginfo_t info{};
    if (w.code || ::waitid(P_PID, id_t(w.pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
      continue;
    w.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
    w.code = w.signal ? 128 + w.signal : info.si_status;
    --running_;
    now.push_back(&w);
  }
  return now;
}

Crew::~Crew() {
  signal(SIGKILL);
  for (const Worker& w : workers_)
    while (::waitpid(w.pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace tools::emu
