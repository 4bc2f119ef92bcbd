// What a message costs that is dealt out over several paths at once: pure arithmetic, as in cost.h, on which it builds.
// Owner: plain values; Stripes are made once an attachment and copy all they need.  Thread safety: any thread.
// Units: model time in picoseconds; sizes in bytes.
// Errors: none; a time or size beyond 2^64 stays at the largest.
//
// The model. A stripe is what one path carries of a message: a run of its packets, by weight (routing/selection/weighted_spread.h). The
// paths share no link, so each stripe is as if it were alone, and takes what the formula in cost.h gives for its packets.
// All begin at once; the message is in when the last packet of the last stripe is, so the slowest stripe decides:
//   message = max over stripes of (fixed of the path + sum over its packets of ceil(packet bytes / rate))
// A test steps every packet over every link of all stripes to confirm it. No time is charged for putting packets in
// order again at the target: memory does not care.
#pragma once

#include <array>
#include <cstdint>

#include "emu/cost/cost.h"
#include "routing/selection/path_group.h"

namespace ub::emu {

class Stripes {
 public:
  /// Of paths that share no link, and have at least one each.
  Stripes(const CostModel&, const topology::Machine&, const routing::PathGroup&);

  std::size_t count() const { return count_; }
  /// Of all paths together.
  std::uint64_t bytes_per_s() const;

  struct Stripe {
    std::size_t path = 0;
    std::uint64_t packets = 0, bytes = 0;  ///< bytes on the wire
    ModelTime time;
  };
  /// All of a message on one path.
  Stripe whole(std::uint64_t payload, std::size_t path) const;
  /// A message dealt out over all paths of the shares: each(Stripe) for those that carry something. The slowest, which is
  /// in last, and so the message.
  template <typename Each>
  Stripe deal(std::uint64_t payload, const routing::WeightedSpread&, std::uint32_t turn, Each&& each) const;

 private:
  struct Path {
    std::uint64_t fixed_ps, full_packet_ps, bytes_per_s;
  };
  // `last`: the message's last packet is among them.
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
