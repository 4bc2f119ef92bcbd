// Spreads flows, packets or the parts of a message over several paths by weight.
// Owner: plain value, without heap; made again when weights or mask change.  Thread safety: any thread.
// Units: none; weights and parts are plain numbers.
// Errors: none; if no path has a share (none()), the other members must not be called.
//
// The weights divide the numbers below their sum, `round`, into intervals, one for each path. Turn t has number
// t * step mod round, and selects the path whose interval contains it. The step has no common divisor with the round and is
// about 0.618 of it: so `round` consecutive turns have every number once, and the turns of one path are far apart. Of a
// message of n packets on turn t, packet k is at the fraction (k + number / round) / n of the round. So the packets of a
// path are consecutive, their number is exact to within one packet, and the turn selects the path that gets one more; a
// message of one packet takes the path of its turn.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ub::routing {

inline constexpr std::size_t kMaxGroup = 32;  ///< paths of a group
using Mask = std::uint32_t;                   ///< bit i: path i
inline constexpr Mask kEveryPath = 0xffff'ffff;
constexpr bool has(Mask mask, std::size_t i) { return mask >> i & 1; }

class WeightedSpread {
 public:
  static constexpr std::uint32_t kMaxWeight = 1000;

  /// Takes at most kMaxGroup weights from 1 to kMaxWeight, and uses those in the mask.
  WeightedSpread(std::span<const std::uint32_t> weights, Mask of);
  bool none() const { return round_ == 0; }

  std::size_t turn(std::uint32_t turn) const { return holder(number(turn)); }
  /// Writes into parts[i] how many of n packets path i gets; one part for each weight, in the mask or not.
  void deal(std::uint64_t n, std::uint32_t turn, std::span<std::uint64_t> parts) const;

 private:
  std::uint32_t number(std::uint32_t turn) const {
    return std::uint32_t(std::uint64_t(turn % round_) * step_ % round_);
  }
  std::size_t holder(std::uint32_t number) const {
    std::size_t i = 0;
    while (number >= end_[i]) ++i;
    return i;
  }

  std::uint32_t round_ = 0, step_ = 1;
  std::array<std::uint32_t, kMaxGroup> end_;  // of each path's interval; one for each weight
};

}  // namespace ub::routing
