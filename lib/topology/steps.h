// What finding a way through a machine reckons with: a few figures for each dimension and each tier, side by side, so that
// a step takes a handful of multiplications and nothing is looked up.
// Owner: its machine.  Thread safety: any thread; immutable.
// Units: NPUs by their numbers; links as LinkId's values, always the one that begins at the node named first.
// Errors: none; numbers out of range are our bug, and Machine's checks find them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "topology/layout.h"

namespace ub::topology {

struct Steps {
  struct Along {
    Divider size, stride, span;  ///< span: NPUs from the beginning of a line's neighbourhood to the next
    std::uint32_t racks = 0;     ///< between neighbours along a trunk
    std::uint32_t pairs = 0;     ///< cables of a line
    std::uint32_t first = 0;     ///< cable
    Reach reach = Reach::direct;

    std::uint32_t coordinate(std::uint32_t npu) const { return size.remainder(stride.quotient(npu)); }
    std::uint32_t link(std::uint32_t line, std::uint32_t here, std::uint32_t to) const {
      // Without a branch: which of the two is greater cannot be predicted.
      const std::uint32_t down = here > to, swap = (here ^ to) & (0 - down);
      return 2 * (first + line * pairs + pair_number(size.divisor(), here ^ swap, to ^ swap)) + down;
    }
    /// Of a direct dimension: from the NPU, which is at `here`, to its neighbour at `to`.
    std::uint32_t mesh_link(std::uint32_t npu, std::uint32_t here, std::uint32_t to) const {
      const std::uint32_t outer = span.quotient(npu), begin = npu - here * stride.divisor();
      return link(begin - outer * (span.divisor() - stride.divisor()), here, to);
    }
  };
  /// A tier above NPUs or planes. All units' lower nodes of one number share its switches; so many units are a domain, and
  /// a unit of the next tier.
  struct Tier {
    Divider switches, units;
    std::uint32_t numbers = 1;  ///< lower nodes of a unit
    std::uint32_t first = 0;    ///< cable

    std::uint32_t link_up(std::uint32_t unit, std::uint32_t number, std::uint32_t nth) const {
      return 2 * (first + (unit * numbers + number) * switches.divisor() + nth);
    }
  };
  /// A rack, and on which of the first-level switches of each group an NPU of it hangs.
  struct Place {
    std::uint32_t rack = 0, first_level = 0;
  };

  Steps() = default;
  Steps(const Profile&, const Layout&);

  /// In its rack's plane: by the sum of its coordinates there.
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
  /// From the first-level switch of a group on which the NPU at `here` hangs to its like in the rack at `to`.
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
  Divider joined;                 ///< NPUs that the mesh joins: they follow each other
};

}  // namespace ub::topology
