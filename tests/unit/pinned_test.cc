// Existing memory: pinned, exposed with what is in it, and the user's own again afterwards.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "tests/pair.h"

namespace ub {
namespace {

using test::code;
using test::must;
using test::now;

constexpr std::size_t kSize = 3 * 4096;

struct Pages {
  Pages() : data(static_cast<std::byte*>(std::aligned_alloc(4096, kSize))) { std::memset(data, 7, kSize); }
  ~Pages() { std::free(data); }
  std::span<std::byte> span() const { return {data, kSize}; }
  std::byte* data;
};

TEST_CASE("pinned: what is exposed has the user's data; peers' ops show in it, and stay in it") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pages pages;
    {
      Fabric home = must(Fabric::open(url, {.rank = Rank(0)})),
             peer = must(Fabric::open(url, {.rank = Rank(1)}));
      REQUIRE(home.caps().pins);
      REQUIRE(home.caps().exposes_pinned);
      const Segment s = must(home.expose("mine", must(home.pin(pages.span()))));
      CHECK(s.local_view().data() == pages.data);
      CHECK(s.size() == kSize);
      const RemoteSegment r = must(peer.attach(0, "mine", now()));
      CHECK(r.load<std::uint8_t>(kSize - 1).value() == 7);
      CHECK(r.store<std::uint8_t>(1, 9).ok());
      CHECK(r.fetch_add<std::uint32_t>(4, 1).ok());
      CHECK(pages.data[1] == std::byte(9));
      pages.data[2] = std::byte(11);
      CHECK(r.load<std::uint8_t>(2).value() == 11);
    }
    CHECK(pages.data[0] == std::byte(7));
    CHECK(pages.data[1] == std::byte(9));
    CHECK(pages.data[4] == std::byte(8));
    CHECK(pages.data[kSize - 1] == std::byte(7));
    pages.data[0] = std::byte(1);
  }
}

TEST_CASE("pinned: a forked child has a copy of its own, and what it does to it is nobody's") {
  const Pages pages;
  Fabric home = must(Fabric::open("shm://pair"));
  const Segment s = must(home.expose("mine", must(home.pin(pages.span()))));
  const pid_t child = ::fork();
  if (child == 0) {
    const bool kept = pages.data[kSize - 1] == std::byte(7);
    pages.data[0] = std::byte(1);
    ::_exit(kept ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(pages.data[0] == std::byte(7));
}

TEST_CASE("pinned: a forked child does with its copy as it likes, and forks") {
  void* p = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  {
    Fabric home = must(Fabric::open("shm://pair"));
    const Segment s = must(home.expose("mine", must(home.pin({static_cast<std::byte*>(p), kSize}))));
    const pid_t child = ::fork();
    if (child == 0) {
      ::mprotect(p, kSize, PROT_NONE);
      const pid_t grandchild = ::fork();
      if (grandchild == 0) ::_exit(0);
      int status = -1;
      ::_exit(::waitpid(grandchild, &status, 0) == grandchild && status == 0 ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  ::munmap(p, kSize);
}

TEST_CASE("pinned: whatever a peer was told is written is in the memory when the segment has ended") {
  constexpr std::size_t kMuch = 1 << 20;
  for (const std::string& url : test::kUrls)
    for (int round = 0; round < 10; ++round) {
      CAPTURE(url);
      const bool leaves = round % 2 != 0;
      CAPTURE(leaves);
      void* p = ::mmap(nullptr, kMuch, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      auto* const words = static_cast<std::uint64_t*>(p);
      Fabric home = must(Fabric::open(url, {.rank = Rank(0)})),
             peer = must(Fabric::open(url, {.rank = Rank(1)}));
      Segment s = must(home.expose("mine", must(home.pin({static_cast<std::byte*>(p), kMuch}))));
      const RemoteSegment r = must(peer.attach(0, "mine", now()));
      std::atomic<std::uint64_t> written{0};
      std::jthread writer([&] {
        std::vector<std::uint64_t> data(kMuch / 8);
        for (std::uint64_t i = 1;; ++i) {
          data.assign(data.size(), i);
          if (!r.write(0, data.data(), kMuch).ok()) return;
          written = i;
        }
      });
      while (written < 3) std::this_thread::yield();
      if (leaves) home.leave();
      s = {};
      writer.join();
      std::uint64_t oldest = ~0ull;
      for (std::size_t i = 0; i < kMuch / 8; ++i) oldest = std::min(oldest, words[i]);
      CHECK(oldest >= written);
      ::munmap(p, kMuch);
    }
}

alignas(4096) std::uint64_t initialised[512] = {1, 2, 3};
alignas(4096) std::uint64_t zeroed[512];
alignas(4096) const std::uint64_t constant[512] = {1, 2, 3};

TEST_CASE("pinned: static memory and a private mapping of a file are exposed with their contents") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const int fd = ::memfd_create("pinned", MFD_CLOEXEC);
    REQUIRE(fd >= 0);
    std::uint64_t words[512] = {5, 6, 7};
    REQUIRE(::pwrite(fd, words, sizeof words, 0) == ssize_t(sizeof words));
    void* const file = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    REQUIRE(file != MAP_FAILED);
    initialised[0] = 1;
    zeroed[0] = 0;
    for (std::uint64_t* const memory : {initialised, zeroed, static_cast<std::uint64_t*>(file)}) {
      const std::uint64_t before = memory[1], first = memory[0];
      {
        Fabric home = must(Fabric::open(url, {.rank = Rank(0)})),
               peer = must(Fabric::open(url, {.rank = Rank(1)}));
        const Segment s =
            must(home.expose("mine", must(home.pin({reinterpret_cast<std::byte*>(memory), 4096}))));
        const RemoteSegment r = must(peer.attach(0, "mine", now()));
        CHECK(r.load<std::uint64_t>(8).value() == before);
        CHECK(r.fetch_add<std::uint64_t>(0, 10).value() == first);
        CHECK(memory[0] == first + 10);
      }
      CHECK(memory[0] == first + 10);
      CHECK(memory[1] == before);
      memory[0] = first;
    }
    CHECK(::pread(fd, words, sizeof words, 0) == ssize_t(sizeof words));
    CHECK(words[0] == 5);  // what is stored in private pages never reaches the file
    ::munmap(file, 4096);
    ::close(fd);
  }
  Fabric home = must(Fabric::open("shm://pair"));
  auto* const read_only = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(constant));
  const auto refused = home.expose("s", must(home.pin({read_only, 4096})));
  REQUIRE(code(refused) == Code::invalid_argument);
  CHECK(refused.error().message().find("static array") != std::string::npos);
}

TEST_CASE("pinned: what cannot be a segment is refused, and left alone") {
  const Pages pages;
  Fabric home = must(Fabric::open("shm://pair"));
  CHECK(code(home.expose("none", Pinned())) == Code::invalid_argument);
  CHECK(code(home.pin({})) == Code::invalid_argument);
  const auto expose = [&](std::span<std::byte> memory) {
    return code(home.expose("s", must(home.pin(memory))));
  };
  CHECK(expose(pages.span().subspan(64)) == Code::invalid_argument);
  CHECK(expose(pages.span().first(4096 + 64)) == Code::invalid_argument);
  void* shared = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(expose({static_cast<std::byte*>(shared), 4096}) == Code::invalid_argument);
  ::munmap(shared, 4096);
  CHECK(expose({static_cast<std::byte*>(shared), 4096}) == Code::invalid_argument);  // not there
  void* fixed = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(expose({static_cast<std::byte*>(fixed), 4096}) == Code::invalid_argument);
  ::munmap(fixed, 4096);
  Fabric other = must(Fabric::open("shm://pair"));
  CHECK(code(other.expose("s", must(home.pin(pages.span())))) == Code::invalid_argument);
  CHECK(pages.data[0] == std::byte(7));
  CHECK(expose(pages.span()) == Code::ok);
}

TEST_CASE("pinned: a handle keeps its pin, copied or moved; a fabric that was left pins nothing") {
  const Pages pages;
  Fabric home = must(Fabric::open("shm://pair"));
  Pinned pin = must(home.pin(pages.span()));
  const Pinned copy = pin;
  pin = {};
  CHECK(pin.memory().empty());
  CHECK(copy.memory().data() == pages.data);
  home.leave();
  CHECK(code(home.pin(pages.span())) == Code::not_joined);
}

}  // namespace
}  // namespace ub
