// How paths within a pod cross a link: the NPUs from which and to which a mesh hop, or a run over the rack's switch plane,
// takes it. Spans that can have the same position in a path form one traversal, so that a link has only a few.
// Owner: plain values and pure functions.  Thread safety: any thread.
// Units: none.
// Errors: none.
#pragma once

#include <cstdint>
#include <vector>

#include "topology/machine.h"

namespace ub::routing {

struct LinkTraversal {
  enum class Kind : std::uint8_t {
    hop,            ///< of the mesh: a direct link, or a trunk with the links on both its sides
    transit,        ///< over a first-level switch
    final_transit,  ///< over the second level, directly to the target
  };
  Kind kind;
  std::vector<NodeId> from, to;  ///< from each to each; no NPU is in both
  topology::LinkId first;        ///< the first link from from[0]; from the others a corresponding link
  bool borrows() const { return kind != Kind::hop; }
};

/// Returns all traversals of the link; runs only with `transits`.
std::vector<LinkTraversal> traversals_of(const topology::Machine&, topology::LinkId, bool transits);

/// The hops that one run can save: it changes all coordinates in a rack in one hop.
unsigned hops_saved_by_transit(const topology::Machine&);

}  // namespace ub::routing
