// Division by a number that is fixed when a machine is built and then used often: two multiplications.
// Owner: plain value.  Thread safety: no shared state.  Units: none.  Errors: none; a divisor of 0 counts as 1.
#pragma once

#include <cstdint>

namespace ub::topology {

class Divider {
 public:
  constexpr Divider() = default;
  constexpr explicit Divider(std::uint64_t divisor)
      : divisor_(divisor == 0 ? 1 : std::uint32_t(divisor)), inverse_(~std::uint64_t(0) / divisor_) {}

  /// Exact for every n and divisor d of 32 bits: with the inverse i = (2^64 - 1 - r) / d, r < d, (n + 1) i / 2^64 is
  /// (n + 1) / d minus (n + 1) (1 + r) / (d 2^64), which is above 0 and at most 2^-32, so less than 1 / d.
  constexpr std::uint32_t quotient(std::uint32_t n) const {
    __extension__ using Wide = unsigned __int128;
    return std::uint32_t(Wide(inverse_) * (std::uint64_t(n) + 1) >> 64);
  }
  constexpr std::uint32_t remainder(std::uint32_t n) const { return n - quotient(n) * divisor_; }
  constexpr std::uint32_t divisor() const { return divisor_; }

 private:
  std::uint32_t divisor_ = 1;
  std::uint64_t inverse_ = ~std::uint64_t(0);
};

}  // namespace ub::topology
