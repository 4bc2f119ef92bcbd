// The levels of a drawing: a machine's dimensions in pairs, from the inside out, each a grid of cells, one of which the next
// inner level shows in detail; and the position of a node in them.
// Owner: plain values.  Thread safety: any thread.
// Units: dimensions as in Profile::dimensions.
// Errors: none.
#pragma once

#include <optional>
#include <vector>

#include "tools/ub-topo/nouns.h"

namespace tools::topo {

/// One or two dimensions: `first` to `last`-1. A row is along the last of them.
struct Level {
  std::size_t first = 0, last = 0;
  std::uint32_t rows = 1, columns = 1;
  bool meshed = true;   ///< connected directly or by trunks, not over tiers of switches
  bool tiered = false;  ///< the innermost level of a machine without a mesh: all nodes and their switches
};
/// The levels, innermost first.
std::vector<Level> levels_of(const Machine&);

/// The position of a node: the first `dimensions` coordinates of `npu`. They are all coordinates for an NPU, the rack for an
/// LRS, the SuperPod for an HRS.
struct Home {
  NodeId npu;
  std::size_t dimensions = 0;
};
Home home_of(const Machine&, NodeId);
/// The number of dimensions in the first `segments` of an address.
std::size_t dimensions_of(const Machine&, std::size_t segments);
/// Whether the first `dimensions` coordinates are equal.
bool same(const Machine&, NodeId npu, NodeId other, std::size_t dimensions);
/// "pod0.rack3": the segments of an NPU's name for its first `dimensions` coordinates; "" for none.
std::string prefix(const Machine&, NodeId npu, std::size_t dimensions);

}  // namespace tools::topo
