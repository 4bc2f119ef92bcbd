// Linear forwarding tables: how a node without a source route finds the way. An address is a position, one number for each
// segment (pod, rack, board, slot); a node has an array for each segment, and the number is the index: base and offset, no
// search. So 8 + 16 + 8 + 8 = 40 entries lead to each of 8,192 NPUs [U].
// An entry says: out by this port; or go on to the next segment, perhaps with something to add to what comes of it.
// Each node looks at the segments in an order of its own: an NPU and all others that are no switch at those that
// only a tier of switches crosses first, then from the innermost to the outermost, so that tables alone lead X first, as
// shortest() does; switches from the outermost to the innermost.
// Which entries there are is ours: what a node with several ways to a segment's number takes is not published [?].
// Owner: plain values.  Thread safety: any thread. Units: ports and numbers of segments. Errors: a target that has no position (a backup,
// a CPU, a switch) is in no table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "topology/machine.h"

namespace ub::routing {

/// An NPU's position, outermost segment first.
struct Address {
  std::array<std::uint32_t, topology::kMaxDimensions> number{};
  std::uint8_t segments = 0;
};
Address address(const topology::Machine&, NodeId npu);

struct Entry {
  enum Kind : std::uint8_t {
    none,
    port,    ///< out by this port
    base,    ///< add this, and go on to the next segment
    offset,  ///< out by this port, with what was added
  };
  Kind kind = none;
  std::uint16_t number = 0;
  bool operator==(const Entry&) const = default;
};

/// The whole table of a node.
class ForwardingTable {
 public:
  ForwardingTable(const topology::Machine&, NodeId here);
  /// The egress port; nothing at the target itself.
  std::optional<std::uint32_t> port(const Address& to) const;
  std::size_t entries() const { return entries_.size(); }

 private:
  std::array<std::uint8_t, topology::kMaxDimensions> order_{};   // segments, as they are looked at
  std::array<std::uint32_t, topology::kMaxDimensions> begin_{};  // by segment: where its array begins
  std::uint8_t segments_ = 0;
  std::vector<Entry> entries_;
};

/// What the table of `at` says of `to`, worked out without making it.
std::optional<topology::LinkId> by_table(const topology::Machine&, NodeId at, NodeId to);

}  // namespace ub::routing
