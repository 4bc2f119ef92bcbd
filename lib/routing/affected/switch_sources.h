// Which end points have a path over a link to a backup or CPU, and which backups and CPUs to anybody: over switches alone, by
// the fewest links.
// Owner: the caller; the machine must outlive it.  Thread safety: const members may run concurrently.
// Units: none.
// Errors: none.
//
// A backup hangs on every first-level switch of its rack, and a CPU on every second-level one. So a path never moves within
// a rack from one first-level switch to another: an NPU's go over its own all the way, as do those to it; others over any.
// And since each part of a shortest path is one, a link between places is used by those to whom its further end is as
// much further than its nearer one.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/affected/attachment_domains.h"
#include "routing/affected/node_set.h"
#include "topology/machine.h"

namespace ub::routing {

class SwitchSources {
 public:
  SwitchSources(const topology::Machine&, topology::LinkId);
  /// Adds them to `all`.
  void sources(NodeSet& all) const;

 private:
  struct Who {
    bool npus, backups, cpus;
  };
  Who who(std::uint32_t place) const;
  std::uint32_t place_of(NodeId) const;

  const topology::Machine& machine_;
  const topology::Link link_;
  const bool up_;
  const AttachmentDomains domains_;
  std::uint32_t here_ = 0, there_ = 0;  // the places of its lower end, or of a trunk's two
  unsigned tier_ = 0;                   // of its upper end
  std::vector<std::uint32_t> npus_;     // of a place, those that could be on a path over it
};

}  // namespace ub::routing
