// Counts of things that a profile may ask for without measure: they stop at a number that is too many of anything, so that
// the checks after them see that it is.
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
