// Turns and parts by weight.
#include "routing/selection/weighted_spread.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "tests/seed.h"

using namespace ub;
using namespace ub::routing;

namespace {

using Weights = std::vector<std::uint32_t>;

// A few weights, of which the mask has some; `sum` is theirs.
struct Some {
  Weights weights;
  Mask mask = 0;
  std::uint32_t sum = 0;
};
Some some(test::Random& random, std::uint32_t most_weight) {
  Some s;
  for (std::uint64_t n = 1 + random.below(kMaxGroup); s.weights.size() < n;)
    s.weights.push_back(std::uint32_t(1 + random.below(most_weight)));
  while (s.sum == 0) {
    s.mask = Mask(random());
    for (std::size_t i = 0; i < s.weights.size(); ++i) s.sum += has(s.mask, i) ? s.weights[i] : 0;
  }
  return s;
}

std::vector<std::uint64_t> dealt(const WeightedSpread& shares, const Some& s, std::uint64_t n,
                                 std::uint32_t turn) {
  std::vector<std::uint64_t> parts(s.weights.size());
  shares.deal(n, turn, parts);
  return parts;
}

}  // namespace

TEST_CASE("shares: any round of turns gives each exactly its weight, and the masked nothing") {
  test::Random random("turns");
  for (int i = 0; i < 300; ++i) {
    const Some s = some(random, i % 2 ? WeightedSpread::kMaxWeight : 5);
    const WeightedSpread shares(s.weights, s.mask);
    Weights turns(s.weights.size());
    for (std::uint32_t t = std::uint32_t(random() >> 33), n = 0; n < s.sum; ++n) ++turns[shares.turn(t + n)];
    for (std::size_t k = 0; k < turns.size(); ++k) REQUIRE(turns[k] == (has(s.mask, k) ? s.weights[k] : 0));
  }
  CHECK(WeightedSpread(Weights{1, 2}, 0b100).none());
  CHECK(WeightedSpread({}, kEveryPath).none());
}

TEST_CASE("shares: nobody of equals has two turns running, and none of a few waits for long") {
  for (std::uint32_t n = 2; n <= kMaxGroup; ++n) {
    const WeightedSpread shares(Weights(n, 1), kEveryPath);
    for (std::uint32_t t = 0; t < 3 * n; ++t) CHECK(shares.turn(t) != shares.turn(t + 1));
  }
  const WeightedSpread uneven(Weights{4, 4, 4, 1}, kEveryPath);
  for (std::uint32_t t = 0; t < 26; ++t) CHECK(uneven.turn(t) != uneven.turn(t + 1));
}

TEST_CASE("shares: a message's packets lie in the row as is said, and one packet goes where its turn does") {
  test::Random random("parts");
  for (int i = 0; i < 3000; ++i) {
    Some s = some(random, 4);
    if (s.sum > kMaxGroup) s.mask = 1, s.sum = s.weights[0];
    const WeightedSpread shares(s.weights, s.mask);
    const std::uint64_t n = random.below(200);
    const std::uint32_t turn = std::uint32_t(random());
    // Whose turn it would be among as many with a weight of 1 each is the number in the row.
    const std::uint64_t number = WeightedSpread(Weights(s.sum, 1), kEveryPath).turn(turn);
    std::vector<std::uint64_t> expected(s.weights.size());
    for (std::uint64_t k = 0; k < n; ++k) {
      std::size_t at = 0;
      for (std::uint64_t end = 0;; ++at)
        if (has(s.mask, at) && k * s.sum + number < n * (end += s.weights[at])) break;
      ++expected[at];
    }
    REQUIRE(dealt(shares, s, n, turn) == expected);
    REQUIRE(dealt(shares, s, 1, turn)[shares.turn(turn)] == 1);
  }
}

TEST_CASE("shares: whatever is dealt out is all there, each with its part to within one") {
  test::Random random("sums");
  for (int i = 0; i < 3000; ++i) {
    const Some s = some(random, WeightedSpread::kMaxWeight);
    const std::uint64_t n = random() >> random.below(64);
    const auto parts = dealt(WeightedSpread(s.weights, s.mask), s, n, std::uint32_t(random()));
    REQUIRE(std::accumulate(parts.begin(), parts.end(), std::uint64_t(0)) == n);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const std::uint64_t w = has(s.mask, k) ? s.weights[k] : 0;
      const std::uint64_t part = n / s.sum * w + n % s.sum * w / s.sum;
      REQUIRE(parts[k] + 1 >= part);
      REQUIRE(parts[k] <= part + (w > 0 ? 2 : 0));
    }
  }
}
