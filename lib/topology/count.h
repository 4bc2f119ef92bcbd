// Saturating counts of what a profile requests: they stop at a number that is above every limit, so that later checks refuse
// it.
// Owner: pure functions.  Thread safety: any thread.  Units: none.  Errors: none.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ub::topology {

inline constexpr std::uint64_t kTooMany = std::uint64_t(1) << 40;

constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > kTooMany / a ? kTooMany : a * b;
}

}  // namespace ub::topology
