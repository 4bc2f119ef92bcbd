// fork(): the child is no member, disturbs no other process, and may join on its own.
#include <sys/resource.h>
#include <unistd.h>

#include <optional>

#include "tests/live/child.h"
#include "tests/place.h"
#include "tests/sanitized.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::must;
using test::now;
using test::Pair;

constexpr bool kAllocatorSurvivesFork = !UB_TEST_ASAN;  // ASan's locks are not held across a fork

// The child's exit code is the line of the failed check.
#define EXPECT(condition) \
  if (!(condition)) return __LINE__ % 250 + 1

std::optional<Fabric> at_exit;  // its destructor runs in the child, too

TEST_CASE("fork: the child's handles answer not_joined on every path; the parent's go on") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Pair p(url);
    at_exit = must(Fabric::open(url));
    REQUIRE(p.remote.store<std::uint64_t>(0, 7).ok());
    Child child([&] {
      std::byte b{};
      Word16 old;
      EXPECT(code(p.remote.load<int>(0)) == Code::not_joined);
      EXPECT(code(p.remote.store<int>(0, 1)) == Code::not_joined);
      EXPECT(code(p.remote.fetch_add<int>(0, 1)) == Code::not_joined);
      EXPECT(code(p.remote.load<int>(0, OpOptions{})) == Code::not_joined);
      EXPECT(code(p.remote.read(0, &b, 1)) == Code::not_joined);
      EXPECT(code(p.remote.write(0, &b, 1)) == Code::not_joined);
      EXPECT(code(p.remote.write_signal(0, &b, 1, 8, 1)) == Code::not_joined);
      EXPECT(code(p.remote.compare_swap16(0, {}, {}, old)) == Code::not_joined);
      EXPECT(code(p.segment.wait_until<int>(0, Compare::equal, 7)) == Code::not_joined);
      EXPECT(code(p.home.expose("x", 64)) == Code::not_joined);
      EXPECT(code(p.peer.attach(0, "segment", now())) == Code::not_joined);
      EXPECT(code(p.peer.attach(p.segment.address())) == Code::not_joined);
      EXPECT(p.peer.peers().empty());
      EXPECT(p.peer.ranks() == 0);
      EXPECT(p.peer.node_name().size() > 0);
      // Mapped memory reads as zeroes in the child; only the child sees its stores.
      EXPECT(p.segment.local_view()[0] == std::byte(0));
      p.segment.local_view()[0] = std::byte(99);
      if (!p.remote.view().empty()) const_cast<std::byte*>(p.remote.view().data())[0] = std::byte(98);
      p.segment = Segment();
      p.peer.leave();
      RemoteSegment copy = p.remote;
      p.remote = RemoteSegment();
      EXPECT(code(copy.load<int>(0)) == Code::not_joined);
      return 0;
    });
    CHECK(child.end() == 0);
    CHECK(p.remote.load<std::uint64_t>(0).value() == 7);
    CHECK(p.remote.load<std::uint64_t>(0, OpOptions{}).value() == 7);
    CHECK(p.home.peers().size() == 3);
    CHECK(must(p.peer.attach(0, "segment", now())).fetch_add<int>(8, 1).ok());
    CHECK(must(p.home.expose("more", 64)).valid());
    at_exit.reset();
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE("fork: the child may join anew, as another rank, and its end takes nothing of the parent's along") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    Child child([&] {
      auto f = Fabric::open(url);
      EXPECT(f.ok());
      EXPECT(f->rank() == Rank(2));
      auto s = f->expose("child", 64);
      auto a = f->attach(0, "segment", now());
      EXPECT(s.ok() && a.ok());
      EXPECT(a->fetch_add<std::uint64_t>(0, 5).ok());
      EXPECT(a->write_signal(8, "x", 1, 16, 6).ok());
      EXPECT(code(p.remote.load<int>(0)) == Code::not_joined);  // the old handles do not change
      Child grandchild(
          [&] { return code(a->load<int>(0)) == Code::not_joined && Fabric::open(url).ok() ? 0 : 1; });
      EXPECT(grandchild.end() == 0);
      EXPECT(a->load<std::uint64_t>(0).value_or(0) == 5);
      return 0;
    });
    CHECK(p.segment.wait_until<std::uint64_t>(16, Compare::equal, 6, {.poll = Duration::zero()}).ok());
    CHECK(child.end() == 0);
    CHECK(p.remote.load<std::uint64_t>(0).value() == 5);
    CHECK(p.home.peers().size() == 2);
  }
  CHECK(test::left_behind().empty());
}

TEST_CASE("fork: while another of the parent's threads opens and leaves; every child can join") {
  if (!kAllocatorSurvivesFork) {
    MESSAGE("skipped: ASan does not hold its locks across a fork");
    return;
  }
  const std::string url = "shm://busy?ranks=16";
  Fabric home = must(Fabric::open(url));
  const Segment s = must(home.expose("s", 64));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0}, opened{0};
  std::vector<std::thread> busy;
  for (int t = 0; t < 2; ++t)
    busy.emplace_back([&, t] {
      while (!done) {
        auto f = Fabric::open(t ? url : "shm://elsewhere?ranks=2");
        auto mine = f.ok() ? f->expose("mine", 64) : Expected<Segment>(f.error());
        if (!mine.ok()) ++wrong;
        ++opened;
      }
    });
  for (int i = 0; i < 100; ++i) {
    Child child([&] {
      auto f = Fabric::open(url);
      EXPECT(f.ok());
      auto a = f->attach(home.rank(), "s", now());
      EXPECT(a.ok());
      EXPECT(a->fetch_add<std::uint64_t>(0, 1).ok());
      return 0;
    });
    CHECK(child.end() == 0);
  }
  done = true;
  for (auto& t : busy) t.join();
  CHECK(wrong == 0);
  CHECK(opened > 0);
  CHECK(must(home.attach(home.rank(), "s")).load<std::uint64_t>(0).value() == 100);
}

// Joins, forks a child that only stays, and is killed.
const test::Role parent_role("parent of one who stays", [](const test::Args& args) {
  auto f = Fabric::open("shm://orphan");
  auto s = f.ok() ? f->expose("s", 1 << 20) : Expected<Segment>(f.error());
  if (!s.ok()) return 1;
  std::vector<int> files;
  if (args[0] == "no descriptor free") {
    const rlimit few{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = ::dup(2)) >= 0;) files.push_back(fd);
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, 0);
    for (;;) ::pause();
  }
  test::say(std::to_string(child));
  for (;;) ::pause();
});

TEST_CASE("fork: a child that stays does not keep its dead parent's board alive") {
  for (const std::string how : {"as ever", "no descriptor free"}) {
    CAPTURE(how);
    Child parent("parent of one who stays", {how});
    const pid_t orphan = pid_t(std::stol(parent.line()));
    CHECK(must(inspect("orphan")).live);
    parent.kill();
    CHECK(test::eventually([] { return !must(inspect("orphan")).live; }));
    CHECK(must(clean()).size() == 1);
    CHECK(::kill(orphan, SIGKILL) == 0);
  }
}

}  // namespace
}  // namespace ub
