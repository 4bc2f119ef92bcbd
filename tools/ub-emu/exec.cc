// ub-emu exec: starts ranks on a fabric and stays with them until the last has ended.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "tools/common/print.h"
#include "tools/ub-emu/command.h"
#include "tools/ub-emu/crew.h"
#include "tools/ub-emu/exec_options.h"
#include "tools/ub-emu/machine_url.h"

namespace tools::emu {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience(10);  // for locks that a stopped process may hold
constexpr std::chrono::milliseconds kSweepInterval(1000);
constexpr int kPassedOn[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Signals as a descriptor, read between the lines of the ranks.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int s : kPassedOn)
      if (s != SIGHUP || !ignored(s)) ::sigaddset(&wanted, s);
    ::sigaddset(&wanted, SIGCHLD);
    ::signal(SIGCHLD, SIG_DFL);
    ::signal(SIGPIPE, SIG_IGN);
    ::sigprocmask(SIG_BLOCK, &wanted, nullptr);
    fd_ = ub::base::Fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  int fd() const { return fd_.get(); }
  /// The next pending signal, or 0.
  int take() const {
    signalfd_siginfo info;
    return ::read(fd(), &info, sizeof info) == ssize_t(sizeof info) ? int(info.ssi_signo) : 0;
  }

 private:
  static bool ignored(int number) {
    struct sigaction was {};
    ::sigaction(number, nullptr, &was);
    return was.sa_handler == SIG_IGN;
  }
  ub::base::Fd fd_;
};

class Run {
 public:
  Run(Crew& crew, const Signals& signals, ub::core::Hold* hold)
      : crew_(crew), signals_(signals), hold_(hold) {}

  int all() {
    while (!finished()) {
      wait();
      take_signals();
      for (const Worker* w : crew_.ended()) note(*w);
      for (Worker& w : crew_.workers()) {
        pump(w.out, out_);
        pump(w.err, err_);
      }
      for (Outlet* o : {&out_, &err_})
        if (o->waiting() && writable(*o)) o->write_some();
      sweep();
    }
    for (const Outlet* o : {&out_, &err_}) {
      if (o->error() == 0 || o->error() == EPIPE) continue;  // a closed pipe is not an error
      complain(kTool, format("cannot pass on what the ranks say: %s; free some space or write elsewhere",
                             std::strerror(o->error())));
      return kNotRun;
    }
    int worst = kGood;
    for (const Worker& w : crew_.workers()) worst = std::max(worst, w.code.value_or(kNotRun));
    return worst;
  }

 private:
  bool finished() {
    if (!crew_.all_ended() || out_.waiting() || err_.waiting()) return false;
    return std::none_of(crew_.workers().begin(), crew_.workers().end(),
                        [](const Worker& w) { return w.out.open() || w.err.open(); });
  }

  // Waits until a rank writes, a reader reads, or a signal arrives; once all ranks have ended, only for readers.
  void wait() {
    fds_.assign(1, {signals_.fd(), POLLIN, 0});
    for (const Outlet* o : {&out_, &err_})
      if (o->waiting()) fds_.push_back({o->fd(), POLLOUT, 0});
    bool drain = false;
    for (const Worker& w : crew_.workers())
      for (const auto& [source, outlet] : {std::pair(&w.out, &out_), std::pair(&w.err, &err_)})
        if (source->open() && outlet->has_room()) {
          fds_.push_back({source->fd(), POLLIN, 0});
          drain |= crew_.all_ended();
        }
    const int most = hold_ ? int(kSweepInterval.count()) : -1;
    ::poll(fds_.data(), fds_.size(), drain ? 0 : most);
  }

  // Does not wait for further output of an ended rank's background processes.
  void pump(Source& source, Outlet& outlet) {
    if (!source.open() || !outlet.has_room()) return;
    // If ub-emu's reader has gone, the program's next write fails too.
    const auto got = outlet.open() ? source.read_some(outlet) : Source::Read::end;
    if (got == Source::Read::end || (got == Source::Read::nothing && crew_.all_ended())) source.close(outlet);
  }

  static bool writable(const Outlet& o) {
    pollfd fd{o.fd(), POLLOUT, 0};
    return ::poll(&fd, 1, 0) > 0;
  }

  void sweep() {
    if (!hold_ || steady_clock::now() < next_sweep_) return;
    hold_->sweep();
    next_sweep_ = steady_clock::now() + kSweepInterval;
  }

  void take_signals() {
    while (const int number = signals_.take()) {
      if (number == SIGCHLD) continue;
      passed_on_ = number;
      if (number == SIGINT) ++interrupts_;
      // First SIGINT: passed on. Second: SIGKILL. Third: gives up output that has not been read.
      crew_.signal(interrupts_ > 1 ? SIGKILL : number);
      if (interrupts_ <= 2) continue;
      out_.close();
      err_.close();
    }
  }

  void note(const Worker& w) const {
    // Does not report a signal that ub-emu sent or passed on, nor SIGPIPE after a reader has gone.
    if (w.signal == SIGPIPE && !(out_.open() && err_.open())) return;
    if (w.signal == 0 || w.signal == passed_on_ || (w.signal == SIGKILL && interrupts_ > 1)) return;
    complain(kTool, format("rank %u, process %d, was killed by signal %d (%s)", unsigned(w.rank.value),
                           int(w.pid), w.signal, ::strsignal(w.signal)));
  }

  Crew& crew_;
  const Signals& signals_;
  ub::core::Hold* hold_;
  Outlet out_{STDOUT_FILENO}, err_{STDERR_FILENO};
  std::vector<pollfd> fds_;
  ub::Instant next_sweep_{};
  int passed_on_ = 0, interrupts_ = 0;
};

}  // namespace

int exec(int argc, char** argv) {
  ExecOptions o;
  if (const auto code = parse(argc, argv, o)) return *code;
  const auto no = [](const ub::Failure& f) { return complain(kTool, f.message()), kNotRun; };
  const Signals signals;
  std::optional<ub::core::Hold> hold;
  if (!o.machine.empty()) {
    // A machine for this run only has a unique name, unless a name is given.
    const auto url = machine_url(o.machine, o.name.empty() ? format("run-%d", int(::getpid())) : o.name, {});
    if (!url.ok()) return no(url.error());
    auto held = hold_machine(url.value(), steady_clock::now() + kPatience);
    if (!held.ok()) return no(held.error());
    hold.emplace(std::move(*held));
    o.fabric = url.value().plain();
  }
  const auto fabric = fabric_of(o);
  if (!fabric.ok()) return no(fabric.error());
  if (const auto bad = unfit(fabric.value(), o.ranks)) return no(*bad);

  Crew crew;
  for (const ub::Rank r : o.ranks)
    if (const auto started = crew.start(r, o.program, fabric.value()); !started.ok())
      return no(started.error());
  return Run(crew, signals, hold ? &*hold : nullptr).all();
}

}  // namespace tools::emu
