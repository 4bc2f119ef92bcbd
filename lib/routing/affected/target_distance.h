// Where a search backwards through a pod's cells aims at: the targets of paths over a crossing, and how far from them a cell is.
// Owner: the caller; the zones must outlive it.  Thread safety: one thread at a time.
// Units: hops.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "routing/affected/coordinate_classes.h"
#include "routing/paths/policy.h"
#include "topology/machine.h"

namespace ub::routing {

class TargetDistance {
 public:
  TargetDistance(const topology::Machine&, const Policy&, const CoordinateClasses&);
  void at(const std::vector<NodeId>& targets);

  /// Dimensions in which a cell differs from some target; along one of them, by the zone.
  unsigned apart(std::uint32_t cell) const;
  unsigned apart(std::size_t dimension, std::uint32_t zone) const { return zone != common_[dimension]; }
  /// Whether a path of so many hops from there may lead to a target, as far as `apart` tells; never if the cell is the only
  /// one.
  bool in_reach(std::uint32_t cell, unsigned apart, unsigned hops) const {
    return cell != only_ && hops <= most_[apart];
  }
  /// To how many targets it may; no more than are enough are counted.
  unsigned reached(std::uint32_t cell, unsigned hops, unsigned enough) const;

 private:
  using Zoned = std::array<std::uint32_t, topology::kMaxDimensions>;
  static constexpr std::uint32_t kNone = ~std::uint32_t(0);

  const CoordinateClasses& coordinate_classes_;
  std::size_t dimensions_;
  std::array<std::uint8_t, topology::kMaxDimensions + 1> most_;  // hops, by the dimensions that differ
  std::vector<Zoned> targets_;
  Zoned common_;        // the zones of all targets, or kNone
  std::uint32_t only_;  // the cell of the only one, or kNone
};

}  // namespace ub::routing
