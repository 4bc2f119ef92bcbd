// How paths within a pod cross a link: from which NPUs to which a hop of the mesh, or a run over the rack's switch plane,
// takes it. All that can stand at one place of a path are one crossing, so that a link has a handful of them.
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
    final_transit,  ///< over the second level, straight to the target
  };
  Kind kind;
  std::vector<NodeId> from, to;  ///< from each to each; nobody is in both
  topology::LinkId first;        ///< from from[0]; the others' are its likes
  bool borrows() const { return kind != Kind::hop; }
};

/// All of this link; runs only if asked for.
std::vector<LinkTraversal> traversals_of(const topology::Machine&, topology::LinkId, bool transits);

/// Hops that one run can stand for, but for its own: it changes all coordinates in a rack at once.
unsigned hops_saved_by_transit(const topology::Machine&);

}  // namespace ub::routing
