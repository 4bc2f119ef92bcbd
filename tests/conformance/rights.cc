// Rights: every set, granted by the home or requested by the attachment, against every op; and tokens. Then changes by the
// home while peers are attached: after the change has returned, nothing is executed under an old right.
#include <algorithm>
#include <thread>

#include "world.h"

namespace ub::conformance {
TEST_CASE("rights: what the home grants is allowed, and nothing else") {
  on_every_transport("rights", [](const World& w) {
    for (unsigned set = 0; set < 8; ++set) {
      CAPTURE(set);
      Bench b(w, {.expose = {.access = Access(set)}});
      CHECK(b.remote.access() == Access(set));
      b.check_every_op();
      for (unsigned more = 1; more < 8; ++more)
        if ((more & ~set) != 0)
          CHECK(test::code(b.peer.attach(0, "bench", test::now(Access(more)))) == Code::access_denied);
    }
  });
}

TEST_CASE("rights: an attachment has those that it asks for, and no more") {
  on_every_transport("rights", [](const World& w) {
    for (unsigned set = 1; set < 8; ++set) {
      CAPTURE(set);
      Bench b(w, {.attach = {.access = Access(set)}});
      CHECK(b.remote.access() == Access(set));
      b.check_every_op();
    }
  });
}

TEST_CASE("rights: a token opens, a wrong one does not, by name or by address") {
  with_homes_here("tokens", [](const World& w) {
    Bench b(w, {.expose = {.token = Token(77)}, .attach = {.token = Token(77)}});
    b.check_every_op();
    for (const Token wrong : {Token(), Token(76)}) {
      CHECK(test::code(b.peer.attach(0, "bench", test::now(Access::none, wrong))) == Code::access_denied);
      CHECK(test::code(b.peer.attach(b.segment.address(), test::now(Access::none, wrong))) ==
            Code::access_denied);
    }
    CHECK(b.peer.attach(b.segment.address(8), {.token = Token(77)}).ok());
    b.check_memory();
  });
}

TEST_CASE(
    "rights: what the home takes away is denied, what is left works, and what it gives back works again") {
  on_every_transport("revoke", [](const World& w) {
    for (const bool mapped : {true, false}) {
      if (!mapped && !w.caps.direct) continue;  // without direct ops the check would repeat
      Bench b(w, {.expose = {.never_mapped = !mapped}});
      for (unsigned set = 1; set < 8; ++set) {
        CAPTURE(set);
        REQUIRE(b.revoke(Access(set)).ok());
        b.rights = Access(7 & ~set);
        if (!w.far) CHECK(b.segment.access() == b.rights);
        b.check_every_op();
        CHECK(test::code(b.peer.attach(0, "bench", test::now(Access(set)))) == Code::access_denied);
        REQUIRE(b.grant(Access(set)).ok());
        b.rights = Access::all;
        b.check_every_op();
      }
    }
  });
}

TEST_CASE(
    "rights: when a right has been taken away, nothing under it is executed any more; who was late is told") {
  on_every_transport("revoke", [](const World& w) {
    for (const bool certain : {true, false})
      for (int round = 0; round < 10; ++round) {
        Bench b(w, {.expose = {.single_writer = !certain}, .certain = certain});
        constexpr std::uint64_t kPosts = 16;
        for (std::uint64_t i = 0; i < kPosts; ++i)
          REQUIRE(b.queue.store<std::uint64_t>(b.remote, 8 * i, i + 1, {.tag = i}).ok());
        REQUIRE(b.revoke(Access::write).ok());
        std::copy(b.memory().begin(), b.memory().end(), b.model.memory.begin());
        REQUIRE(b.queue.flush().ok());
        b.check_memory();
        std::array<Completion, kPosts> done;
        REQUIRE(b.queue.poll(done) == kPosts);
        for (const Completion& c : done) {
          const Code ended = w.ran(Op::store, c.status).code();
          const bool stored = b.word(8 * c.tag) == c.tag + 1;
          INFO("certain: ", certain, ", stored: ", stored, ", attempts: ", c.attempts);
          if (ended == Code::outcome_unknown)
            CHECK(w.caps.in_doubt);
          else
            CHECK(ended == (stored ? Code::ok : Code::access_denied));
        }
      }
  });
}

TEST_CASE("rights: threads that never stop writing change nothing once their right has been taken away") {
  on_every_transport("revoke", [](const World& w) {
    Bench b(w, {.size = 1 << 16});
    std::atomic<bool> stop{false};
    std::vector<std::thread> writers;
    for (unsigned t = 0; t < 3; ++t)
      writers.emplace_back([&b, &stop, t] {
        std::vector<std::uint64_t> data(t == 2 ? 4096 : 8);
        for (std::uint64_t i = 1; !stop; ++i) {
          data.assign(data.size(), i);
          if (t == 0)
            (void)b.remote.store<std::uint64_t>(0, i);
          else
            (void)b.remote.write(4096 * t, data.data(), data.size() * 8);
        }
      });
    for (int round = 0; round < 5; ++round) {
      for (const std::uint64_t seen = b.word(0); b.word(0) == seen;) std::this_thread::yield();
      const Status revoked = b.revoke(Access::write);
      CHECK(revoked.ok());
      if (!revoked.ok()) break;
      std::copy(b.memory().begin(), b.memory().end(), b.model.memory.begin());
      for (int i = 0; i < 5; ++i) std::this_thread::yield();
      b.check_memory();
      CHECK(b.grant(Access::write).ok());
    }
    stop = true;
    for (std::thread& t : writers) t.join();
  });
}

TEST_CASE("rights: tokens rotate; who does not move on is shut out, and let in again with the old one") {
  with_homes_here("tokens", [](const World& w) {
    Bench b(w, {.expose = {.token = Token(1)}, .attach = {.token = Token(1)}});
    const auto attach = [&](std::uint32_t token) {
      return test::code(b.peer.attach(0, "bench", test::now(Access::none, Token(token))));
    };
    REQUIRE(b.segment.rotate(Token(2)).ok());
    b.check_every_op();  // both tokens are valid
    CHECK(attach(1) == Code::ok);
    CHECK(attach(2) == Code::ok);
    CHECK(attach(3) == Code::access_denied);
    CHECK(b.segment.rotate(Token(3)).code() == Code::busy);
    REQUIRE(b.segment.revoke(Token(1)).ok());
    b.rights = Access::none;
    b.check_every_op();
    CHECK(attach(1) == Code::access_denied);
    CHECK(b.segment.revoke(Token(2)).code() == Code::invalid_argument);  // it is the only token
    b.remote = test::must(b.peer.attach(0, "bench", {.token = Token(2)}));
    b.rights = Access::all;
    b.check_every_op();
  });
}

}  // namespace ub::conformance
