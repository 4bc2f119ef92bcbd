// Every word op, on every size, by the direct path and by the slow one, against a plain reference.
#include <functional>
#include <type_traits>

#include "tests/pair.h"
#include "tests/seed.h"

namespace ub {
namespace {

using test::code;
using test::Pair;

// The same op on a local variable; sums wrap around.
template <class T> T reference(Op op, T old, T v) {
  using U = std::make_unsigned_t<T>;
  switch (op) {
    case Op::fetch_add:
      return T(U(old) + U(v));
    case Op::fetch_sub:
      return T(U(old) - U(v));
    case Op::fetch_and:
      return T(old & v);
    case Op::fetch_or:
      return T(old | v);
    case Op::fetch_xor:
      return T(old ^ v);
    default:
      return v;
  }
}

template <class T> Result<T> direct(const RemoteSegment& s, Op op, std::uint64_t at, T v) {
  switch (op) {
    case Op::fetch_add:
      return s.fetch_add<T>(at, v);
    case Op::fetch_sub:
      return s.fetch_sub<T>(at, v);
    case Op::fetch_and:
      return s.fetch_and<T>(at, v);
    case Op::fetch_or:
      return s.fetch_or<T>(at, v);
    case Op::fetch_xor:
      return s.fetch_xor<T>(at, v);
    default:
      return s.swap<T>(at, v);
  }
}

constexpr Op kFetching[] = {Op::fetch_add, Op::fetch_sub, Op::fetch_and,
                            Op::fetch_or,  Op::fetch_xor, Op::swap};

template <class T> T home_word(const Pair& p, std::uint64_t at) {
  T v;
  std::memcpy(&v, p.segment.local_view().data() + at, sizeof v);
  return v;
}

// A word and its neighbours, which no op on the word may change.
struct Neighbours {
  Neighbours(const Pair& p, std::uint64_t offset, std::size_t n) : pair(p), at(offset), size(n) {
    std::memset(p.segment.local_view().data() + at - 16, 0xa5, 16);
    std::memset(p.segment.local_view().data() + at + size, 0xa5, 16);
  }
  bool untouched() const {
    for (std::size_t i = 0; i < 16; ++i)
      if (pair.segment.local_view()[at - 16 + i] != std::byte(0xa5) ||
          pair.segment.local_view()[at + size + i] != std::byte(0xa5))
        return false;
    return true;
  }
  const Pair& pair;
  std::uint64_t at;
  std::size_t size;
};

template <class T> void loads_and_stores(const Pair& p, test::Random& random) {
  const std::uint64_t at = 64 + sizeof(T) * random.below(64 / sizeof(T));
  const Neighbours around(p, at, sizeof(T));
  const OpOptions slow{};
  T v, w;
  const std::uint64_t bits[2] = {random(), random()};
  std::memcpy(&v, &bits[0], sizeof v);
  std::memcpy(&w, &bits[1], sizeof w);
  const auto same = [](const T& a, const T& b) { return std::memcmp(&a, &b, sizeof a) == 0; };
  CHECK(p.remote.store<T>(at, v).ok());
  CHECK(same(home_word<T>(p, at), v));
  CHECK(same(p.remote.load<T>(at).value(), v));
  CHECK(same(p.remote.load<T>(at, slow).value(), v));
  CHECK(p.remote.store<T>(at, w, slow).ok());
  CHECK(same(home_word<T>(p, at), w));
  CHECK(same(p.remote.load<T>(at).value(), w));
  CHECK(around.untouched());
}

template <class T> void atomics(const Pair& p, test::Random& random) {
  const std::uint64_t at = 64 + sizeof(T) * random.below(64 / sizeof(T));
  const Neighbours around(p, at, sizeof(T));
  T word = T(random());
  REQUIRE(p.remote.store<T>(at, word).ok());
  const auto expect = [&](const Result<T>& r, T after) {
    CHECK(r.ok());
    CHECK(r.result == word);
    word = after;
    CHECK(home_word<T>(p, at) == word);
  };
  for (const Op op : kFetching) {
    CAPTURE(name(op));
    const T v = T(random()), w = T(random());
    expect(direct(p.remote, op, at, v), reference(op, word, v));
    expect(p.remote.atomic<T>(op, at, w, OpOptions{}), reference(op, word, w));
  }
  for (const bool match : {true, false}) {
    const T v = T(random()), w = T(random()), other = T(word ^ T(1 + random.below(1000)));
    expect(p.remote.compare_swap<T>(at, match ? word : other, v), match ? v : word);
    expect(p.remote.compare_swap<T>(at, match ? word : T(~word), w, OpOptions{}), match ? w : word);
  }
  const T v = T(random()), mask = T(random()), compare_mask = T(random()), noise = T(random());
  expect(p.remote.masked_swap<T>(at, v, mask), T((word & ~mask) | (v & mask)));
  // Equal to the word in the compared bits only.
  const T alike = T((word & compare_mask) | (noise & ~compare_mask));
  expect(p.remote.masked_compare_swap<T>(at, alike, noise, compare_mask, mask),
         T((word & ~mask) | (noise & mask)));
  const T one_bit = T(T(1) << random.below(8 * sizeof(T)));
  expect(p.remote.masked_compare_swap<T>(at, T(word ^ one_bit), v, one_bit, mask), word);
  expect(p.remote.masked_compare_swap<T>(at, noise, v, 0, T(~T(0))), v);  // compares nothing
  expect(p.remote.masked_swap<T>(at, noise, 0), word);                    // swaps nothing
  CHECK(around.untouched());
}

struct Eight {
  std::uint16_t a, b;
  float c;
};

TEST_CASE("words: loads and stores of every size and kind, both ways") {
  test::Random random("loads and stores");
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    CHECK(p.remote.direct() == url.starts_with("shm"));
    for (int i = 0; i < 200; ++i) {
      loads_and_stores<std::uint8_t>(p, random);
      loads_and_stores<signed char>(p, random);
      loads_and_stores<std::uint16_t>(p, random);
      loads_and_stores<std::int32_t>(p, random);
      loads_and_stores<float>(p, random);
      loads_and_stores<std::uint64_t>(p, random);
      loads_and_stores<double>(p, random);
      loads_and_stores<Eight>(p, random);
    }
  }
}

TEST_CASE("words: atomics of both sizes, signed and not, both ways") {
  test::Random random("atomics");
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    for (int i = 0; i < 200; ++i) {
      atomics<std::uint32_t>(p, random);
      atomics<std::int32_t>(p, random);
      atomics<std::uint64_t>(p, random);
      atomics<std::int64_t>(p, random);
    }
  }
}

TEST_CASE("words: a 16-byte compare-swap returns the old word and leaves its neighbours unchanged") {
  for (const std::string& url : test::kUrls) {
    CAPTURE(url);
    const Pair p(url);
    if (p.peer.caps().of(Op::compare_swap16) == Support::refused) {
      Word16 old{7, 7};
      CHECK(code(p.remote.compare_swap16(64, {}, {1, 2}, old)) == Code::unsupported);
      continue;
    }
    const Neighbours around(p, 64, 16);
    Word16 old{9, 9};
    CHECK(p.remote.compare_swap16(64, {0, 0}, {1, 2}, old).ok());
    CHECK(old == Word16{0, 0});
    CHECK(home_word<Word16>(p, 64) == Word16{1, 2});
    for (const Word16 wrong : {Word16{1, 3}, Word16{2, 2}, Word16{2, 1}}) {
      CHECK(p.remote.compare_swap16(64, wrong, {5, 6}, old).ok());
      CHECK(old == Word16{1, 2});
      CHECK(home_word<Word16>(p, 64) == Word16{1, 2});
    }
    CHECK(around.untouched());
    old = {9, 9};
    CHECK(code(p.remote.compare_swap16(72, {}, {}, old)) == Code::misaligned);
    CHECK(code(p.remote.compare_swap16(4096, {}, {}, old)) == Code::out_of_range);
    CHECK(old == Word16{9, 9});  // a failed op leaves its results untouched
  }
}

TEST_CASE("words: atomic() with any other op ends with invalid_argument and changes nothing") {
  for (const std::string& url : test::kUrls) {
    const Pair p(url);
    REQUIRE(p.remote.store<std::uint64_t>(0, 5).ok());
    for (unsigned op = 0; op < 256; ++op) {
      if (Op(op) >= Op::fetch_add && Op(op) <= Op::swap) continue;
      CAPTURE(op);
      CHECK(code(p.remote.atomic<std::uint64_t>(Op(std::uint8_t(op)), 0, 1, {})) == Code::invalid_argument);
    }
    CHECK(home_word<std::uint64_t>(p, 0) == 5);
  }
}

TEST_CASE("words: every op of a default-constructed attachment returns not_joined") {
  const RemoteSegment nothing;
  Word16 old;
  std::byte byte{};
  CHECK(code(nothing.load<int>(0)) == Code::not_joined);
  CHECK(code(nothing.store<int>(0, 1)) == Code::not_joined);
  CHECK(code(nothing.fetch_add<int>(0, 1)) == Code::not_joined);
  CHECK(code(nothing.compare_swap<int>(0, 1, 2)) == Code::not_joined);
  CHECK(code(nothing.masked_swap<int>(0, 1, 2)) == Code::not_joined);
  CHECK(code(nothing.load<int>(0, OpOptions{})) == Code::not_joined);
  CHECK(code(nothing.compare_swap16(0, {}, {}, old)) == Code::not_joined);
  CHECK(code(nothing.read(0, &byte, 1)) == Code::not_joined);
  CHECK(code(nothing.read(0, nullptr, 0)) == Code::not_joined);
  CHECK(code(nothing.write(Strided{}, &byte)) == Code::not_joined);
  CHECK(code(nothing.write_signal(0, &byte, 1, 0, 1)) == Code::not_joined);
  CHECK(code(RemotePtr<int>().load()) == Code::not_joined);
  CHECK(nothing.view().empty());
  CHECK(!nothing.attached());
}

}  // namespace
}  // namespace ub
