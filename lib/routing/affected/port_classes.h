// Equivalence classes of an NPU's ports for a path that passes through: the ports on one die (router_islands), and each
// link into the plane, since no packet turns back into the switch that it comes from.
// Owner: plain value; the machine must outlive it.  Thread safety: any thread.
// Units: none.
// Errors: none.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/paths/policy.h"
#include "topology/machine.h"

namespace ub::routing {

class PortClasses {
 public:
  PortClasses(const topology::Machine&, const Policy&);
  /// 1: all ports are equivalent. This includes one die with several groups of switches: a path passes the plane at most
  /// twice, and can take another group the second time.
  unsigned classes() const { return classes_; }
  bool alike() const { return classes_ == 1; }
  /// The class of the port at the NPU where the link begins.
  std::uint16_t class_of(topology::LinkId out) const;
  bool forwards(unsigned in, unsigned out) const;

 private:
  const topology::Machine& machine_;
  unsigned dies_, classes_ = 1;  // classes: the mesh links of each die, then the groups
  std::vector<std::uint32_t> die_of_group_;
  bool turns_back_;
};

}  // namespace ub::routing
