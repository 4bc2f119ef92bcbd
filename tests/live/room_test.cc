// A folder that is full, tiny, missing, or of another user: an error of one line, nothing left behind, and no SIGBUS.
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/live/child.h"
#include "tests/place.h"

namespace ub {
namespace {

using test::Child;
using test::code;
using test::must;

// "ok", or the code, and whether the message is one line with advice.
template <class T> std::string told(const Expected<T>& e) {
  if (e.ok()) return "ok";
  const Failure& f = e.error();
  const bool clear =
      !f.advice.empty() && f.message().find('\n') == std::string::npos && f.message().size() < 400;
  return std::string(name(f.code())) + (clear ? "" : " unclear: " + f.message());
}

// Enters its own mount namespace, and mounts a tmpfs of that size there.
bool mount_tiny(const std::string& size) {
  const std::string folder = std::getenv("UB_SHM_DIR") + std::string("/tiny");
  ::mkdir(folder.c_str(), 0700);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0)
    return false;
  return ::setenv("UB_SHM_DIR", folder.c_str(), 1) == 0;
}

const test::Role tiny_role("tiny", [](const test::Args& args) {
  if (!mount_tiny(args[0])) return test::say("no mounts here"), 0;
  test::say("mounted");
  {
    auto f = Fabric::open(args[1]);
    test::say("open " + told(f));
    if (f.ok()) {
      std::vector<Segment> segments;
      test::say("expose 1 GiB: " + told(f->expose("big", 1 << 30)));
      Expected<Segment> s = f->expose("s0", 64 << 10);
      for (int i = 1; s.ok(); ++i) {
        std::memset(s->local_view().data(), 1, s->local_view().size());  // every page exists
        segments.push_back(*s);
        s = f->expose("s" + std::to_string(i), 64 << 10);
      }
      test::say("expose until it is full: " + told(s));
      segments.pop_back();
      test::say("with room again: " + told(f->expose("again", 64 << 10)));
    }
  }
  test::say("left " + std::to_string(test::left_behind().size()));
  return 0;
});

// The lines that such a role prints after "mounted"; none where it cannot mount.
std::vector<std::string> told_in_tiny(const std::string& role, const test::Args& args) {
  Child c(role, args);
  std::vector<std::string> lines{c.line()};
  if (lines[0] != "mounted") {
    MESSAGE("skipped: only root may mount a small tmpfs");
    return {};
  }
  while (!lines.back().starts_with("left")) lines.push_back(c.line());
  CHECK(c.end() == 0);
  lines.erase(lines.begin());
  std::filesystem::remove(std::getenv("UB_SHM_DIR") + std::string("/tiny"));
  return lines;
}

TEST_CASE("room: a tmpfs that is too small for the board, or for a segment") {
  using Lines = std::vector<std::string>;
  for (const std::string size : {"4k", "64k"}) {
    const Lines said = told_in_tiny("tiny", {size, "shm://small"});
    if (!said.empty()) CHECK(said == Lines{"open no_memory", "left 0"});
  }
  for (const std::string url : {"shm://small?ranks=8", "emu://small?machine=mesh:2x2"}) {
    const Lines said = told_in_tiny("tiny", {"1m", url});
    if (!said.empty())
      CHECK(said == Lines{"open ok", "expose 1 GiB: no_memory", "expose until it is full: no_memory",
                          "with room again: ok", "left 0"});
  }
  const Lines said = told_in_tiny("tiny", {"1m", "emu://small?machine=ubmesh-superpod"});
  if (!said.empty()) CHECK(said == Lines{"open no_memory", "left 0"});
}

// In such a folder: fills it up to the last page, and lets ranks join.
const test::Role late_role("late", [](const test::Args& args) {
  if (!mount_tiny(args[0])) return test::say("no mounts here"), 0;
  test::say("mounted");
  const std::string url = "shm://late?ranks=16";
  const auto join = [&](unsigned rank) { return Fabric::open(url, {.rank = Rank(rank)}); };
  {
    Fabric f = must(join(0));
    std::vector<Segment> segments;
    unsigned exposed = 0;
    const auto fill = [&] {
      for (const std::uint64_t size : {64u << 10, 64u})
        for (;;) {
          auto s = f.expose("s" + std::to_string(exposed++), size);
          if (!s.ok()) break;
          segments.push_back(*s);
        }
    };
    fill();
    test::say("the first, while it is full: " + told(join(1)));
    const auto seen = inspect();
    test::say("who looks sees " + std::to_string(must(seen)[0].ranks.size()));
    segments.erase(segments.begin());
    { test::say("with room again: " + told(join(1))); }
    fill();
    test::say("it comes back, while it is full: " + told(join(1)));
    test::say("another: " + told(join(2)));
    test::say("the home: " + told(f.attach(0, "s1")));
  }
  test::say("left " + std::to_string(test::left_behind().size()));
  return 0;
});

TEST_CASE("room: a rank that joins for the first time has its pages before it is there, or is refused") {
  const auto said = told_in_tiny("late", {"2m"});
  if (said.empty()) return;
  const std::vector<std::string> expected{"the first, while it is full: no_memory",
                                          "who looks sees 1",
                                          "with room again: ok",
                                          "it comes back, while it is full: ok",
                                          "another: no_memory",
                                          "the home: ok",
                                          "left 0"};
  REQUIRE(said.size() == expected.size());
  for (std::size_t i = 0; i < said.size(); ++i) CHECK(said[i] == expected[i]);
}

TEST_CASE("room: a machine has memory for the ranks that are there, whatever it has room for") {
  const Fabric f = must(Fabric::open("emu://pods?machine=ubmesh-superpod", {.rank = Rank(0)}));
  const auto bytes = [] { return must(inspect("pods")).shm_bytes; };
  const std::uint64_t alone = bytes();
  CHECK(alone < 16 << 20);  // of 9,344 ranks at 8 KiB each there would be 73 MiB
  const Fabric g = must(Fabric::open("emu://pods", {.rank = Rank(8191)}));
  CHECK(bytes() == alone + 8192);
}

struct Elsewhere {
  explicit Elsewhere(const std::string& path) { ::setenv("UB_SHM_DIR", path.c_str(), 1); }
  ~Elsewhere() { ::setenv("UB_SHM_DIR", before.c_str(), 1); }
  std::string before = std::getenv("UB_SHM_DIR");
};

// Uses the folder args[0] as an ordinary user.
const test::Role nobody_role("nobody", [](const test::Args& args) {
  if (::setresgid(65534, 65534, 65534) != 0 || ::setresuid(65534, 65534, 65534) != 0)
    return test::say("no other user here"), 0;
  ::setenv("UB_SHM_DIR", args[0].c_str(), 1);
  test::say(told(Fabric::open("shm://x")) + ", " + told(inspect()) + ", " + told(clean()));
  return 0;
});

TEST_CASE("room: other users are refused, and refuse a folder that somebody else made for them") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root may become somebody else");
    return;
  }
  CHECK(Child("nobody", {std::getenv("UB_SHM_DIR")}).line() == "no_permission, no_permission, no_permission");
  std::string folder = "/dev/shm/ub-test.XXXXXX";  // other users cannot enter the test's own folder
  REQUIRE(::mkdtemp(folder.data()));
  ::chmod(folder.c_str(), 01777);
  CHECK(Child("nobody", {folder}).line() == "ok, ok, ok");
  std::filesystem::remove_all(folder + "/ub-65534");
  ::mkdir((folder + "/ub-65534").c_str(), 0777);
  ::chmod((folder + "/ub-65534").c_str(), 0777);
  CHECK(Child("nobody", {folder}).line() == "no_permission, no_permission, no_permission");
  // Root does not use a folder that another user made for it, although it could.
  const std::string own = folder + "/ub-" + std::to_string(::geteuid());
  ::mkdir(own.c_str(), 0700);
  REQUIRE(::chown(own.c_str(), 65534, 65534) == 0);
  {
    const Elsewhere e(folder);
    CHECK(told(Fabric::open("shm://x")) == "no_permission");
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("room: folders that are missing, are files, are links, or are open to others") {
  const std::string here = std::getenv("UB_SHM_DIR"), own = "/ub-" + std::to_string(::geteuid());
  const auto everything_says = [](Code expected) {
    CHECK(told(Fabric::open("shm://x")) == name(expected));
    CHECK(told(inspect()) == name(expected));
    CHECK(told(clean()) == name(expected));
  };
  {
    const Elsewhere e(here + "/missing");
    everything_says(Code::not_found);
  }
  {
    const Elsewhere e("/proc/self/exe");
    everything_says(Code::system_error);
  }
  ::mkdir((here + "/other").c_str(), 0700);
  {
    const Elsewhere e(here + "/other");
    for (const unsigned mode : {0755u, 0770u, 0701u, 0777u}) {
      CAPTURE(mode);
      ::mkdir((here + "/other" + own).c_str(), 0700);
      ::chmod((here + "/other" + own).c_str(), mode);
      everything_says(Code::no_permission);
      ::rmdir((here + "/other" + own).c_str());
    }
    ::symlink(here.c_str(), (here + "/other" + own).c_str());
    CHECK(!Fabric::open("shm://x").ok());
    ::unlink((here + "/other" + own).c_str());
  }
  std::filesystem::remove_all(here + "/other");
}

TEST_CASE("room: more than there is, is refused before anything is filled") {
  Fabric f = must(Fabric::open("shm://big"));
  const auto before = std::filesystem::space(test::own_folder()).available;
  if (before < (1ull << 40)) CHECK(told(f.expose("s", 1ull << 40)) == "no_memory");
  CHECK(must(f.expose("s", 64)).valid());
  CHECK(test::left_behind().size() == 2);  // folder and board
}

TEST_CASE("room: huge pages, or a word on why there are none") {
  Fabric f = must(Fabric::open("shm://huge"));
  const Segment s = must(f.expose("s", 3 << 20, {.huge_pages = true}));
  CHECK((s.pages_note().empty() || s.pages_note().starts_with("no huge pages: ")));
  MESSAGE("huge pages: " << (s.pages_note().empty() ? "had" : s.pages_note()));
  const RemoteSegment a = must(f.attach(0, "s"));
  CHECK(a.store<std::uint64_t>((3 << 20) - 8, 9).ok());
  CHECK(s.local_view()[(3 << 20) - 8] == std::byte(9));
  CHECK(must(f.expose("plain", 64)).pages_note().empty());
}

}  // namespace
}  // namespace ub
