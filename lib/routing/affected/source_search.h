// Which NPUs have a path within their pod over a crossing: backwards from it, over hops of the mesh and runs over the plane.
// Owner: the caller; the machine must outlive it.  Thread safety: one thread at a time.
// Units: hops.
// Errors: none.
//
// The fewest hops from each NPU over the crossing are found by going through the stages of a path once (channel_order.h), from
// those that can come last before it to those with which a path begins.
//
// Why it is enough to look backwards. The first part of a path over u>v, up to v, is a path from its source to v; it is
// legal, and has no more hops above the fewest than the whole. So whoever has a path over u>v to anybody has one to v that
// ends with it. (A run behind v can save the whole a hop. In a rack of two dimensions nothing legal spends it before v.)
// Loops in a way back need not be looked for: cut out, they leave a path of fewer hops, as long as v is not in them.
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
  // Over the crossing from the NPUs of a cell, by ports of a class.
  struct Start {
    std::uint32_t cell;
    std::uint16_t port;
    std::uint8_t apart;  // from the targets
  };
  struct Way {
    Start start;
    std::uint8_t hops;
    bool borrows;
  };
  using Fewest = std::array<std::uint8_t, 2>;  // hops from a start: without a run, and with one

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

  // Of a search.
  CoordinateClasses coordinate_classes_;
  TargetDistance distance_;
  std::vector<Start> starts_;
  std::vector<Fewest> fewest_;  // by cell and class of ports
  std::vector<Way> ways_;       // found in this stage
  bool at_once_, changed_;
};

}  // namespace ub::routing
