#include "tests/live/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <iostream>

extern char** environ;

namespace ub::test {

Child::Child(const std::string& role, Args args) {
  int in[2], out[2];
  REQUIRE(::pipe2(in, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  std::vector<std::string> words{"test", "--child", role};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  const int error = ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (error != 0) pid_ = -1;
  REQUIRE(error == 0);
}

Child::Child(const std::function<int()>& body) {
  int out[2];
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  std::fflush(nullptr);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out[1], 1);
    std::exit(body());
  }
  ::close(out[1]);
  from_ = out[0];
  REQUIRE(pid_ > 0);
}

Child::Child(Child&& o) noexcept : pid_(o.pid_), to_(o.to_), from_(o.from_), heard_(std::move(o.heard_)) {
  o.pid_ = o.to_ = o.from_ = -1;
}

Child& Child::operator=(Child&& o) noexcept {
  std::swap(pid_, o.pid_);
  std::swap(to_, o.to_);
  std::swap(from_, o.from_);
  std::swap(heard_, o.heard_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (to_ >= 0) ::close(to_);
  if (from_ >= 0) ::close(from_);
}

std::string Child::line() {
  for (;;) {
    if (const std::size_t end = heard_.find('\n'); end != std::string::npos) {
      const std::string line = heard_.substr(0, end);
      heard_.erase(0, end + 1);
      return line;
    }
    pollfd p{from_, POLLIN, 0};
    char buffer[4096];
    if (::poll(&p, 1, int(std::chrono::milliseconds(kPatience).count())) <= 0)
      FAIL("a child said nothing in time");
    const ssize_t n = ::read(from_, buffer, sizeof buffer);
    if (n <= 0) FAIL("a child ended instead of speaking");
    heard_.append(buffer, std::size_t(n));
  }
}

void Child::tell(const std::string& line) {
  const std::string text = line + "\n";
  std::signal(SIGPIPE, SIG_IGN);
  (void)!::write(to_, text.data(), text.size());
}

void Child::signal(int number) const { REQUIRE(::kill(pid_, number) == 0); }

void Child::stop() const {
  signal(SIGSTOP);
  int status = 0;
  REQUIRE(::waitpid(pid_, &status, WUNTRACED) == pid_);
  REQUIRE(WIFSTOPPED(status));
}

int Child::end() {
  int status = 0;
  pid_t reaped = 0;
  const bool ended = eventually([&] { return (reaped = ::waitpid(pid_, &status, WNOHANG)) != 0; });
  if (!ended) {
    ::kill(pid_, SIGABRT);
    FAIL("a child did not end in time");
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool Child::is_zombie() const {
  siginfo_t info{};
  return ::waitid(P_PID, id_t(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
}

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

std::string hear() {
  std::string line;
  std::getline(std::cin, line);
  return line;
}

}  // namespace ub::test
