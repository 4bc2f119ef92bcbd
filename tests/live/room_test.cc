// A place that is full, tiny, missing, or not ours: one clear line, nothing left behind, and no SIGBUS.
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

// "ok", or the code and a word on whether the message is one line with an advice.
template <class T> std::string told(const Expected<T>& e) {
  if (e.ok()) return "ok";
  const Failure& f = e.error();
  const bool clear =
      !f.advice.empty() && f.message().find('\n') == std::string::npos && f.message().size() < 400;
  return std::string(name(f.code())) + (clear ? "" : " unclear: " + f.message());
}

// Goes to a mount namespace of its own, where it has a tmpfs of that size.
const test::Role tiny_role("tiny", [](const test::Args& args) {
  const std::string folder = std::getenv("UB_SHM_DIR") + std::string("/tiny");
  ::mkdir(folder.c_str(), 0700);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + args[0]).c_str()) != 0)
    return test::say("no mounts here"), 0;
  ::setenv("UB_SHM_DIR", folder.c_str(), 1);
  test::say("mounted");
  {
    auto f = Fabric::open(args[1]);
    test::say("open " + told(f));
    if (f.ok()) {
      std::vector<Segment> segments;
      test::say("expose 1 GiB: " + told(f->expose("big", 1 << 30)));
      Expected<Segment> s = f->expose("s0", 64 << 10);
      for (int i = 1; s.ok(); ++i) {
        std::memset(s->local_view().data(), 1, s->local_view().size());  // every page is there
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

std::vector<std::string> tiny(const std::string& size, const std::string& url) {
  Child c("tiny", {size, url});
  std::vector<std::string> lines{c.line()};
  if (lines[0] != "mounted") {
    MESSAGE("skipped: only root may mount a small tmpfs");
    return {};
  }
  while (!lines.back().starts_with("left")) lines.push_back(c.line());
  CHECK(c.end() == 0);
  lines.erase(lines.begin());
  return lines;
}

TEST_CASE("room: a tmpfs that is too small for the board, or for a segment") {
  using Lines = std::vector<std::string>;
  for (const std::string size : {"4k", "64k"}) {
    const Lines said = tiny(size, "shm://small");
    if (!said.empty()) CHECK(said == Lines{"open no_memory", "left 0"});
  }
  for (const std::string url : {"shm://small?ranks=8", "emu://small?machine=mesh:2x2"}) {
    const Lines said = tiny("1m", url);
    if (!said.empty())
      CHECK(said == Lines{"open ok", "expose 1 GiB: no_memory", "expose until it is full: no_memory",
                          "with room again: ok", "left 0"});
  }
  std::filesystem::remove(std::getenv("UB_SHM_DIR") + std::string("/tiny"));
}

struct Elsewhere {
  explicit Elsewhere(const std::string& path) { ::setenv("UB_SHM_DIR", path.c_str(), 1); }
  ~Elsewhere() { ::setenv("UB_SHM_DIR", before.c_str(), 1); }
  std::string before = std::getenv("UB_SHM_DIR");
};

// As an ordinary user, in a folder that is not for it.
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
  std::string folder = "/dev/shm/ub-test.XXXXXX";  // not below ours: the way there is closed
  REQUIRE(::mkdtemp(folder.data()));
  ::chmod(folder.c_str(), 01777);
  CHECK(Child("nobody", {folder}).line() == "ok, ok, ok");
  std::filesystem::remove_all(folder + "/ub-65534");
  ::mkdir((folder + "/ub-65534").c_str(), 0777);
  ::chmod((folder + "/ub-65534").c_str(), 0777);
  CHECK(Child("nobody", {folder}).line() == "no_permission, no_permission, no_permission");
  // Nor does root use what somebody else made for it, though it could.
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
  CHECK(a.store((3 << 20) - 8, std::uint64_t(9)).ok());
  CHECK(s.local_view()[(3 << 20) - 8] == std::byte(9));
  CHECK(must(f.expose("plain", 64)).pages_note().empty());
}

}  // namespace
}  // namespace ub
