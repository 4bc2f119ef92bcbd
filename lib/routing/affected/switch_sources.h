// Finds the endpoints that have a path over a link to a backup or CPU, and the backups and CPUs that have one to any
// endpoint: over switches alone, by the fewest links.
// Owner: the caller; the machine must outlive it.  Thread safety: const members may run concurrently.
// Units: none.
// Errors: none.
//
// A backup has a link to every first-level switch of its rack, and a CPU to every second-level one. So a path never changes
// the number of its first-level switch: paths from and to an NPU use the number of its own switch, others any number. Every
// part of a shortest path is shortest, so a place uses a link between places if the far end is farther by exactly that link.
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
  std::uint32_t here_ = 0, there_ = 0;  // the places of its lower end and upper end, or of a trunk's ends
  unsigned tier_ = 0;                   // of its upper end
  std::vector<std::uint32_t> npus_;     // NPUs of a place that can be on a path over it
};

}  // namespace ub::routing
