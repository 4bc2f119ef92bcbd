// Who uses a link: which end points have a path over it, and to whom. From the machine's structure, outwards from the link,
// so that it takes time by the answer's size and not by the machine's pairs. On a failure the link's ends tell exactly
// these.
// Owner: pure functions.  Threads: any.
// Units: none.
// Errors: none.
//
// There are three kinds of paths, each with a file of its own that finds their sources: within a pod (upstream.h), between
// pods (tier_users.h), and to or from a backup or CPU (switch_users.h).
#pragma once

#include <vector>

#include "routing/paths/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// The NPUs, backups and CPUs that have a path over this directed link, in order: exactly those. But where the policy borrows
/// and takes no detours, or illegal paths too, or racks of more than two dimensions borrow, a few NPUs more at times.
std::vector<NodeId> affected_sources(const topology::Machine&, topology::LinkId, const Policy&);

/// The NPUs to which `from`, an NPU, may have a path over the link, in order: all to which it has, and some more.
std::vector<NodeId> targets_over(const topology::Machine&, NodeId from, topology::LinkId, const Policy&);

struct Notice {
  NodeId teller;  ///< the end at which the link begins
  NodeId told;
  auto operator<=>(const Notice&) const = default;
};

/// Who tells whom when a cable fails, both its directions: each end all users of the link that begins at it. An end that is
/// told by itself knows already.
std::vector<Notice> notices(const topology::Machine&, topology::LinkId, const Policy&);

}  // namespace ub::routing
