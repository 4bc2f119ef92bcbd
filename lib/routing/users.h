// Who uses a link: which NPUs have a path over it, and to whom. From the machine's structure, outwards from the link, so
// that it takes time by the answer's size and not by the machine's pairs. On a failure the link's ends tell exactly these.
// Owner: pure functions.  Threads: any.
// Units: none.
// Errors: none.
//
// Why it is enough to look backwards from the link u>v. A path's first part up to v is a path from its source to v, it is
// legal too, and has no more hops above the fewest than the whole. So whoever has a path over u>v to anybody has one to
// v itself that ends with it. Loops in a way back need not be looked for: cut out, they leave a shorter legal path, as
// long as v is not in them.
//
// Between NPUs. Backups and CPUs have paths too, over the switches of their rack: ask their path sets.
#pragma once

#include <vector>

#include "routing/policy.h"
#include "topology/machine.h"

namespace ub::routing {

/// The NPUs that have a path over this directed link, in order. Exactly those where the policy does not borrow; where it
/// does, in machines of several racks, a few more at times.
std::vector<NodeId> users(const topology::Machine&, topology::LinkId, const Policy&);

/// The NPUs to which `from` may have a path over the link, in order: all to which it has, and some more.
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
