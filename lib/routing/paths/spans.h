// Spans: the links from one NPU of a path to the next within a pod, as a mesh hop or a run over the rack's switch plane.
// Owner: plain values and pure functions.  Thread safety: any thread.
// Units: links.
// Errors: none.
#pragma once

#include <array>

#include "topology/machine.h"

namespace ub::routing {

struct Span {
  NodeId from, to;
  std::array<topology::LinkId, 4> links;
  std::uint8_t count = 0;
  bool borrows = false;  ///< a run over the plane
};

Span mesh_span(const topology::Machine&, NodeId from, std::size_t dimension, std::uint32_t coordinate,
               std::uint32_t way);
/// Runs over one first-level switch to another NPU on it, and over the second level to an NPU on another switch. A run over
/// the second level ends its path.
Span switch_transit(const topology::Machine&, NodeId from, NodeId to, std::uint32_t group);
Span second_level_transit(const topology::Machine&, NodeId from, NodeId to, std::uint32_t group,
                          std::uint32_t second);
/// Writes the next such run out of an NPU, by group and by port of the switch or number of the second-level switch; the
/// caller begins with 0, 0. False: there are no more.
bool next_switch_transit(const topology::Machine&, NodeId from, std::uint32_t& group, std::uint32_t& port,
                         Span&);
bool next_second_level_transit(const topology::Machine&, NodeId from, NodeId to, std::uint32_t& group,
                               std::uint32_t& second, Span&);

}  // namespace ub::routing
