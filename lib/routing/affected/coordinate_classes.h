// A pod as a crossing sees it: coordinates that lie between the same ones of the crossing's own NPUs are equivalent,
// for every hop that leads on or back leads the same way from them. So thousands of NPUs are a few hundred cells at
// most, a smaller mesh of the same order.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
// Units: none.
// Errors: none.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "routing/affected/link_traversals.h"
#include "routing/affected/node_set.h"
#include "topology/machine.h"

namespace ub::routing {

class CoordinateClasses {
 public:
  struct Axis {
    topology::Divider size, stride;     // zones, and cells from one to the next
    std::vector<std::uint32_t> begins;  // coordinates; and where the last zone ends
  };
  /// Where it matters which of the NPUs it is, each coordinate from this dimension on is a zone of its own.
  CoordinateClasses(const topology::Machine&, std::size_t each_from);
  void see(const LinkTraversal&);

  std::uint32_t cells() const { return cells_; }
  const Axis& axis(std::size_t d) const { return axes_[d]; }
  std::uint32_t zone(std::uint32_t cell, std::size_t d) const {
    return axes_[d].size.remainder(axes_[d].stride.quotient(cell));
  }
  std::uint32_t cell(NodeId npu) const;
  /// The first NPU of a cell, and all of them.
  NodeId npu(std::uint32_t cell) const;
  void add(std::uint32_t cell, NodeSet&) const;

 private:
  const topology::Machine& machine_;
  std::size_t each_from_;
  std::array<Axis, topology::kMaxDimensions> axes_;
  std::uint32_t cells_ = 1;
};

}  // namespace ub::routing
