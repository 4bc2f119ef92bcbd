// Where backups and CPUs hang, and what lies between: racks or, without planes, domains of the first tier. How far two places
// are is a matter of which coordinates differ between them.
// Owner: plain value; the machine must outlive it.  Threads: any.
// Units: links.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "topology/machine.h"

namespace ub::routing {

class Places {
 public:
  using Coordinates = std::uint8_t;  ///< a set: bit d
  static constexpr unsigned kNoWay = std::numeric_limits<unsigned>::max();

  explicit Places(const topology::Machine&);
  std::uint32_t count() const { return count_; }
  std::uint32_t npus() const { return npus_; }  ///< of each
  std::uint32_t place(NodeId npu) const { return npu.value / npus_; }
  Coordinates differ(std::uint32_t a, std::uint32_t b) const;

  /// Links between the switches of one number of two places: the fewest; and by the n-th tier for the coordinates within its
  /// domains, with trunks for those outside.
  unsigned links(Coordinates differ) const { return fewest_[differ]; }
  unsigned links_by(unsigned tier, Coordinates differ) const;

  /// Whether a shortest way leads over the n-th tier or above from below a switch of the tier under it, or to there, when the
  /// begin and that switch's places differ so. From there: the begin reaches it by trunks, or lies below it.
  bool goes_up(unsigned tier, Coordinates differ) const;
  bool comes_down(unsigned tier, Coordinates differ) const;

 private:
  Coordinates outside(unsigned tier) const;  // those that say which of its domains

  const topology::Machine& machine_;
  std::uint32_t count_ = 1, npus_ = 1;
  unsigned first_tier_;  // of those that join places
  Coordinates all_ = 0, trunks_ = 0;
  std::array<unsigned, 1u << topology::kMaxDimensions> fewest_;
};

}  // namespace ub::routing
