// Random ops against the reference: one by one in every form, and many in flight in a queue, all strong, which must have the
// same result.
#include "tests/seed.h"
#include "world.h"

namespace ub::conformance {
namespace {

using test::Random;

// Mostly valid steps, sometimes invalid ones.
Step random_step(Random& random, const std::vector<Step>& kinds, std::uint64_t size) {
  Step s = kinds[random.below(kinds.size())];
  const std::uint64_t unit = s.size == 0 || random.below(20) == 0 ? 1 : s.size;
  s.offset = random.below(random.below(20) == 0 ? 2 * size : size) / unit * unit;
  s.value = random() >> random.below(64);
  s.compare = random.below(3);
  s.mask = random();
  s.compare_mask = random.below(4);
  s.compare16 = {random.below(2), 0};
  s.desired16 = {random.below(2), random.below(2)};
  s.length = s.op == Op::read ? random.below(200) : 0;
  if (s.op == Op::write || s.op == Op::write_signal) s.data = pattern(random.below(200), random());
  s.signal_offset = random.below(size / 8) * 8;
  return s;
}

// Makes half of the compares succeed.
void aim(Random& random, const Model& model, Step& s) {
  if (s.size == 0 || s.offset + s.size > model.memory.size() || random.below(2) == 0) return;
  if (s.size == 16)
    s.compare16 = {model.word(s.offset, 8), model.word(s.offset + 8, 8)};
  else
    s.compare = model.word(s.offset, s.size);
}

}  // namespace

TEST_CASE("random: one op after the other, in any form") {
  on_every_transport("random", [](const World& w) {
    Random random("conformance, one by one", 20261122);
    Bench b(w, {.size = 1024});
    const std::vector<Step> kinds = all_steps(0);
    for (int i = 0; i < w.times(6000); ++i) {
      Step s = random_step(random, kinds, 1024);
      aim(random, b.model, s);
      const Form form = kForms[random.below(3)];
      b.check(has_form(form, s.op) ? form : Form::plain, s);
    }
  });
}

TEST_CASE("random: many strong ops at once come to the same as one by one") {
  on_every_transport("random", [](const World& w) {
    Random random("conformance, many at once", 20261123);
    Bench b(w, {.size = 256});
    const std::vector<Step> kinds = all_steps(0);
    for (int round = 0; round < w.times(300); ++round) {
      constexpr std::size_t kMany = 24;
      std::vector<Step> steps;
      while (steps.size() < kMany) {
        Step s = random_step(random, kinds, 256);
        if (!has_form(Form::queued, s.op) || b.model.may_end(s, Access::all).front() != Code::ok) continue;
        s.compare = random.below(4);
        steps.push_back(std::move(s));
      }
      std::vector<Outcome> got(kMany);
      for (std::size_t i = 0; i < kMany; ++i)
        REQUIRE(post(b.queue, b.remote, steps[i], got[i].data, {.tag = i, .order = Order::strong}).ok());
      REQUIRE(b.queue.flush().ok());
      Completion done;
      while (b.queue.poll({&done, 1}) == 1) {
        REQUIRE(w.ran(steps[done.tag].op, done.status).ok());
        take(done, steps[done.tag], got[done.tag]);
      }
      for (std::size_t i = 0; i < kMany; ++i) {
        INFO(describe(steps[i]));
        b.check_outcome(steps[i], got[i]);
      }
      b.check_memory();
    }
  });
}

}  // namespace ub::conformance
