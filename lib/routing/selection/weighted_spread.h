// Who takes what of several, by weight: the next of a row of flows or packets, or the parts of a message.
// Owner: plain value, without heap; made again where weights or mask change.  Threads: any.
// Units: none; weights and what is dealt out are plain numbers.
// Errors: none; where nobody has a share there is nothing to ask for, see none().
//
// Lay the weights out in a row, each as long as it is great, `round` in all. A turn has a number in the row, and whose
// weight holds it takes the turn: turn t has number t * step mod round, with a step that has no common divisor with the
// round and is about 0.618 of it. So each run of `round` turns comes upon every number once, and one taker's turns lie
// far apart. Of a message of n packets on turn t packet k lies at (k + number / round) / n of the row. So a taker's
// packets are a run, it gets its part of them to within one packet, and the turn decides who gets one more; a message of
// one packet goes where its turn does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ub::routing {

inline constexpr std::size_t kMaxGroup = 32;  ///< paths of a pair that are chosen from
using Mask = std::uint32_t;                   ///< bit i: path i
inline constexpr Mask kEveryPath = 0xffff'ffff;
constexpr bool has(Mask mask, std::size_t i) { return mask >> i & 1; }

class WeightedSpread {
 public:
  static constexpr std::uint32_t kMaxWeight = 1000;

  /// Of at most kMaxGroup weights from 1 to kMaxWeight those in the mask.
  WeightedSpread(std::span<const std::uint32_t> weights, Mask of);
  bool none() const { return round_ == 0; }

  std::size_t turn(std::uint32_t turn) const { return holder(number(turn)); }
  /// Into parts[i], for each weight, in the mask or not, how many of n are i's.
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
  std::array<std::uint32_t, kMaxGroup> end_;  // of each in the row; as many as there are weights
};

}  // namespace ub::routing
