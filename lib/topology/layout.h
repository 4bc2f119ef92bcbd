// How a machine is made of groups of like nodes and kinds of cables: a profile's figures laid out, without a word for each
// node or cable.
// Owner: plain values.  Thread safety: any thread; immutable.
// Units: lanes per direction; time in picoseconds; failures a year.
// Errors: none; counts of a profile that asks for too much stop at kTooMany (count.h), and broken_rule() refuses those.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topology/cables.h"
#include "topology/profile.h"

namespace ub::topology {

enum class NodeKind : std::uint8_t { npu, cpu, switch_, backup };
std::string_view name(NodeKind);

/// Nodes that differ in nothing but their place: NPUs, backups, CPUs, one level or tier of switches.
struct NodeGroup {
  /// What stands behind the word in a name, such as ".g" and how many there are.
  struct Part {
    std::string mark;
    std::uint64_t size = 0;
  };
  /// Ports of one kind of cable, one after the other.
  struct Ports {
    std::uint8_t cables = 0, side = 0;
    std::uint32_t first = 0, count = 0;
  };

  NodeKind kind = NodeKind::npu;
  std::string word;              ///< "npu", "lrs", "hrs": also what people call such a node
  std::uint8_t segments = 0;     ///< of the address that stand before the word
  std::vector<Part> parts = {};  ///< the last counts fastest
  std::uint64_t first = 0, count = 0;
  std::uint64_t lanes = 0;  ///< that each has
  std::uint64_t lanes_used = 0;
  std::uint64_t hop_ps = 0;
  double failures_per_year = 0;  ///< of each
  std::vector<Ports> ports = {};
  std::uint64_t port_count = 0;
};

/// A segment of an address: one dimension, or neighbouring ones of one name counted through.
struct Segment {
  std::string name;
  std::uint64_t size = 1;
  std::size_t dimensions = 1;
};

struct Layout {
  std::vector<std::uint64_t> strides;  ///< NPUs between neighbours, by dimension
  std::vector<Segment> segments;
  std::size_t rack_dimension = 0;  ///< the first dimension inside a rack
  std::uint64_t npus = 1, racks = 1, npus_per_rack = 1;
  std::vector<NodeGroup> groups;  ///< by node number: NPUs, backups, CPUs, switches
  std::vector<Cables> cables;     ///< by cable number
  std::uint64_t nodes = 0, cable_count = 0, endpoints = 0;
};

Layout lay_out(const Profile&);

}  // namespace ub::topology
