// Existing memory: pinned, for bulk ops from and to it; exposed, with its contents.
#include <algorithm>

#include "world.h"

namespace ub::conformance {
namespace {

constexpr std::size_t kSize = 1 << 16;

// The program's own memory, aligned as the transport requires.
struct Own {
  explicit Own(const World& w) : room(kSize + w.caps.pin_alignment) {
    const auto at = reinterpret_cast<std::uintptr_t>(room.data()),
               unit = std::uintptr_t(w.caps.pin_alignment);
    memory = std::span(room).subspan((unit - at % unit) % unit, kSize);
    const auto data = pattern(kSize, 3);
    std::copy(data.begin(), data.end(), memory.begin());
  }
  std::vector<std::byte> room;
  std::span<std::byte> memory;
};

}  // namespace

TEST_CASE("pinned: bulk ops go from pinned memory and to it") {
  with_homes_here("pinned", [](const World& w) {
    Bench b(w, {.size = kSize});
    const Own own(w);
    if (!w.has(w.caps.pins, "pins", "pinning memory")) {
      CHECK(test::code(b.peer.pin(own.memory)) == Code::unsupported);
      return;
    }
    const Pinned pinned = test::must(b.peer.pin(own.memory));
    CHECK(pinned.memory().data() == own.memory.data());
    REQUIRE(w.ran(Op::write, b.remote.write(0, pinned.memory().data(), kSize)).ok());
    CHECK(same(b.memory(), own.memory));
    std::fill(own.memory.begin(), own.memory.end(), std::byte());
    REQUIRE(w.ran(Op::read, b.remote.read(0, pinned.memory().data(), kSize)).ok());
    CHECK(same(own.memory, pattern(kSize, 3)));
  });
}

TEST_CASE(
    "pinned: what is exposed has the program's data; ops show in it, and stay when the segment has gone") {
  with_homes_here("pinned", [](const World& w) {
    const Own own(w);
    std::vector<std::byte> expected;
    {
      Bench b(w);
      if (!w.has(w.caps.exposes_pinned, "exposes_pinned", "exposing existing memory")) return;
      const Pinned pinned = test::must(b.home.pin(own.memory));
      b.segment = test::must(b.home.expose("own", pinned, w.certain()));
      b.remote = test::must(b.peer.attach(0, "own"));
      CHECK(b.memory().data() == own.memory.data());
      b.model = Model(kSize, w.caps);
      std::copy(own.memory.begin(), own.memory.end(), b.model.memory.begin());
      b.check_memory();
      b.check_every_op();
      expected = b.model.memory;
    }
    CHECK(same(own.memory, expected));
  });
}

}  // namespace ub::conformance
