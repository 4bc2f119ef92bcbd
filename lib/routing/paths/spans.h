// What leads from NPU to NPU within a pod: hops of the mesh, and runs over the rack's switch plane.
// Owner: plain values and pure functions.  Threads: any.
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
/// Runs over a first-level switch to another NPU on it, and over the second level to one on another, the path's last.
Span switch_transit(const topology::Machine&, NodeId from, NodeId to, std::uint32_t group);
Span second_level_transit(const topology::Machine&, NodeId from, NodeId to, std::uint32_t group,
                          std::uint32_t second);
/// The next of such runs out of an NPU, by group and by the switch's port, or the number of the second-level switch; the caller
/// begins with 0, 0. False: that was all.
bool next_switch_transit(const topology::Machine&, NodeId from, std::uint32_t& group, std::uint32_t& port,
                         Span&);
bool next_second_level_transit(const topology::Machine&, NodeId from, NodeId to, std::uint32_t& group,
                               std::uint32_t& second, Span&);

}  // namespace ub::routing
