// Rights and tokens: granted by the home, requested by an attachment, needed by an op; views.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::now;
using test::Pair;

Access set(unsigned bits) { return Access(std::uint8_t(bits)); }

TEST_CASE("rights: every combination of rights granted with every combination requested") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    Fabric home = test::must(Fabric::open(url, {.rank = Rank(0)})),
           peer = test::must(Fabric::open(url, {.rank = Rank(1)}));
    for (unsigned granted = 0; granted < 8; ++granted) {
      const Segment segment = test::must(home.expose("s", 64, {.access = set(granted)}));
      for (unsigned asked = 0; asked < 8; ++asked) {
        CAPTURE(granted);
        CAPTURE(asked);
        const auto a = peer.attach(0, "s", now(set(asked)));
        if ((asked & ~granted) != 0) {
          CHECK(code(a) == Code::access_denied);
          continue;
        }
        REQUIRE(a.ok());
        const RemoteSegment& s = a.value();
        const Access has = asked == 0 ? set(granted) : set(asked);
        CHECK(s.access() == has);
        const auto expected = [&](Access needed) {
          return allows(has, needed) ? Code::ok : Code::access_denied;
        };
        std::uint64_t word = 0;
        Word16 old;
        CHECK(code(s.load<int>(0)) == expected(Access::read));
        CHECK(code(s.load<int>(0, OpOptions{})) == expected(Access::read));
        CHECK(code(s.read(0, &word, 8)) == expected(Access::read));
        CHECK(code(s.read(0, &word, 0)) == expected(Access::read));
        CHECK(code(s.read(std::vector{ScatterPiece{&word, 8, 0}})) == expected(Access::read));
        CHECK(code(s.store<int>(0, 1)) == expected(Access::write));
        CHECK(code(s.store<int>(0, 1, OpOptions{})) == expected(Access::write));
        CHECK(code(s.write(0, &word, 8)) == expected(Access::write));
        CHECK(code(s.write_signal(0, &word, 8, 8, 1)) == expected(Access::write));
        CHECK(code(s.fetch_add<int>(0, 1)) == expected(Access::atomic));
        CHECK(code(s.atomic<int>(Op::swap, 0, 1, {})) == expected(Access::atomic));
        CHECK(code(s.compare_swap<int>(0, 0, 1)) == expected(Access::atomic));
        CHECK(code(s.masked_swap<int>(0, 0, 1)) == expected(Access::atomic));
        if (peer.caps().of(Op::compare_swap16) != Support::refused)
          CHECK(code(s.compare_swap16(0, {}, {}, old)) == expected(Access::atomic));
        CHECK(s.view().empty() == !(allows(has, Access::read) && s.direct()));
      }
    }
    CHECK(code(peer.attach(0, "s", now(Access(8)))) != Code::ok);
  }
}

// Runs in a child, which opens the fabric itself; returns how the child ended.
template <class Body> int status_of_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGSEGV, SIG_DFL);  // not the sanitizer's
    std::signal(SIGBUS, SIG_DFL);
    ::_exit(body());
  }
  int status = -1;
  while (::waitpid(child, &status, 0) != child) {
  }
  return status;
}

TEST_CASE(
    "rights: a store through a read-only view faults where it is made, whatever is tried with the pages") {
  Fabric home = test::must(Fabric::open("shm://pair", {.rank = Rank(0)}));
  const Segment segment = test::must(home.expose("s", 4096));
  const auto poke = [](Access access, bool unprotect) {
    auto peer = Fabric::open("shm://pair");
    if (!peer.ok()) return 2;
    const auto s = peer->attach(0, "s", now(access));
    if (!s.ok() || s.value().view().empty()) return 3;
    auto* raw = const_cast<std::byte*>(s.value().view().data());
    if (unprotect && ::mprotect(raw, 4096, PROT_READ | PROT_WRITE) != 0) return 4;
    *reinterpret_cast<volatile std::byte*>(raw) = std::byte(1);
    return 0;
  };
  int status = status_of_child([&] { return poke(Access::read, false); });
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGSEGV);
  CHECK(segment.local_view()[0] == std::byte(0));
  // The descriptor is read-only: the kernel refuses to make the pages writable.
  status = status_of_child([&] { return poke(Access::read, true); });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 4);
  // An attachment that may write has a writable view.
  status = status_of_child([&] { return poke(Access::read | Access::write, false); });
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(segment.local_view()[0] == std::byte(1));
}

TEST_CASE("rights: an attachment needs the right token, if the segment requires one") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair open(url, 64);
    Fabric& home = const_cast<Fabric&>(open.home);
    Fabric& peer = const_cast<Fabric&>(open.peer);
    const Segment locked = test::must(home.expose("locked", 64, {.token = Token(0xffffffff)}));
    CHECK(code(peer.attach(0, "locked", now())) == Code::access_denied);
    CHECK(code(peer.attach(0, "locked", now(Access::none, Token(1)))) == Code::access_denied);
    CHECK(code(peer.attach(locked.address(), {})) == Code::access_denied);
    const RemoteSegment s = test::must(peer.attach(0, "locked", now(Access::none, Token(0xffffffff))));
    CHECK(s.store<int>(0, 1).ok());
    CHECK(test::must(peer.attach(locked.address(8), {.token = Token(0xffffffff)})).load<int>(0).value() == 1);
    CHECK(peer.attach(0, "segment", now(Access::none, Token(5))).ok());  // none is asked for
  }
}

}  // namespace
}  // namespace ub
