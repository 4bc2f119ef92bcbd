// Sums and products that saturate instead of wrapping.
// Owner: plain values.  Thread safety: no shared state.  Units: none.
// Errors: none.
#pragma once

#include <cstdint>
#include <limits>

namespace ub::emu {

inline constexpr std::uint64_t kEver = std::numeric_limits<std::uint64_t>::max();

constexpr std::uint64_t plus(std::uint64_t a, std::uint64_t b) { return a > kEver - b ? kEver : a + b; }
constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  std::uint64_t c = 0;
  return __builtin_mul_overflow(a, b, &c) ? kEver : c;
}

}  // namespace ub::emu
