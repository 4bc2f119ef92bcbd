// A home whose process is stopped: the ops that its Caps name are still served.
#include "world.h"

namespace ub::conformance {

TEST_CASE(
    "stopped: a home that is stopped delays no op that its Caps say it serves, and finds its memory as they "
    "left it") {
  with_homes_here("stopped", [](const World& w) {
    if (!w.has(w.caps.stopped_target_serves, "stopped_target_serves", "a home that is stopped")) return;
    Far home(Far::beside());
    World apart = w;
    apart.far = &home;
    Bench b(apart);
    b.check_every_op();  // makes connections that must exist before the stop
    home.stop();
    unsigned served = 0;
    for (const Step& s : all_steps(128)) {
      if (!w.caps.serves_stopped(s.op)) continue;
      for (const Form form : kForms) {
        if (!has_form(form, s.op)) continue;
        INFO(name(form), " ", describe(s));
        const Outcome got = perform(form, b.remote, b.queue, s);
        w.ran(s.op, got.status.code());
        REQUIRE(got.status.code() == Code::ok);
        b.check_outcome(s, got);
        ++served;
      }
    }
    home.go_on();
    CHECK(served != 0);
    b.check_memory();
    b.check_every_op();
  });
}

}  // namespace ub::conformance
