// Word ops: each op, size, sign and form, on operands that carry, borrow, wrap and differ in single bits, at every alignment
// and at the segment's end.
#include "world.h"

namespace ub::conformance {
namespace {

constexpr std::uint64_t kAt = 64;
constexpr std::uint64_t kOperands[] = {
    0, 1, ~0ull, 0x8000000080008080, 0x7fffffff7fff7f7f, 0x0123456789abcdef};

// One op on one old word, in each of its forms; with a match and mismatches if it compares.
void each_form(Bench& b, Step s, std::uint64_t old, std::uint64_t operand) {
  s.offset = kAt;
  s.value = operand;
  s.mask = 0xff00ff0000ff00ff;
  s.compare_mask = 0x00000000ffffff0f;
  s.desired16 = {operand, ~operand};
  for (const Form form : kForms) {
    if (!has_form(form, s.op)) continue;
    for (const std::uint64_t differs : {0ull, 1ull, 0x10ull, 1ull << 63}) {
      for (std::uint64_t at = kAt; at < kAt + 16; at += 8) b.put(at, old, 8);
      s.compare = old ^ differs;
      s.compare16 = {old, old ^ differs};
      b.check(form, s);
      if (s.op != Op::compare_swap && s.op != Op::masked_compare_swap && s.op != Op::compare_swap16) break;
    }
  }
}

}  // namespace

TEST_CASE(
    "words: each op, size, sign and form does what it says to the word, and nothing to its neighbours") {
  on_every_transport("words", [](const World& w) {
    Bench b(w);
    std::size_t round = 0;
    for (const Step& s : word_steps())
      for (const std::uint64_t old : kOperands)
        for (const std::uint64_t operand : kOperands)
          if (++round % (w.lossy() ? 13 : 1) == 0) each_form(b, s, old, operand);
  });
}

TEST_CASE("words: what is no integer travels as well") {
  struct Half {
    std::int8_t a, b;
    bool operator==(const Half&) const = default;
  };
  on_every_transport("words", [](const World& w) {
    Bench b(w);
    CHECK(w.ran(Op::store, b.remote.store<double>(8, -0.5)).ok());
    CHECK(w.ran(Op::load, b.remote.load<double>(8)).value() == -0.5);
    CHECK(w.ran(Op::store, b.remote.store<float>(16, 1e9f)).ok());
    CHECK(w.ran(Op::load, b.remote.load<float>(16, OpOptions{})).value() == 1e9f);
    CHECK(w.ran(Op::store, b.remote.store<Half>(22, {-1, 2})).ok());
    CHECK(w.ran(Op::load, b.remote.load<Half>(22)).value() == Half{-1, 2});
    CHECK(w.ran(Op::store, b.remote.store<bool>(25, true)).ok());
    CHECK(w.ran(Op::load, b.remote.load<bool>(25)).value());
  });
}

TEST_CASE("alignment: each offset around a boundary and around the end is done, misaligned or out of range") {
  on_every_transport("alignment", [](const World& w) {
    Bench b(w);
    const std::uint64_t size = b.remote.size();
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t i = 0; i < 16; ++i) offsets.push_back(kAt - 8 + i);
    for (std::uint64_t i = 0; i <= 32; ++i) offsets.push_back(size - 16 + i);
    for (const std::uint64_t far : {1ull << 32, 1ull << 63, ~0ull - 15, ~0ull - 7, ~0ull - 3, ~0ull})
      offsets.push_back(far);
    for (Step s : all_steps(kAt)) {
      if (s.size == 0) continue;
      for (const std::uint64_t offset : offsets)
        for (const Form form : kForms) {
          if (!has_form(form, s.op) || (w.lossy() && form != Form(offset % 3))) continue;
          s.offset = offset;
          b.check(form, s);
        }
    }
  });
}

}  // namespace ub::conformance
