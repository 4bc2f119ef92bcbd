// Order within one queue to one home: none, relaxed, strong, fence. Only ops that must wait do wait.
#include "world.h"

namespace ub::conformance {
// The table of ub_queue(3):  0 write relaxed · 1 write strong · 2 read · 3 write, fence · 4 read
TEST_CASE("order: the worked example of five ops") {
  on_every_transport("order", [](const World& w) {
    Bench b(w);
    constexpr std::uint64_t kX = 0, kY = 8;
    int slow = 0, passed = 0;
    for (std::uint64_t i = 0; i < std::uint64_t(w.times(500)); ++i) {
      const std::uint64_t first = 2 * i + 1, second = 2 * i + 2, y = i + 1;
      std::uint64_t before = ~0ull, any = ~0ull;
      REQUIRE(b.queue.write(b.remote, kX, &first, 8, {.tag = 0, .order = Order::relaxed}).ok());
      REQUIRE(b.queue.write(b.remote, kX, &second, 8, {.tag = 1, .order = Order::strong}).ok());
      REQUIRE(b.queue.read(b.remote, kY, &before, 8, {.tag = 2}).ok());
      REQUIRE(b.queue.write(b.remote, kY, &y, 8, {.tag = 3, .fence = true}).ok());
      REQUIRE(b.queue.read(b.remote, kX, &any, 8, {.tag = 4}).ok());
      std::array<Completion, 5> done;
      REQUIRE(b.queue.flush().ok());
      REQUIRE(b.queue.poll(done) == 5);
      std::array<std::size_t, 5> place{};
      for (std::size_t k = 0; k < 5; ++k) {
        REQUIRE(w.ran(done[k].tag == 2 || done[k].tag == 4 ? Op::read : Op::write, done[k].status).ok());
        place[done[k].tag] = k;
        if (done[k].tag != 0 || done[k].attempts == 1) continue;
        ++slow;  // op 1 was held back for a while, so that others may have passed it
      }
      CHECK(place[0] < place[1]);
      CHECK(place[2] < place[3]);
      CHECK(before == i);           // op 3 started after op 2 had ended
      CHECK(b.word(kX) == second);  // and op 1 after op 0, however late a copy of op 0 arrives
      CHECK(b.word(kY) == y);
      CHECK((any == 2 * i || any == first || any == second));
      passed += place[2] < place[1] || place[4] < place[3];
    }
    if (slow >= 5) CHECK(passed > 0);
  });
}

TEST_CASE("order: strong ops are executed in the order of their posts, as anybody can see") {
  on_every_transport("order", [](const World& w) {
    Bench b(w);
    const std::uint64_t posts = std::uint64_t(w.times(1500));
    std::uint64_t posted = 0, completed = 0, seen = 0, strange = 0;
    std::array<Completion, 8> done;
    while (completed < posts) {
      while (posted < posts) {
        const PostOptions strong{.tag = posted, .order = Order::strong};
        const Status s = posted % 2 == 0
                             ? b.queue.store<std::uint64_t>(b.remote, 0, posted + 1, strong)
                             : b.queue.atomic<std::uint64_t>(Op::fetch_add, b.remote, 0, 1, strong);
        if (!s.ok()) break;
        ++posted;
      }
      const std::uint64_t now = b.word(0);
      strange += now < seen || now > posted;
      seen = now;
      const std::size_t n = b.queue.poll(done);
      for (std::size_t i = 0; i < n; ++i, ++completed) {
        REQUIRE(w.ran(done[i].tag % 2 == 0 ? Op::store : Op::fetch_add, done[i].status).ok());
        CHECK(done[i].tag == completed);
        if (done[i].tag % 2 == 1) CHECK(done[i].value == done[i].tag);
      }
    }
    CHECK(strange == 0);
    CHECK(b.word(0) == posts);
  });
}

TEST_CASE("order: a strong op comes after all relaxed ones, and a fence after all that fetch") {
  on_every_transport("order", [](const World& w) {
    Bench b(w);
    std::array<Completion, 16> done;
    for (std::uint64_t i = 1; i <= std::uint64_t(w.times(300)); ++i) {
      std::uint64_t old[4];
      for (std::uint64_t k = 1; k <= 4; ++k)
        REQUIRE(b.queue.store<std::uint64_t>(b.remote, 8 * k, i, {.tag = k, .order = Order::relaxed}).ok());
      REQUIRE(b.queue.store<std::uint64_t>(b.remote, 0, i, {.tag = 0, .order = Order::strong}).ok());
      for (std::uint64_t k = 0; k < 4; ++k)
        REQUIRE(b.queue.read(b.remote, 64 + 8 * k, &old[k], 8, {.tag = 10 + k}).ok());
      for (std::uint64_t k = 0; k < 4; ++k)
        REQUIRE(b.queue.store<std::uint64_t>(b.remote, 64 + 8 * k, i, {.tag = 5, .fence = true}).ok());
      std::size_t n = 0, early = 0;
      for (;;) {
        const std::uint64_t flag = b.word(0);
        for (std::uint64_t k = 1; k <= 4; ++k) early += b.word(8 * k) < flag;
        n += b.queue.poll(std::span(done).subspan(n));
        if (n == 13) break;
      }
      CHECK(early == 0);
      for (const Completion& c : std::span(done).first(n))
        REQUIRE(w.ran(c.tag >= 10 ? Op::read : Op::store, c.status).ok());
      for (const std::uint64_t o : old) CHECK(o == i - 1);
    }
  });
}

}  // namespace ub::conformance
