// The affected sources of a link: the endpoints that have a path over it. They are computed from the machine's structure,
// outwards from the link, in time proportional to their number and not to the machine's pairs. When the link fails, its
// two ends notify exactly these endpoints.
// Owner: none; pure functions.  Thread safety: any thread.
// Units: none.
// Errors: none.
//
// There are three kinds of paths, each with a file of its own that finds their sources: within a pod (source_search.h), between
// pods (tier_sources.h), and to or from a backup or CPU (switch_sources.h).
#pragma once

#include <vector>

#include "routing/paths/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// Returns the NPUs, backups and CPUs that have a path over this directed link, in order. The result is exact, but may
/// contain a few more NPUs if the policy borrows without detours, allows illegal paths, or borrows in racks of more than two
/// dimensions.
std::vector<NodeId> affected_sources(const topology::Machine&, topology::LinkId, const Policy&);

/// Returns the NPUs to which `from`, an NPU, may have a path over the link, in order: all to which it has one, and some more.
std::vector<NodeId> targets_over(const topology::Machine&, NodeId from, topology::LinkId, const Policy&);

struct Notice {
  NodeId teller;  ///< the sender: the end at which the link begins
  NodeId told;    ///< the recipient: an affected source
  auto operator<=>(const Notice&) const = default;
};

/// The notices sent when a cable fails, in both its directions: each end notifies all affected sources of the link that begins
/// at it. An endpoint does not notify itself; such a notice has teller == told.
std::vector<Notice> notices(const topology::Machine&, topology::LinkId, const Policy&);

}  // namespace ub::routing
