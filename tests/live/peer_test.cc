// A peer directory between processes that are killed, stopped or leave, and its state when the listening side has ended. The
// transport is the loopback plug-in, which carries no op between processes: only the directory is tested.
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "tests/live/child.h"
#include "tests/place.h"
#include "tests/plugins.h"
#include "tests/ports.h"
#include "tests/sanitized.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::eventually;
using test::must;
using test::now;

Peer::State state(const Fabric& f, std::uint32_t rank) {
  for (const Peer& p : f.peers())
    if (p.rank == Rank(rank)) return p.state;
  return Peer::State::free;
}

// Joins as a rank, exposes "s", reports the state of ranks on request, and leaves when the test ends it.
const test::Role met_role("met", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(std::uint32_t(std::stoul(args[1])))});
  if (!f.ok()) return test::say("failed " + f.error().message()), 1;
  auto s = f->expose("s", 4096);
  if (!s.ok()) return test::say("failed " + s.error().message()), 1;
  test::say("ready");
  for (;;) {
    const std::string told = test::hear();
    if (told.empty() || told == "end") return 0;
    const auto rank = std::uint32_t(std::stoul(told));
    test::say(state(f.value(), rank) == Peer::State::joined ? "joined"
              : state(f.value(), rank) == Peer::State::dead ? "dead"
                                                            : "free");
  }
});

Child met(const std::string& url, unsigned rank) {
  Child c("met", {url, std::to_string(rank)});
  const std::string line = c.line();
  CAPTURE(line);
  REQUIRE(line == "ready");
  return c;
}

bool sees(Child& c, unsigned rank, const std::string& what) {
  c.tell(std::to_string(rank));
  return c.line() == what;
}

struct Met {
  const test::PluginPath path{test::plugin_folder()};
  const std::string url = "loopback://met?ranks=8&directory=peer:" + test::free_endpoint();
};

TEST_CASE("peer: processes find each other and each other's segments, wherever the listening side is") {
  const Met met_at;
  Child listens = met(met_at.url, 3), other = met(met_at.url, 1);
  Fabric f = must(Fabric::open(met_at.url));
  CHECK(f.rank() == Rank(0));
  for (const std::uint32_t rank : {3u, 1u}) {
    CHECK(must(f.attach(rank, "s")).size() == 4096);
    CHECK(state(f, rank) == Peer::State::joined);
  }
  for (const Peer& p : f.peers())
    CHECK(p.pid == (p.rank == Rank(3) ? listens.pid() : p.rank == Rank(1) ? other.pid() : ::getpid()));
  Segment own = must(f.expose("own", 64));
  CHECK(eventually([&] { return sees(other, 0, "joined") && sees(listens, 0, "joined"); }));
  f.leave();
  CHECK(eventually([&] { return sees(other, 0, "free") && sees(listens, 0, "free"); }));
}

TEST_CASE("peer: a killed process is dead for all, one that leaves is not; a dead rank is taken again") {
  const Met met_at;
  Fabric f = must(Fabric::open(met_at.url, {.rank = Rank(0)}));
  Child dies = met(met_at.url, 1), leaves = met(met_at.url, 2), stays = met(met_at.url, 3);
  const RemoteSegment lost = must(f.attach(1, "s"));
  CHECK(eventually([&] { return sees(stays, 1, "joined") && sees(stays, 2, "joined"); }));
  dies.kill();
  CHECK(eventually([&] { return state(f, 1) == Peer::State::dead && sees(stays, 1, "dead"); }));
  CHECK(code(lost.load<int>(0)) == Code::peer_gone);
  CHECK(code(f.attach(1, "s", now())) == Code::peer_gone);
  leaves.tell("end");
  CHECK(leaves.end() == 0);
  CHECK(eventually([&] { return state(f, 2) == Peer::State::free && sees(stays, 2, "free"); }));
  CHECK(state(f, 3) == Peer::State::joined);

  Child successor = met(met_at.url, 1);
  CHECK(eventually([&] { return f.attach(1, "s", now()).ok() && sees(stays, 1, "joined"); }));
  CHECK(code(lost.load<int>(0)) == Code::stale_epoch);
}

TEST_CASE("peer: one that is stopped for long is dead for the others, and they for it when it goes on") {
  const Met met_at;
  Fabric f = must(Fabric::open(met_at.url, {.rank = Rank(0)}));
  Child stopped = met(met_at.url, 1), stays = met(met_at.url, 2);
  CHECK(eventually([&] { return sees(stopped, 2, "joined"); }));
  stopped.stop();
  CHECK(eventually([&] { return state(f, 1) == Peer::State::dead && sees(stays, 1, "dead"); }));
  CHECK(state(f, 2) == Peer::State::joined);
  stopped.signal(SIGCONT);
  CHECK(eventually([&] { return sees(stopped, 0, "dead"); }));  // the listener has cut its connection
  CHECK(sees(stopped, 2, "joined"));                            // since then it gets no news of other ranks
  CHECK(state(f, 1) == Peer::State::dead);
  stopped.tell("end");
  CHECK(stopped.end() == 0);
}

TEST_CASE("peer: when the listening side is killed the others keep what they know; a new one knows nobody") {
  const Met met_at;
  Child listens = met(met_at.url, 0);
  Fabric f = must(Fabric::open(met_at.url, {.rank = Rank(1)}));
  Child other = met(met_at.url, 2);
  const RemoteSegment lost = must(f.attach(0, "s")), kept = must(f.attach(2, "s"));
  CHECK(eventually([&] { return sees(other, 1, "joined"); }));
  listens.kill();
  CHECK(eventually([&] { return state(f, 0) == Peer::State::dead && sees(other, 0, "dead"); }));
  CHECK(code(lost.load<int>(0)) == Code::peer_gone);
  CHECK(state(f, 2) == Peer::State::joined);
  CHECK(sees(other, 1, "joined"));
  CHECK(f.attach(2, "s", now()).ok());
  {  // A process that opens the same URL on that host makes a new fabric.
    Fabric anew = must(Fabric::open(met_at.url));
    CHECK(anew.rank() == Rank(0));
    CHECK(anew.epoch() == 1);
    CHECK(anew.peers().size() == 1);
  }
  CHECK(state(f, 0) == Peer::State::dead);
  // No news of the other process arrives any more.
  other.kill();
  CHECK(state(f, 2) == Peer::State::joined);
}

std::set<std::string> sockets_of(pid_t pid) {
  std::set<std::string> all;
  std::error_code gone;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
    if (const std::string link = std::filesystem::read_symlink(fd.path(), gone); link.starts_with("socket:"))
      all.insert(link);
  return all;
}

// Forks a child that prints its process id, and then does nothing.
const test::Role forking_role("met, and forks", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(1)});
  if (!f.ok()) return 1;
  const pid_t child = ::fork();
  if (child == 0) {
    test::say(std::to_string(::getpid()));
    ::pause();
    ::_exit(0);
  }
  (void)test::hear();
  return 0;
});

TEST_CASE("peer: a forked child does not keep its dead parent's place") {
  const Met met_at;
  Fabric f = must(Fabric::open(met_at.url, {.rank = Rank(0)}));
  Child parent("met, and forks", {met_at.url});
  const pid_t child = pid_t(std::stol(parent.line()));
  const int watch = int(::syscall(SYS_pidfd_open, child, 0));
  REQUIRE(watch >= 0);
  CHECK(eventually([&] { return state(f, 1) == Peer::State::joined; }));
  // A closed connection shows the death immediately, if no other process has it open; silence would show it later.
  const auto ours = sockets_of(::getpid());
  for (const std::string& socket : sockets_of(child))
    CHECK(ours.count(socket) == 1);  // inherited from the common parent
  parent.kill();
  CHECK(eventually([&] { return state(f, 1) == Peer::State::dead; }));
  CHECK(::kill(child, 0) == 0);
  ::kill(child, SIGKILL);
  pollfd gone{watch, POLLIN, 0};
  CHECK(::poll(&gone, 1, int(std::chrono::milliseconds(test::kPatience).count())) == 1);
  ::close(watch);
}

// Memory that other threads of the parent held at the fork is unowned in the child: it is not a leak.
bool ends_as_a_forked_child = false;

const test::Role child_leaves_role("met, and a child that goes on", [](const test::Args& args) {
  auto f = Fabric::open(args[0], {.rank = Rank(1)});
  auto s = f.ok() ? f->expose("s", 64) : Expected<Segment>(f.error());
  if (!s.ok()) return 1;
  const pid_t child = ::fork();
  if (child == 0) {
    if (code(f->expose("t", 64)) != Code::not_joined) ::_exit(2);
    f->leave();
    ends_as_a_forked_child = true;
    std::exit(0);  // also runs destructors
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  test::say(status == 0 ? "ready" : "the child failed");
  (void)test::hear();
  return 0;
});

TEST_CASE("peer: a forked child that ends in good order ends nothing of its parent's") {
  const Met met_at;
  Fabric f = must(Fabric::open(met_at.url, {.rank = Rank(0)}));
  Child parent("met, and a child that goes on", {met_at.url});
  CHECK(parent.line() == "ready");
  CHECK(state(f, 1) == Peer::State::joined);
  CHECK(f.attach(1, "s").ok());
  parent.tell("end");
  CHECK(parent.end() == 0);
  CHECK(eventually([&] { return state(f, 1) == Peer::State::free; }));
}

}  // namespace
}  // namespace ub

#if UB_TEST_ASAN
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off() {
  return ub::ends_as_a_forked_child;
}
#endif
