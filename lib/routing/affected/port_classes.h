// Which ports of an NPU are equivalent for a path that passes through: those on one die (router_islands), and those
// of one link into the plane, since no packet turns back into the switch that it comes from.
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
  /// 1: all ports are alike. As they are with one die and several groups of switches: a path through the plane twice, more often
  /// none goes, takes another group the second time.
  unsigned classes() const { return classes_; }
  bool alike() const { return classes_ == 1; }
  /// Of the port at the NPU where the link begins.
  std::uint16_t class_of(topology::LinkId out) const;
  bool forwards(unsigned in, unsigned out) const;

 private:
  const topology::Machine& machine_;
  unsigned dies_, classes_ = 1;  // classes: the dies' mesh links, then groups
  std::vector<std::uint32_t> die_of_group_;
  bool turns_back_;
};

}  // namespace ub::routing
