// The board's locks in the hands of processes that are stopped or killed while they hold them.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board/place.h"
#include "core/open.h"
#include "tests/pair.h"
#include "tests/place.h"

namespace ub {
namespace {

using test::code;
using test::must;

// A child that takes something and stops itself with it in its hands. Killed at the end, if not before.
class Holder {
 public:
  template <class Take> explicit Holder(Take take) : pid_(::fork()) {
    if (pid_ == 0) {
      const auto held = take();
      ::raise(SIGSTOP);
      ::_exit(0);  // gives nothing back
    }
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, WUNTRACED) == pid_);
    REQUIRE(WIFSTOPPED(status));
  }
  ~Holder() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_;
};

Instant soon() {
  return Deadline::in(std::chrono::milliseconds(30)).from(std::chrono::steady_clock::now(), {});
}
Instant far() { return Deadline::in(std::chrono::minutes(3)).from(std::chrono::steady_clock::now(), {}); }

auto table_lock(const std::string& url) {
  return [url] {
    auto opened = must(core::open_fabric(must(base::parse_url(url)), far()));
    auto guard = must(opened.board->state().table_lock.lock(far()));
    return std::pair(std::move(opened), std::move(guard));
  };
}

TEST_CASE("locks: a deadline that lies in the past waits for no lock, however far back it lies") {
  const std::string url = test::kUrls[0];
  test::Pair p(url);
  const Holder holder(table_lock(url));
  CHECK(code(p.home.expose("x", 64, {.deadline = Deadline::at(Instant::min())})) == Code::busy);
  CHECK(code(p.segment.grant(Access::all, Deadline::at(Instant::min()))) == Code::busy);
}

TEST_CASE(
    "locks: whoever is stopped with the table lock holds up changes, not ops; its death gives the lock "
    "back") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    test::Pair p(url);
    Holder holder(table_lock(url));
    CHECK(p.remote.fetch_add<int>(0, 1).ok());
    CHECK(must(p.peer.attach(0, "segment", test::now())).load<int>(0).ok());
    CHECK(p.home.peers().size() == 2);
    const auto s = p.home.expose("more", 64, {.deadline = Deadline::at(soon())});
    CHECK(code(s) == Code::busy);
    CHECK(code(p.home.expose("more", 64, {.deadline = Deadline::at(Instant(Duration(-5)))})) == Code::busy);
    if (!s.ok()) CHECK(!s.error().advice.empty());
    CHECK(code(Fabric::open(url, {.timeout = std::chrono::milliseconds(30)})) == Code::busy);

    holder.kill();
    CHECK(p.home.expose("more", 64).ok());
    CHECK(must(Fabric::open(url)).rank() == Rank(2));
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE("locks: a place whose lock is held by a stopped process is busy, until that process has gone") {
  {
    const Fabric inside = must(Fabric::open("shm://inside"));
    Holder holder([] {
      auto place = must(board::Place::open());
      auto guard = must(place.lock(far()));
      return std::pair(std::move(place), std::move(guard));
    });
    const auto f = Fabric::open("shm://outside", {.timeout = std::chrono::milliseconds(30)});
    CHECK(code(f) == Code::busy);
    if (!f.ok()) CHECK(!f.error().advice.empty());
    CHECK(must(inspect()).size() == 1);  // looking takes no lock
    holder.kill();
    CHECK(Fabric::open("shm://outside").ok());
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE("locks: many that die with the table lock, one after the other") {
  const std::string url = "shm://one-after-the-other";
  Fabric f = must(Fabric::open(url));
  for (int i = 0; i < 20; ++i) {
    Holder(table_lock(url)).kill();
    CHECK(f.expose("s", 64).ok());
  }
}

TEST_CASE("locks: threads of one process take the table lock in turn") {
  const std::string url = "shm://turns";
  auto opened = must(core::open_fabric(must(base::parse_url(url)), far()));
  int inside = 0, most = 0, turns = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        auto guard = opened.board->state().table_lock.lock(far());
        if (!guard.ok()) return;
        most = std::max(most, ++inside);
        ++turns;
        --inside;
      }
    });
  for (auto& t : threads) t.join();
  CHECK(most == 1);
  CHECK(turns == 2000);
}

}  // namespace
}  // namespace ub
