// Paths that share no link: what may carry parts of one transfer at once, none in another's way.
// Owner: plain values.  Threads: no shared state.
// Units: paths.
// Errors: none; nodes that no path connects have none, nor has a node with itself.
#pragma once

#include <vector>

#include "routing/path_set.h"

namespace ub::routing {

/// In the order of the path set those that share no link with one before, at most `most`; the first is shortest()'s
/// where that is legal. Not the largest number that there can be, but the shortest paths first. Of the set it looks
/// at the first kDisjointSearch only.
inline constexpr std::size_t kDisjointSearch = 32;
std::vector<Path> disjoint_paths(const topology::Machine&, NodeId from, NodeId to, const Policy&,
                                 std::size_t most);

}  // namespace ub::routing
