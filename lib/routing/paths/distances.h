// How far the NPUs of a machine are from each other: over all pairs, by structure.
// Owner: pure function.  Threads: any.
// Units: hops from NPU to NPU, switches and links on a shortest path.
// Errors: none; pairs that no path connects are not counted.
#pragma once

#include "topology/machine.h"

namespace ub::routing {

struct Distances {
  double mean_hops = 0, mean_switches = 0;
  unsigned max_hops = 0, max_links = 0;
};

/// Of two racks only matters how they lie to each other: over which tier, or which trunks, they are joined. So one pair of
/// racks of each kind is looked at, NPU by NPU, and counts for all of its kind. In racks of more than kMostInRack NPUs from
/// the first one only, which is exact where all are alike: without a switch plane or router_islands.
inline constexpr std::uint32_t kMostInRack = 512;
Distances distances(const topology::Machine&);

}  // namespace ub::routing
