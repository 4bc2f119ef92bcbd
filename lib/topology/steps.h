// The figures from which links of a machine are computed: a few for each dimension and each tier, stored together, so that a
// step takes a few multiplications and no lookup.
// Owner: its machine.  Thread safety: any thread; immutable.
// Units: NPUs by their numbers; links as LinkId's values, always the link that begins at the node named first.
// Errors: none; numbers out of range are bugs, which Machine's checks find.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "topology/layout.h"

namespace ub::topology {

struct Steps {
  struct Along {
    Divider size, stride, span;  ///< span: size * stride, the NPUs of `stride` lines
    std::uint32_t racks = 0;     ///< between neighbours along a trunk
    std::uint32_t pairs = 0;     ///< cables of a line
    std::uint32_t first = 0;     ///< cable
    Reach reach = Reach::direct;

    std::uint32_t coordinate(std::uint32_t npu) const { return size.remainder(stride.quotient(npu)); }
    std::uint32_t link(std::uint32_t line, std::uint32_t here, std::uint32_t to) const {
      // No branch, since it could not be predicted.
      const std::uint32_t down = here > to, swap = (here ^ to) & (0 - down);
      return 2 * (first + line * pairs + pair_number(size.divisor(), here ^ swap, to ^ swap)) + down;
    }
    /// In a direct dimension: from the NPU, which is at `here`, to its neighbour at `to`.
    std::uint32_t mesh_link(std::uint32_t npu, std::uint32_t here, std::uint32_t to) const {
      const std::uint32_t outer = span.quotient(npu), begin = npu - here * stride.divisor();
      return link(begin - outer * (span.divisor() - stride.divisor()), here, to);
    }
  };
  /// A tier above NPUs or planes. Lower nodes of one number in all units of a domain share its switches; `units` units are a
  /// domain, which is a unit of the next tier.
  struct Tier {
    Divider switches, units;
    std::uint32_t numbers = 1;  ///< lower nodes of a unit
    std::uint32_t first = 0;    ///< cable

    std::uint32_t link_up(std::uint32_t unit, std::uint32_t number, std::uint32_t nth) const {
      return 2 * (first + (unit * numbers + number) * switches.divisor() + nth);
    }
  };
  /// An NPU's rack, and the number of its first-level switch in each group.
  struct Place {
    std::uint32_t rack = 0, first_level = 0;
  };

  Steps() = default;
  Steps(const Profile&, const Layout&);

  /// The place of an NPU in its rack's plane: by the sum of its coordinates in the rack.
  Place place(std::uint32_t npu) const {
    std::uint32_t sum = 0;
    for (std::size_t d = dimensions; d-- > rack_dimension;) {
      const std::uint32_t above = along[d].size.quotient(npu);
      sum += npu - above * along[d].size.divisor();
      npu = above;
    }
    return {npu, first_level.remainder(sum)};
  }
  std::uint32_t plane_link(std::uint32_t npu, std::uint32_t group) const {
    return 2 * (plane_first + npu * groups.divisor() + group);
  }
  /// From the first-level switch of the NPU at `here` in a group to the same switch of the rack at `to`.
  std::uint32_t trunk_link(const Along& a, std::uint32_t npu, Place at, std::uint32_t group,
                           std::uint32_t here, std::uint32_t to) const {
    const std::uint32_t outer = a.span.quotient(npu), begin = at.rack - here * a.racks;
    const std::uint32_t row = begin - outer * (a.size.divisor() - 1) * a.racks;
    return a.link((row * groups.divisor() + group) * first_level.divisor() + at.first_level, here, to);
  }

  std::array<Along, kMaxDimensions> along{};
  std::array<Tier, kMaxTiers> tier{};
  std::uint8_t dimensions = 0, rack_dimension = 0, tiers = 0;
  bool has_plane = false;
  std::uint32_t plane_first = 0;  ///< cable
  Divider groups, first_level;    ///< of the plane, and the switches of a group
  Divider rack;                   ///< NPUs
  Divider joined;                 ///< NPUs that the mesh connects; their numbers are consecutive
};

}  // namespace ub::topology
