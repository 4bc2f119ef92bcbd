// Linear forwarding tables: how a node forwards a packet without a source route. An address is a position, one number for
// each segment (pod, rack, board, slot); a node has an array for each segment, indexed by the number, without a search. So
// 8 + 16 + 8 + 8 = 40 entries lead to each of 8,192 NPUs [U].
// An entry holds a port, or refers to the next segment, possibly with a number to add to its result.
// An NPU first reads the segments that only a tier of switches crosses, then from the innermost to the outermost, so that
// tables alone lead X first, as shortest() does. Other nodes read from the outermost to the innermost.
// The entries are libub's choice: the link that a node selects among several to a segment's number is not published [?].
// Owner: plain values.  Thread safety: any thread. Units: ports and numbers of segments. Errors: a target without a position
// (a backup, a CPU, a switch) is in no table.
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
    port,    ///< leave by this port
    base,    ///< add this, and continue with the next segment
    offset,  ///< leave by this port plus the numbers added
  };
  Kind kind = none;
  std::uint16_t number = 0;
  bool operator==(const Entry&) const = default;
};

/// The whole table of a node.
class ForwardingTable {
 public:
  ForwardingTable(const topology::Machine&, NodeId here);
  /// The egress port; empty at the target itself.
  std::optional<std::uint32_t> port(const Address& to) const;
  std::size_t entries() const { return entries_.size(); }

 private:
  std::array<std::uint8_t, topology::kMaxDimensions> order_{};   // segments in reading order
  std::array<std::uint32_t, topology::kMaxDimensions> begin_{};  // by segment: where its array begins
  std::uint8_t segments_ = 0;
  std::vector<Entry> entries_;
};

/// The link that the table of `at` selects for `to`, computed without building the table.
std::optional<topology::LinkId> by_table(const topology::Machine&, NodeId at, NodeId to);

}  // namespace ub::routing
