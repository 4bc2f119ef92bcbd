// A kind of cable of a machine, as arithmetic: which nodes and ports cable k joins, and which cable is at a node's port.
// Nothing is stored by cable. Nodes are counted within their group here, and ports within their kind.
// Owner: plain values, made by lay_out().  Thread safety: any thread; immutable.
// Units: see Link in machine.h.  Errors: none; numbers out of range are our bug, and the callers' checks find them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "topology/divider.h"
#include "topology/profile.h"

namespace ub::topology {

/// What a link is for. `mesh` links are the only ones that minimal NPU-NPU paths use inside a rack.
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

/// The pairs (i, j) of a line, i < j, are numbered so that both ways take no root and no table: row i of the triangle and
/// row size-2-i fill up to `size` pairs. Without a branch, which nothing could foresee.
constexpr std::uint32_t pair_number(std::uint32_t size, std::uint32_t i, std::uint32_t j) {
  const std::uint32_t mirror = size - 2 - i;
  return (i < mirror ? i : mirror) * size + j - (i <= mirror ? i + 1 : 0);
}

struct Cables {
  /// `line`: each pair of a line's nodes. `tree`: nodes to all switches of a plane above them.
  /// `diagonal`: NPU to one first-level switch of each group, by the sum of its coordinates.
  enum class Shape : std::uint8_t { line, tree, diagonal };
  struct End {
    std::uint32_t node = 0, port = 0;
  };
  struct Place {
    std::uint32_t cable = 0;
    std::uint8_t side = 0;
  };

  // What they are.
  Shape shape = Shape::line;
  LinkKind kind = LinkKind::mesh;
  std::uint8_t dimension = 0xff;  ///< of mesh links and trunks, as in Profile::dimensions
  std::uint32_t lanes = 0;
  std::uint64_t bytes_per_s = 0, propagation_ps = 0;
  Run run;

  // Where they are: group of nodes by side (side 0 is the lower one, or of the lower coordinate), cables and ports.
  std::uint8_t group[2] = {0, 0};
  std::uint64_t first = 0, count = 0;
  std::uint64_t ports[2] = {0, 0};

  /// The node at one side of cable k, and its port there.
  End end(std::uint32_t k, unsigned side) const;
  /// The cable at a node's port, of the node's side (of a line, either will do).
  Place at(unsigned side, std::uint32_t node, std::uint32_t port) const;
  /// The cable between two nodes, `a` on the given side; and the other's side's group for b (of a line: the same).
  std::optional<Place> between(unsigned side, std::uint32_t a, std::uint32_t b) const;
  /// The cable of a line between positions of the line through `node`, which is at `here`; another than `here`.
  Place along(std::uint32_t node, std::uint32_t here, std::uint32_t to) const;

  // Lines: `size` nodes each, `stride` apart.
  static Cables line(std::uint64_t nodes, std::uint64_t size, std::uint64_t stride);
  // Trees: the lower nodes are numbered domain, unit, number; the upper ones domain, number, switch. All units' nodes of
  // one number have a cable to each switch of that number's plane. A lower node's consecutive ports lead `turn`
  // apart, round and round.
  static Cables tree(std::uint64_t lower, std::uint64_t units, std::uint64_t numbers, std::uint64_t switches,
                     std::uint64_t turn = 1);
  // Diagonals: `npus` in all; the rack's dimensions, innermost first, with their strides; groups and their switches.
  struct Axis {
    Divider size, stride;
  };
  static Cables diagonal(std::uint64_t npus, const std::vector<Axis>& rack, std::uint64_t groups,
                         std::uint64_t switches);
  /// Of a diagonal: which switch of a group an NPU is on.
  std::uint32_t diagonal_of(std::uint32_t npu) const;

 private:
  // A line's.
  Divider size_, stride_, pairs_;
  // A tree's.
  Divider units_, numbers_, switches_, turn_;
  // A diagonal's: the first `axes_` of axis_; the switches divide the solving one's size.
  std::uint8_t axes_ = 0, solving_ = 0;
  Axis axis_[kMaxDimensions];
  Divider groups_, rack_, solutions_;
};

}  // namespace ub::topology
