#include "tools/ub-topo/grid.h"

#include <algorithm>

namespace tools::topo {
namespace {

// Longer arcs are higher, so that the arcs of a row nest.
double rise(std::uint32_t distance, std::uint32_t longest) {
  return 0.3 + 0.7 * double(distance) / double(std::max(longest, 1u));
}

// The distance from the middle of a cell's side at which an arc of distance d begins, in halves of the side.
double side_step(std::uint32_t distance, std::uint32_t longest) {
  return longest < 2 ? 0.3 : 0.15 + 0.7 * double(longest - distance) / double(longest - 1);
}

}  // namespace

Box Grid::row(std::uint32_t r) const {
  return {origin.x, origin.y + r * pitch_y() + pad / 2, width(), pitch_y() - pad};
}

Box Grid::cell(std::uint32_t i) const {
  return {origin.x + pad + (i % columns) * pitch_x(), origin.y + (i / columns) * pitch_y() + lift + pad,
          cell_w, cell_h};
}

std::string Grid::arc(std::uint32_t a, std::uint32_t b) const {
  if (a > b) std::swap(a, b);
  const Box from = cell(a), to = cell(b);
  if (a / columns == b / columns) {
    const std::uint32_t d = b - a, longest = columns - 1;
    const double step = side_step(d, longest) * cell_w / 2, h = lift * rise(d, longest) * 4 / 3;
    const Point p{from.middle().x + step, from.y}, q{to.middle().x - step, to.y};
    const double lean = std::min((q.x - p.x) * 0.18, 30.0);
    return curve(p, {p.x + lean, p.y - h}, {q.x - lean, q.y - h}, q);
  }
  const std::uint32_t d = (b - a) / columns, longest = rows - 1;
  const double step = side_step(d, longest) * cell_h / 2, w = bulge * rise(d, longest) * 4 / 3;
  const Point p{from.right(), from.middle().y + step}, q{to.right(), to.middle().y - step};
  const double lean = std::min((q.y - p.y) * 0.18, 30.0);
  return curve(p, {p.x + w, p.y + lean}, {q.x + w, q.y - lean}, q);
}

Point Grid::top_of_arc(std::uint32_t a, std::uint32_t b) const {
  if (a > b) std::swap(a, b);
  const Box from = cell(a), to = cell(b);
  if (a / columns == b / columns)
    return {(from.middle().x + to.middle().x) / 2, from.y - lift * rise(b - a, columns - 1)};
  return {from.right() + bulge * rise((b - a) / columns, rows - 1), (from.middle().y + to.middle().y) / 2};
}

}  // namespace tools::topo
