#include "routing/selection/weighted_spread.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"

namespace ub::routing {

WeightedSpread::WeightedSpread(std::span<const std::uint32_t> weights, Mask of) {
  UB_ASSERT(weights.size() <= kMaxGroup);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    UB_ASSERT(weights[i] > 0 && weights[i] <= kMaxWeight);
    end_[i] = round_ += has(of, i) ? weights[i] : 0;
  }
  step_ = std::max(1u, round_ * 618 / 1000);
  while (std::gcd(step_, round_) > 1) ++step_;
}

// The packets before the end of an interval are those k with (k + number / round) / n < end / round: there are
// ceil((n * end - number) / round) of them. Splitting n into whole rounds and a rest avoids overflow.
void WeightedSpread::deal(std::uint64_t n, std::uint32_t turn, std::span<std::uint64_t> parts) const {
  const std::uint64_t rounds = n / round_, rest = n % round_, up = round_ - 1 - number(turn);
  std::uint64_t dealt = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::uint64_t until = rounds * end_[i] + std::uint32_t(rest * end_[i] + up) / round_;
    parts[i] = until - dealt;
    dealt = until;
  }
}

}  // namespace ub::routing
