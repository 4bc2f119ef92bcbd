// Mean and greatest distance between the NPUs of a machine, computed from its structure instead of over all pairs.
// Owner: none; pure function.  Thread safety: any thread.
// Units: hops from NPU to NPU (a run over switches is one hop), switches and links on a shortest path.
// Errors: none; pairs without a path are not counted.
#pragma once

#include "topology/machine.h"

namespace ub::routing {

struct Distances {
  double mean_hops = 0, mean_switches = 0;
  unsigned max_hops = 0, max_links = 0;
  /// The links of a path are one more than its inner nodes, which are its switches and one NPU fewer than hops.
  double mean_links() const { return mean_hops + mean_switches; }
};

/// A pair of racks is characterised by the tier or the trunks that connect it. One pair of racks of each kind is therefore
/// examined, NPU by NPU, and counts for all of its kind. In racks of more than kMostInRack NPUs only the first NPU is a
/// source, which is exact if all NPUs are equivalent: without a switch plane or router_islands.
inline constexpr std::uint32_t kMostInRack = 512;
Distances distances(const topology::Machine&);

}  // namespace ub::routing
