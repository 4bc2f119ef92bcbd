// Division by a number that is known only once a machine is, but then divides often: two multiplications.
// Owner: plain value.  Threads: no shared state.  Units: none.  Errors: none; a divisor of 0 counts as 1.
#pragma once

#include <cstdint>

namespace ub::topology {

class Divider {
 public:
  constexpr Divider() = default;
  constexpr explicit Divider(std::uint64_t divisor)
      : divisor_(divisor == 0 ? 1 : std::uint32_t(divisor)),
        inverse_(divisor_ == 1 ? 0 : ~std::uint64_t(0) / divisor_ + 1) {}

  /// Exact for every n and divisor of 32 bits (Lemire, Kaser, Kurz: Faster remainder by direct computation).
  constexpr std::uint32_t quotient(std::uint32_t n) const {
    __extension__ using Wide = unsigned __int128;
    return inverse_ == 0 ? n : std::uint32_t(Wide(inverse_) * n >> 64);
  }
  constexpr std::uint32_t remainder(std::uint32_t n) const { return n - quotient(n) * divisor_; }
  constexpr std::uint32_t divisor() const { return divisor_; }

 private:
  std::uint32_t divisor_ = 1;
  std::uint64_t inverse_ = 0;
};

}  // namespace ub::topology
