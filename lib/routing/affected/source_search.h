// Finds the NPUs that have a path within their pod over a link traversal: backwards from it, over mesh hops and runs over the
// plane.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
// Units: hops.
// Errors: none.
//
// The search finds the fewest hops from each NPU over the traversal in one pass through the stages of a path
// (channel_order.h), from those that can come last before it to those with which a path can begin.
//
// A search backwards is sufficient. The first part of a path over u>v, up to v, is a path from its source to v; it is legal,
// and has no more extra hops than the whole. So an NPU with a path over u>v to any target has one to v that ends with u>v.
// (A run after v can save the whole path a hop. In a rack of two dimensions no legal path spends that hop before v.)
// Loops need no check: without its loop a path has fewer hops, provided that v is not in the loop.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "routing/affected/channel_order.h"
#include "routing/affected/coordinate_classes.h"
#include "routing/affected/link_traversals.h"
#include "routing/affected/port_classes.h"
#include "routing/affected/target_distance.h"

namespace ub::routing {

class SourceSearch {
 public:
  SourceSearch(const topology::Machine&, const Policy&);
  /// Adds them to `found`.
  void add(const LinkTraversal&, NodeSet& found);

 private:
  // Paths over the traversal from the NPUs of a cell, by ports of a class.
  struct Start {
    std::uint32_t cell;
    std::uint16_t port;
    std::uint8_t apart;  // dimensions in which it differs from the targets
  };
  struct Way {
    Start start;
    std::uint8_t hops;
    bool borrows;
  };
  using Fewest = std::array<std::uint8_t, 2>;  // fewest hops from a start: without a run, and with one

  Start start(std::uint32_t cell, std::uint16_t port) const {
    return {cell, port, std::uint8_t(distance_.apart(cell))};
  }
  void search(const LinkTraversal&, const std::vector<NodeId>& to);
  void look_before(Start, const ChannelClass&);
  void look_before_hop(const Start&, const ChannelClass&);
  void look_before_run(const Start&);
  void offer(const Start&, const Fewest& behind);
  void take(const Way&);
  Fewest& fewest(const Start& s) { return fewest_[s.cell * ports_.classes() + s.port]; }

  const topology::Machine& machine_;
  const bool illegal_;
  const ChannelOrder order_;
  const PortClasses ports_;
  std::vector<std::vector<std::uint32_t>> hanging_;  // NPUs of a rack, by first-level switch

  // State of one search.
  CoordinateClasses coordinate_classes_;
  TargetDistance distance_;
  std::vector<Start> starts_;
  std::vector<Fewest> fewest_;  // by cell and class of ports
  std::vector<Way> ways_;       // ways found in this stage
  bool at_once_, changed_;
};

}  // namespace ub::routing
