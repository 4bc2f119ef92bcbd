// Programs with timers, profilers, job control: signals that come while memory is made and while somebody waits.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>

#include "tests/pair.h"
#include "tests/place.h"

namespace {
// Older kernels give up an allocation on tmpfs when a signal is pending, and undo what they had. So does this one, for every
// allocation that takes longer than the time between two signals.
thread_local off_t done_between_signals = 0;  // bytes; 0: no signals
thread_local int interrupted = 0;
}  // namespace

extern "C" int posix_fallocate(int fd, off_t offset, off_t size) {
  if (done_between_signals != 0 && size > done_between_signals) return ++interrupted, EINTR;
  return ::syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}

namespace ub {
namespace {

using test::code;
using test::must;

TEST_CASE("signals: however often they come, boards and segments are made, whole") {
  for (const off_t between : {64 << 20, 1 << 20, 100'000, 4096}) {
    CAPTURE(between);
    done_between_signals = between;
    interrupted = 0;
    {
      Fabric f = must(Fabric::open("shm://interrupted"));
      const auto s = f.expose("s", (8 << 20) + 4096);
      done_between_signals = 0;
      CHECK(code(s) == Code::ok);
      CHECK((interrupted > 0) == (between < 8 << 20));
      struct stat file {};
      const off_t others =
          2 * 4096 * (off_t(must(inspect("interrupted")).capacity) - 1);  // pages of who never joined
      const std::string folder = test::own_folder() + "/interrupted";
      for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        REQUIRE(::stat(entry.path().c_str(), &file) == 0);
        // No hole that could end in SIGBUS.
        CHECK(file.st_blocks * 512 >= file.st_size - (entry.path().filename() == "board" ? others : 0));
      }
    }
    CHECK(test::left_behind().empty());
  }
}

volatile std::sig_atomic_t ticks = 0;

TEST_CASE("signals: a wait goes on after each, until its deadline or its word") {
  test::Pair p("shm://pair");
  struct sigaction act {
  }, before{};
  act.sa_handler = [](int) { ticks = ticks + 1; };
  ::sigaction(SIGALRM, &act, &before);
  const itimerval often{{0, 200}, {0, 200}}, never{};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const Instant deadline =
      Deadline::in(std::chrono::milliseconds(5)).from(std::chrono::steady_clock::now(), {});
  const auto late = p.segment.wait_until<int>(0, Compare::equal, 1,
                                              {.deadline = Deadline::at(deadline), .poll = Duration::zero()});
  const Instant ended = std::chrono::steady_clock::now();
  const auto absent = p.peer.attach(0, "absent", {.deadline = Deadline::in(std::chrono::milliseconds(5))});
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  CHECK(code(late) == Code::timed_out);
  CHECK(ended >= deadline);
  CHECK(code(absent) == Code::not_found);
  CHECK(ticks > 0);
}

}  // namespace
}  // namespace ub
