// Equivalence classes of a pod's NPUs for one link traversal. Coordinates in the same interval between those of the
// traversal's own NPUs are equivalent, since every hop leads in the same direction from them. An interval is called a zone,
// and a combination of zones a cell: thousands of NPUs become a few hundred cells at most, a smaller mesh of the same order.
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
    topology::Divider size, stride;     // number of zones; cells from one zone to the next
    std::vector<std::uint32_t> begins;  // first coordinate of each zone, and the end of the last
  };
  /// From this dimension on each coordinate is a separate zone, because individual NPUs matter there.
  CoordinateClasses(const topology::Machine&, std::size_t each_from);
  void see(const LinkTraversal&);

  std::uint32_t cells() const { return cells_; }
  const Axis& axis(std::size_t d) const { return axes_[d]; }
  std::uint32_t zone(std::uint32_t cell, std::size_t d) const {
    return axes_[d].size.remainder(axes_[d].stride.quotient(cell));
  }
  std::uint32_t cell(NodeId npu) const;
  /// Returns the first NPU of a cell; add() adds all of them.
  NodeId npu(std::uint32_t cell) const;
  void add(std::uint32_t cell, NodeSet&) const;

 private:
  const topology::Machine& machine_;
  std::size_t each_from_;
  std::array<Axis, topology::kMaxDimensions> axes_;
  std::uint32_t cells_ = 1;
};

}  // namespace ub::routing
