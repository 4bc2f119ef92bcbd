// The targets of paths over a link traversal, and the distance of a cell from them; for a search backwards through the cells.
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

  /// The dimensions in which a cell differs from some target; in one dimension, for a zone.
  unsigned apart(std::uint32_t cell) const;
  unsigned apart(std::size_t dimension, std::uint32_t zone) const { return zone != common_[dimension]; }
  /// Whether a path of `hops` hops from the cell may lead to a target, judged by `apart`; false if the cell is the only
  /// target's.
  bool in_reach(std::uint32_t cell, unsigned apart, unsigned hops) const {
    return cell != only_ && hops <= most_[apart];
  }
  /// The number of targets to which such a path may lead; counts up to `enough`.
  unsigned reached(std::uint32_t cell, unsigned hops, unsigned enough) const;

 private:
  using Zoned = std::array<std::uint32_t, topology::kMaxDimensions>;
  static constexpr std::uint32_t kNone = ~std::uint32_t(0);

  const CoordinateClasses& coordinate_classes_;
  std::size_t dimensions_;
  std::array<std::uint8_t, topology::kMaxDimensions + 1> most_;  // hops, by dimensions that differ
  std::vector<Zoned> targets_;
  Zoned common_;        // the zone that all targets share, or kNone
  std::uint32_t only_;  // the cell of the only target, or kNone
};

}  // namespace ub::routing
