// The layout of a machine: its groups of equal nodes and kinds of cables, computed from a profile. Nothing is stored per node
// or cable.
// Owner: plain values.  Thread safety: any thread; immutable.
// Units: lanes per direction; time in picoseconds; failures a year.
// Errors: none; counts beyond kTooMany (count.h) stop there, and broken_rule() refuses them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topology/cables.h"
#include "topology/profile.h"

namespace ub::topology {

enum class NodeKind : std::uint8_t { npu, cpu, switch_, backup };
std::string_view name(NodeKind);

/// Nodes that differ only in their position: NPUs, backups, CPUs, one level or tier of switches.
struct NodeGroup {
  /// A number after the word in a name: its mark, such as ".g", and its range.
  struct Part {
    std::string mark;
    std::uint64_t size = 0;
  };
  /// Consecutive ports of one kind of cable.
  struct Ports {
    std::uint8_t cables = 0, side = 0;
    std::uint32_t first = 0, count = 0;
  };

  NodeKind kind = NodeKind::npu;
  std::string word;              ///< "npu", "lrs", "hrs": the kind of node, for people
  std::uint8_t segments = 0;     ///< segments of the address before the word
  std::vector<Part> parts = {};  ///< the last varies fastest
  std::uint64_t first = 0, count = 0;
  std::uint64_t lanes = 0;  ///< of each
  std::uint64_t lanes_used = 0;
  std::uint64_t hop_ps = 0;
  double failures_per_year = 0;  ///< of each
  std::vector<Ports> ports = {};
  std::uint64_t port_count = 0;
};

/// A segment of an address: one dimension, or adjacent dimensions of one name, numbered together.
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
