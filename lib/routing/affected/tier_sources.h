// Finds the NPUs that have a path over a link to NPUs of other pods: up and down the tiers of switches, and over the mesh hop
// with which some of these paths end.
// Owner: the caller; the machine must outlive it.  Thread safety: const members may run concurrently.
// Units: none.
// Errors: none.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/affected/node_set.h"
#include "topology/machine.h"

namespace ub::routing {

/// The NPUs below the link's lower end use it upwards to all NPUs outside the lower end's domain, and all NPUs outside use it
/// downwards. With planes this holds for the NPUs on first-level switches of one number.
class TierSources {
 public:
  TierSources(const topology::Machine&, topology::LinkId);
  /// Adds them to `all`.
  void sources(NodeSet& all) const;
  /// Adds the NPUs to which `from` may have a path over the link: all to which it has one, and some more.
  void targets(NodeId from, std::vector<NodeId>& all) const;

 private:
  std::size_t descend(NodeId);
  void land(const topology::Link&);
  bool outside(NodeId npu) const;
  bool like(NodeId npu) const;
  template <typename Take> void for_all_outside(Take) const;

  const topology::Machine& machine_;
  const topology::LinkId link_;
  bool up_, landing_ = false;
  std::size_t scope_ = 0;      // outside: differs from the NPUs below in the first scope_ coordinates
  std::vector<NodeId> below_;  // NPUs
};

}  // namespace ub::routing
