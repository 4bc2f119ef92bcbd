// Mean and greatest distance between the NPUs of a machine, computed from its structure instead of over all pairs.
// Owner: none; pure function.  Thread safety: any thread.
// Units: hops from NPU to NPU (a way over switches is one hop), switches and links on a shortest path.
// Errors: none; pairs without a path are not counted.
#pragma once

#include "topology/machine.h"

namespace ub::routing {

struct Distances {
  double mean_hops = 0, mean_switches = 0;
  unsigned max_hops = 0, max_links = 0;
  /// A path crosses one link more than it has nodes between its ends: NPUs, one fewer than hops, and switches.
  double mean_links() const { return mean_hops + mean_switches; }
};

/// Of two racks only matters how they lie to each other: over which tier, or which trunks, they are joined. So one pair of
/// racks of each kind is looked at, NPU by NPU, and counts for all of its kind. In racks of more than kMostInRack NPUs from
/// the first one only, which is exact where all are alike: without a switch plane or router_islands.
inline constexpr std::uint32_t kMostInRack = 512;
Distances distances(const topology::Machine&);

}  // namespace ub::routing
