// What a drawing of a machine is of: its dimensions by twos, from the inside out, each a grid of cells of which one is
// opened up by the next; and where in that a node belongs.
// Owner: plain values.  Thread safety: any thread.
// Units: dimensions as in Profile::dimensions.
// Errors: none.
#pragma once

#include <optional>
#include <vector>

#include "tools/ub-topo/nouns.h"

namespace tools::topo {

/// One or two dimensions: `first` to `last`-1. A row runs along the last of them.
struct Level {
  std::size_t first = 0, last = 0;
  std::uint32_t rows = 1, columns = 1;
  bool meshed = true;  ///< joined directly or by trunks, not over tiers of switches
  bool tiered =
      false;  ///< the innermost level of a machine without a mesh: nodes and their switches, all of them
};
/// The innermost first.
std::vector<Level> levels_of(const Machine&);

/// The NPU whose first `dimensions` coordinates a node has in common with all that it belongs to: an NPU is itself, an LRS
/// belongs to a rack, an HRS to its SuperPod.
struct Home {
  NodeId npu;
  std::size_t dimensions = 0;
};
Home home_of(const Machine&, NodeId);
/// The dimensions that the first `segments` of an address have.
std::size_t dimensions_of(const Machine&, std::size_t segments);
/// Do the first `dimensions` coordinates agree?
bool same(const Machine&, NodeId npu, NodeId other, std::size_t dimensions);
/// "pod0.rack3": the segments of an NPU's name for its first `dimensions` coordinates; "" for none.
std::string prefix(const Machine&, NodeId npu, std::size_t dimensions);

}  // namespace tools::topo
