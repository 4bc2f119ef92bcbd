// Which NPUs have a path over a link to NPUs of other pods: up and down the tiers of switches above, and the hop beside the
// target with which some end.
// Owner: the caller; the machine must outlive it.  Thread safety: const members may run concurrently.
// Units: none.
// Errors: none.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/affected/node_set.h"
#include "topology/machine.h"

namespace ub::routing {

/// What is below the link's lower end goes up it to all that is outside the lower end's domain, and all outside comes down
/// it. Over racks' planes this is so for those that hang on the likes of one first-level switch.
class TierSources {
 public:
  TierSources(const topology::Machine&, topology::LinkId);
  /// Adds them to `all`.
  void sources(NodeSet& all) const;
  /// Adds those to which one of the sources may have a path over the link: all to which it has, and some more.
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
  std::size_t scope_ = 0;      // outside: in the first so many coordinates not as what is below
  std::vector<NodeId> below_;  // NPUs
};

}  // namespace ub::routing
