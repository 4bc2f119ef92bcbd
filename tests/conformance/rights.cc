// Rights: every set of them, granted by the home or asked for by the attachment, against every op; and tokens. What changes
// rights while attachments are there belongs here, too.
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
  on_every_transport("tokens", [](const World& w) {
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

}  // namespace ub::conformance
