// The cost of a message that is striped over several paths concurrently: pure arithmetic, based on cost.h.
// Owner: plain values; Stripes are made once per attachment and copy their inputs.  Thread safety: any thread.
// Units: model time in picoseconds; sizes in bytes.
// Errors: none; a time or size beyond 2^64 saturates.
//
// The model. A stripe is the part of a message on one path: consecutive packets, by weight
// (routing/selection/weighted_spread.h). The paths share no link, so each stripe takes the time of its packets by the formula
// in cost.h. All stripes begin together, and the message has arrived when the last packet of the slowest stripe has:
//   message = max over stripes of (fixed of the path + sum over its packets of ceil(packet bytes / rate))
// A test steps every packet over every link of all stripes to confirm it. Reordering at the target costs no time, because
// packets may be written to memory in any order.
#pragma once

#include <array>
#include <cstdint>

#include "emu/cost/cost.h"
#include "routing/selection/path_group.h"

namespace ub::emu {

class Stripes {
 public:
  /// The paths must share no link, and each must have at least one.
  Stripes(const CostModel&, const topology::Machine&, const routing::PathGroup&);

  std::size_t count() const { return count_; }
  /// The rate of all paths together.
  std::uint64_t bytes_per_s() const;

  struct Stripe {
    std::size_t path = 0;
    std::uint64_t packets = 0, bytes = 0;  ///< bytes on the wire
    ModelTime time;
  };
  /// A whole message on one path.
  Stripe whole(std::uint64_t payload, std::size_t path) const;
  /// Stripes a message over all paths of the spread, and calls each(Stripe) for every stripe with packets. Returns the
  /// slowest stripe, whose time is the message's.
  template <typename Each>
  Stripe deal(std::uint64_t payload, const routing::WeightedSpread&, std::uint32_t turn, Each&& each) const;

 private:
  struct Path {
    std::uint64_t fixed_ps, full_packet_ps, bytes_per_s;
  };
  // `last`: the message's last packet is in this stripe.
  Stripe stripe(std::size_t path, const Cut&, std::uint64_t packets, bool last) const;

  CostModel model_;
  std::size_t count_;
  std::array<Path, routing::kMaxGroup> paths_{};
};

template <typename Each>
Stripes::Stripe Stripes::deal(std::uint64_t payload, const routing::WeightedSpread& shares,
                              std::uint32_t turn, Each&& each) const {
  const Cut cut = model_.cut(payload);
  std::array<std::uint64_t, routing::kMaxGroup> packets;
  shares.deal(cut.packets, turn, {packets.data(), count_});
  Stripe slowest;
  for (std::uint64_t i = 0, left = cut.packets; left > 0; ++i) {
    if (packets[i] == 0) continue;
    left -= packets[i];
    const Stripe s = stripe(i, cut, packets[i], left == 0);
    each(s);
    if (s.time.picoseconds > slowest.time.picoseconds) slowest = s;
  }
  return slowest;
}

}  // namespace ub::emu
