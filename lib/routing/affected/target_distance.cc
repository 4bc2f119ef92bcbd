#include "routing/affected/target_distance.h"

#include <algorithm>

#include "routing/affected/link_traversals.h"
#include "routing/paths/route.h"

namespace ub::routing {

using topology::Machine;

namespace {

// A run after the target saves the whole path hops, which it may spend before the target. In a rack of two dimensions no
// legal path can spend them.
unsigned hops_spent_before_transit(const Machine& m, const Policy& policy) {
  const unsigned saved = policy.borrow && m.steps().has_plane ? hops_saved_by_transit(m) : 0;
  return saved > 1 || policy.illegal ? saved : 0;
}

}  // namespace

TargetDistance::TargetDistance(const Machine& m, const Policy& policy, const CoordinateClasses& zones)
    : coordinate_classes_(zones), dimensions_(m.dimensions()) {
  const bool longer = policy.detours || policy.borrow;
  const unsigned extra = policy.extra_hops + hops_spent_before_transit(m, policy);
  for (unsigned apart = 0; apart < most_.size(); ++apart) {
    const unsigned most = std::min<unsigned>(apart + extra, policy.max_hops);
    most_[apart] = std::uint8_t(std::min<std::size_t>(kMaxHops, longer ? std::max(apart, most) : apart));
  }
}

void TargetDistance::at(const std::vector<NodeId>& targets) {
  only_ = targets.size() == 1 ? coordinate_classes_.cell(targets[0]) : kNone;
  targets_.resize(targets.size());
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::uint32_t cell = coordinate_classes_.cell(targets[i]);
    for (std::size_t d = 0; d < dimensions_; ++d) {
      targets_[i][d] = coordinate_classes_.zone(cell, d);
      if (i == 0)
        common_[d] = targets_[i][d];
      else if (common_[d] != targets_[i][d])
        common_[d] = kNone;
    }
  }
}

unsigned TargetDistance::apart(std::uint32_t cell) const {
  unsigned n = 0;
  for (std::size_t d = 0; d < dimensions_; ++d) n += apart(d, coordinate_classes_.zone(cell, d));
  return n;
}

unsigned TargetDistance::reached(std::uint32_t cell, unsigned hops, unsigned enough) const {
  Zoned here;
  for (std::size_t d = 0; d < dimensions_; ++d) here[d] = coordinate_classes_.zone(cell, d);
  unsigned n = 0;
  for (std::size_t i = 0; i < targets_.size() && n < enough; ++i) {
    unsigned differ = 0;
    for (std::size_t d = 0; d < dimensions_; ++d) differ += here[d] != targets_[i][d];
    n += differ > 0 && hops <= most_[differ];
  }
  return n;
}

}  // namespace ub::routing
