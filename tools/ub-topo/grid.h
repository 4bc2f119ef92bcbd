// Cells in rows and columns, with room for the arcs that connect them: above the cells along a row, to their right along a
// column.
// Owner: plain value.  Thread safety: any thread.
// Units: pixels; cells are numbered row by row.
// Errors: none.
#pragma once

#include <cstdint>
#include <string>

#include "tools/ub-topo/svg.h"

namespace tools::topo {

struct Grid {
  Point origin;
  std::uint32_t rows = 1, columns = 1;
  double cell_w = 46, cell_h = 34;
  double lift = 32, bulge = 34;  ///< room for arcs: above a cell, right of it
  double pad = 9;                ///< additional room around a cell
  double foot = 7;               ///< room below a cell, for wires

  double pitch_x() const { return cell_w + bulge + pad; }
  double pitch_y() const { return cell_h + lift + 2 * pad + foot; }
  double width() const { return columns * pitch_x(); }
  double height() const { return rows * pitch_y(); }
  /// A row with its arcs.
  Box row(std::uint32_t) const;
  Box cell(std::uint32_t index) const;
  /// The arc between two cells of a row or a column.
  std::string arc(std::uint32_t a, std::uint32_t b) const;
  Point top_of_arc(std::uint32_t a, std::uint32_t b) const;
};

}  // namespace tools::topo
