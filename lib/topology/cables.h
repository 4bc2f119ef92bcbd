// A kind of cable of a machine, as arithmetic: the nodes and ports that cable k connects, and the cable at a node's port.
// Nothing is stored per cable. Nodes are numbered within their group here, and ports within their kind.
// Owner: plain values, made by lay_out().  Thread safety: any thread; immutable.
// Units: see Link in machine.h.  Errors: none; numbers out of range are bugs, which the callers' checks find.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "topology/divider.h"
#include "topology/profile.h"

namespace ub::topology {

/// The purpose of a link. Minimal NPU-NPU paths inside a rack use `mesh` links only.
enum class LinkKind : std::uint8_t {
  mesh,           ///< NPU to NPU
  npu_switch,     ///< NPU to its first switch: of the rack's plane, or of the first tier
  switch_switch,  ///< first level to second level of a rack's plane
  backup_switch,
  cpu_switch,
  trunk,      ///< first-level switches of two racks
  tier_link,  ///< a switch to one of the tier above it: LRS to HRS, L1 to L2, edge to aggregation, ...
};
std::string_view name(LinkKind);

/// Numbers the pairs (i, j), i < j, of a line, such that this and its inverse need no root and no table: row i of the
/// triangle and row size-2-i have `size` pairs together. Has no branch, since it could not be predicted.
constexpr std::uint32_t pair_number(std::uint32_t size, std::uint32_t i, std::uint32_t j) {
  const std::uint32_t mirror = size - 2 - i;
  return (i < mirror ? i : mirror) * size + j - (i <= mirror ? i + 1 : 0);
}

struct Cables {
  /// `line`: each pair of a line's nodes. `tree`: nodes to all switches of the plane above them.
  /// `diagonal`: NPU to one first-level switch of each group, by the sum of its coordinates.
  enum class Shape : std::uint8_t { line, tree, diagonal };
  struct End {
    std::uint32_t node = 0, port = 0;
  };
  struct Place {
    std::uint32_t cable = 0;
    std::uint8_t side = 0;
  };

  // Properties.
  Shape shape = Shape::line;
  LinkKind kind = LinkKind::mesh;
  std::uint8_t dimension = 0xff;  ///< of mesh links and trunks, as in Profile::dimensions
  std::uint32_t lanes = 0;
  std::uint64_t bytes_per_s = 0, propagation_ps = 0;
  Run run;

  // Location: group of nodes by side (side 0 is the lower node, or that of the lower coordinate), cables and ports.
  std::uint8_t group[2] = {0, 0};
  std::uint64_t first = 0, count = 0;
  std::uint64_t ports[2] = {0, 0};

  /// The node at one side of cable k, and its port there.
  End end(std::uint32_t k, unsigned side) const;
  /// The cable at a node's port; `side` is the node's (ignored for a line).
  Place at(unsigned side, std::uint32_t node, std::uint32_t port) const;
  /// The cable between two nodes: `a` in the group of `side`, `b` in that of the other side (for a line: the same).
  std::optional<Place> between(unsigned side, std::uint32_t a, std::uint32_t b) const;
  /// The cable of the line through `node`, which is at `here`, to the position `to`, which differs from `here`.
  Place along(std::uint32_t node, std::uint32_t here, std::uint32_t to) const;

  // Lines: `size` nodes each, `stride` apart.
  static Cables line(std::uint64_t nodes, std::uint64_t size, std::uint64_t stride);
  // Trees: lower nodes are numbered by domain, unit, number; upper nodes by domain, number, switch. In a domain the nodes of
  // one number have a cable to each switch of that number's plane. Consecutive ports of a lower node lead to switches
  // `switches / turn` apart, `turn` ports a round.
  static Cables tree(std::uint64_t lower, std::uint64_t units, std::uint64_t numbers, std::uint64_t switches,
                     std::uint64_t turn = 1);
  // Diagonals: `npus` in all; the rack's dimensions, innermost first, with their strides; groups and their switches.
  struct Axis {
    Divider size, stride;
  };
  static Cables diagonal(std::uint64_t npus, const std::vector<Axis>& rack, std::uint64_t groups,
                         std::uint64_t switches);
  /// Of a diagonal: the number of an NPU's switch in each group.
  std::uint32_t diagonal_of(std::uint32_t npu) const;

 private:
  // A line's.
  Divider size_, stride_, pairs_;
  // A tree's.
  Divider units_, numbers_, switches_, turn_;
  // A diagonal's: the first `axes_` of axis_; the number of switches divides the size of axis `solving_`.
  std::uint8_t axes_ = 0, solving_ = 0;
  Axis axis_[kMaxDimensions];
  Divider groups_, rack_, solutions_;
};

}  // namespace ub::topology
