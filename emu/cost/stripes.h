// What a message costs that is dealt out over several paths at once: pure arithmetic, as in cost.h, on which it builds.
// Owner: plain values; Stripes are made once an attachment and copy all they need.  Threads: any.
// Units: model time in picoseconds; sizes in bytes; phases and shares in parts of 2^32.
// Errors: none; a time or size beyond 2^64 stays at the largest.
//
// The model. A stripe is what one path carries of a message. The paths share no link, so each stripe is as if it
// were alone, and takes what the formula in cost.h gives for its packets. All begin at once; the message is in when
// the last packet of the last stripe is, so the slowest stripe decides:
//   message = max over stripes of (fixed of the path + sum over its packets of ceil(packet bytes / rate))
// A test steps every packet over every link of all stripes to confirm it. No time is charged for putting packets in
// order again at the target: memory does not care.
//
// Which stripe gets which packets. A path's weight is the rate of its slowest link, and its share the weight over
// the sum of all. Lay the shares out in a row from 0 to 1, in the order of the paths. Packet k of n lies at the point
// (k + phase) / n, 0 <= phase < 1, and goes by the path on whose share it lies. So a stripe is a run of packets, and
// each gets its part of them to within one packet, whatever the phase. Of messages of one packet the phase alone
// chooses the path: phases that are spread evenly spread these in proportion to the weights, too.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "emu/cost/cost.h"

namespace ub::emu {

/// The `turn`-th of a row of phases of which any first so many are spread evenly: 0, 1/2, 1/4, 3/4, 1/8, ...
std::uint32_t phase_of_turn(std::uint64_t turn);

class Stripes {
 public:
  static constexpr std::size_t kMost = 16;

  /// At most kMost routes, which share no link, of at least one link each.
  Stripes(const CostModel&, const topology::Machine&, std::span<const routing::Route>);

  std::size_t count() const { return count_; }
  /// Of all paths together.
  std::uint64_t bytes_per_s() const { return bytes_per_s_; }

  struct Share {
    std::uint64_t packets = 0, bytes = 0;  ///< bytes on the wire
  };
  struct Deal {
    std::array<Share, kMost> shares{};
    ModelTime time;            ///< of the whole message
    std::uint8_t slowest = 0;  ///< the stripe that is in last
  };
  /// A message dealt out over all paths.
  Deal deal(std::uint64_t payload, std::uint32_t phase) const;
  /// The same, all of it on the path that a message of one packet would take.
  Deal whole(std::uint64_t payload, std::uint32_t phase) const;

 private:
  struct Stripe {
    std::uint64_t end;  // of its share
    std::uint64_t fixed_ps, full_packet_ps, bytes_per_s;
  };
  std::size_t at(std::uint32_t phase) const;

  CostModel model_;
  std::size_t count_;
  std::uint64_t bytes_per_s_ = 0;
  std::array<Stripe, kMost> stripes_{};
};

}  // namespace ub::emu
