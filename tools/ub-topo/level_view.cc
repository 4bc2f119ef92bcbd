#include "tools/ub-topo/level_view.h"

#include <algorithm>
#include <cmath>

#include "tools/common/print.h"
#include "tools/machine/words.h"
#include "tools/ub-topo/nouns.h"

namespace tools::topo {

namespace {

constexpr std::uint32_t kMost = 16;  // cells in a row or column; over switches 48
constexpr std::uint32_t kMostOverSwitches = 48;
constexpr std::uint32_t kMostSmall = 8;  // cells in a row or column inside a cell
constexpr double kMargin = 62;           // left of the cells, for the names of rows
constexpr double kHead = 16;             // above the cells, for the names of columns
constexpr double kBand = 84, kFan = 84;  // the switches above, and their wires

// The tier of switches that connects the cells of a level.
const NodeGroup* switches_of(const Machine& m, const Level& level) {
  for (const NodeGroup& g : m.layout().groups)
    if (g.kind == NodeKind::switch_ && g.word != "lrs" && dimensions_of(m, g.segments) == level.first)
      return &g;
  return nullptr;
}

}  // namespace

LevelView::LevelView(const Machine& m, const std::vector<Level>& levels, std::size_t k, NodeId opened,
                     Point at, double width)
    : machine_(m), levels_(levels), k_(k), opened_(opened) {
  const Level& l = levels[k];
  const std::uint32_t most = l.meshed ? kMost : kMostOverSwitches;
  grid_.rows = std::min(l.rows, most), grid_.columns = std::min(l.columns, most);
  grid_.origin = {at.x + kMargin, at.y + kHead};
  if (l.meshed) {
    if (k > 0)
      grid_.cell_w = 104, grid_.cell_h = 88, grid_.lift = 36, grid_.bulge = 40;
    else if (grid_.rows * grid_.columns <= 36)
      grid_.cell_w = 70, grid_.cell_h = 48, grid_.lift = 46, grid_.bulge = 50;
    if (grid_.rows == 1) grid_.lift = 30 + 14 * grid_.columns, grid_.bulge = 26;
  } else {
    band_ = Box{at.x, at.y, width, kBand};
    grid_.lift = grid_.bulge = 0;
    grid_.pad = grid_.columns > 24 ? 6 : 11;
    grid_.cell_w = std::min(width / grid_.columns - grid_.pad, 210.0);
    grid_.cell_h = std::clamp(grid_.cell_w, 64.0, 96.0) + 18;
    grid_.origin = {at.x + (width - grid_.width()) / 2 - grid_.pad / 2, band_->bottom() + kFan};
    switches_ = switches_of(m, l);
  }
  box_ = {at.x, at.y, std::max(grid_.origin.x + grid_.width(), band_ ? band_->right() : 0) - at.x,
          grid_.origin.y + grid_.height() - at.y};
  if (m.profile().plane && l.first <= m.layout().rack_dimension && l.last > m.layout().rack_dimension) {
    const double h = std::max(grid_.height(), 420.0);
    plane_.emplace(m, opened, Box{box_.right() + 16, at.y + kHead, PlaneView::kWidth, h});
    box_.w += 16 + PlaneView::kWidth, box_.h = std::max(box_.h, h + kHead);
  }
}

std::uint32_t LevelView::shown(std::uint32_t c, std::uint32_t size) const {
  const std::uint32_t most = levels_[k_].meshed ? kMost : kMostOverSwitches;
  return size <= most || c < most - 2 ? c : c == size - 1 ? most - 1 : most - 2;
}

std::uint32_t LevelView::cell_of(NodeId npu) const {
  const Level& l = levels_[k_];
  const std::uint32_t row = l.last - l.first == 2 ? machine_.coordinate(npu, l.first) : 0;
  return shown(row, l.rows) * grid_.columns + shown(machine_.coordinate(npu, l.last - 1), l.columns);
}

bool LevelView::stands_for_more(std::uint32_t cell) const {
  const Level& l = levels_[k_];
  return (l.rows > grid_.rows && cell / grid_.columns == grid_.rows - 2) ||
         (l.columns > grid_.columns && cell % grid_.columns == grid_.columns - 2);
}

NodeId LevelView::npu_of(std::uint32_t cell) const {
  const Level& l = levels_[k_];
  const auto back = [](std::uint32_t c, std::uint32_t drawn, std::uint32_t size) {
    return c + 1 == drawn ? size - 1 : c;
  };
  NodeId n = opened_;
  for (std::size_t d = l.last; d < machine_.dimensions(); ++d) n = machine_.moved(n, d, 0);
  if (l.last - l.first == 2) n = machine_.moved(n, l.first, back(cell / grid_.columns, grid_.rows, l.rows));
  return machine_.moved(n, l.last - 1, back(cell % grid_.columns, grid_.columns, l.columns));
}

std::string LevelView::cell_name(std::uint32_t cell) const {
  const std::string name = prefix(machine_, npu_of(cell), levels_[k_].last);
  const std::string outer = prefix(machine_, npu_of(cell), levels_[k_].first);
  return outer.empty() || name.size() <= outer.size() ? name : name.substr(outer.size() + 1);
}

std::optional<Box> LevelView::switch_at(NodeId n) const {
  if (!switches_ || n.value < switches_->first || n.value - switches_->first >= switches_->count) return {};
  const Home home = home_of(machine_, n);
  if (!same(machine_, home.npu, opened_, home.dimensions)) return {};
  return slot((n.value - switches_->first) % switches_here());
}

std::uint64_t LevelView::switches_here() const {
  std::uint64_t domains = 1;
  for (std::size_t d = 0; d < levels_[k_].first; ++d) domains *= machine_.profile().dimensions[d].size;
  return switches_->count / domains;
}

std::uint64_t LevelView::planes() const {
  return switches_->parts.size() > 1 ? switches_here() / switches_->parts.back().size : 1;
}

// The box of a switch in the band: grouped by plane, in the number of rows that makes the squares largest.
Box LevelView::slot(std::uint64_t i) const {
  const std::uint64_t of = planes(), each = switches_here() / of;
  const double w = band_->w - 16, h = band_->h - 40;
  std::uint64_t rows = 1;
  double pitch = 0;
  for (std::uint64_t r = 1; r <= each; ++r) {
    const double columns = double((each + r - 1) / r) + (of > 1 ? 0.8 : 0);
    const double p = std::min({w / (double(of) * columns), h / double(r), 20.0});
    if (p > pitch) pitch = p, rows = r;
  }
  const std::uint64_t columns = (each + rows - 1) / rows;
  const double plane = w / double(of), j = double(i % each % columns);
  return {
      band_->x + 8 + plane * double(i / each) + (plane - pitch * double(columns)) / 2 + pitch * (j + 0.12),
      band_->y + 20 + (h - pitch * double(rows)) / 2 + pitch * (double(i % each / columns) + 0.12),
      pitch * 0.76, pitch * 0.76};
}

std::optional<Box> LevelView::at(NodeId n) const {
  const Level& l = levels_[k_];
  if (plane_)
    if (const auto b = plane_->at(n)) return b;
  if (const auto b = switch_at(n)) return b;
  const Home home = home_of(machine_, n);
  if (home.dimensions < l.last || !same(machine_, home.npu, opened_, l.first)) return {};
  return grid_.cell(cell_of(home.npu));
}

// Whether both are in one row or column that the mesh connects.
bool LevelView::on_an_arc(NodeId from, NodeId to) const {
  const Level& l = levels_[k_];
  const Home a = home_of(machine_, from), b = home_of(machine_, to);
  if (!l.meshed || a.dimensions < l.last || b.dimensions < l.last) return false;
  const std::uint32_t i = cell_of(a.npu), j = cell_of(b.npu);
  return i / grid_.columns == j / grid_.columns || i % grid_.columns == j % grid_.columns;
}

std::string LevelView::line(NodeId from, NodeId to) const {
  if (on_an_arc(from, to) && !(plane_ && (plane_->at(from) || plane_->at(to))))
    return grid_.arc(cell_of(home_of(machine_, from).npu), cell_of(home_of(machine_, to).npu));
  if (!plane_) return straight(edge(from, to), edge(to, from));
  if (const auto wire = plane_->line(from, to)) return *wire;
  // Along the drawn wires: below the row to the plane.
  const NodeId npu = plane_->at(from) ? to : from, lrs = plane_->at(from) ? from : to;
  const Box b = *at(npu);
  const double y = grid_.row(cell_of(npu) / grid_.columns).bottom() - 6;
  return corners({{b.middle().x, b.bottom()},
                  {b.middle().x, y},
                  {plane_->bus(), y},
                  {plane_->bus(), plane_->port(lrs).y},
                  plane_->port(lrs)});
}

// The point at which a line between a cell and a switch above it begins.
Point LevelView::edge(NodeId of, NodeId towards) const {
  const Box b = *at(of);
  return {b.middle().x, at(towards)->y < b.y ? b.y : b.bottom()};
}

Point LevelView::half_way(NodeId from, NodeId to) const {
  if (on_an_arc(from, to) && !(plane_ && (plane_->at(from) || plane_->at(to))))
    return grid_.top_of_arc(cell_of(home_of(machine_, from).npu), cell_of(home_of(machine_, to).npu));
  const Point p = plane_ ? at(from)->middle() : edge(from, to),
              q = plane_ ? at(to)->middle() : edge(to, from);
  return {(p.x + q.x) / 2, (p.y + q.y) / 2};
}

void LevelView::draw_arcs(Svg& svg) const {
  const std::string wide = k_ > 0 ? " wide" : "";
  for (std::uint32_t a = 0; a < grid_.rows * grid_.columns; ++a)
    for (std::uint32_t b = a + 1; b < grid_.rows * grid_.columns; ++b) {
      if (stands_for_more(a) || stands_for_more(b)) continue;
      if (a / grid_.columns == b / grid_.columns) svg.path("x" + wide, grid_.arc(a, b));
      if (a % grid_.columns == b % grid_.columns) svg.path("y" + wide, grid_.arc(a, b));
    }
}

// Draws the contents of a cell in small: the cells of the next level, or nodes under their switches.
void LevelView::draw_small(Svg& svg, Box in) const {
  const Level& l = levels_[k_ - 1];
  std::uint32_t rows = l.rows, columns = l.columns;
  if (l.tiered) {
    rows = columns = 1;
    for (std::size_t d = l.first; d < l.last; ++d)
      (d + 1 < l.last ? columns : rows) *= machine_.profile().dimensions[d].size;
    svg.rect("sdot", {in.x + 2, in.y + 1, in.w - 4, 4});
    in.y += 9, in.h -= 9;
  } else if (!l.meshed && columns > 4) {
    rows = 2, columns = (columns + 1) / 2;
  }
  if (l.tiered && (rows < columns) != (in.h < in.w)) std::swap(rows, columns);
  rows = std::min(rows, kMostSmall), columns = std::min(columns, kMostSmall);
  const double pitch = std::min(in.w / columns, in.h / rows), side = pitch * 0.66;
  const Point from{in.middle().x - pitch * columns / 2, in.middle().y - pitch * rows / 2};
  for (std::uint32_t r = 0; r < rows; ++r)
    for (std::uint32_t c = 0; c < columns; ++c)
      svg.rect(k_ == 1 ? "dot" : "npu", {from.x + c * pitch + (pitch - side) / 2,
                                         from.y + r * pitch + (pitch - side) / 2, side, side});
}

void LevelView::draw_cell(Svg& svg, std::uint32_t i) const {
  const Box b = grid_.cell(i);
  if (stands_for_more(i)) return svg.text("mid bold soft", {b.middle().x, b.middle().y + 5}, 18, "...");
  const std::string name = cell_name(i);
  const std::string whole = prefix(machine_, npu_of(i), levels_[k_].last);
  if (k_ == 0) {
    svg.rect("npu", b, 5, machine_.name(npu_of(i)));
    const std::string number = std::to_string(machine_.coordinate(npu_of(i), levels_[k_].last - 1));
    return svg.text("mid", {b.middle().x, b.middle().y + 4.5}, 12.5, number);
  }
  svg.rect("unit", b, 5, whole);
  const bool fits = text_width(name, 10) <= b.w - 4;
  const std::string number = name.substr(std::min(name.find_first_of("0123456789"), name.size()));
  svg.text("mid", {b.middle().x, b.y + 14}, fits ? std::min(12.0, (b.w - 4) / text_width(name, 1)) : 10,
           fits ? name : number);
  draw_small(svg, {b.x + 5, b.y + 18, b.w - 10, b.h - 22});
}

void LevelView::draw_band(Svg& svg) const {
  const double faint = std::min(0.1, 0.6 / grid_.columns);
  for (std::uint32_t i = 0; i < grid_.columns; ++i) {
    const Box b = grid_.cell(i);
    const bool one = k_ > 0 && i == cell_of(opened_);
    if (!stands_for_more(i))
      svg.polygon(
          "fan",
          {{b.x, b.y}, {b.right(), b.y}, {band_->right(), band_->bottom()}, {band_->x, band_->bottom()}},
          one ? 0.16 : faint);
  }
  svg.rect("panel", *band_, 5);
  if (!switches_) return;
  const std::uint64_t each = switches_here();
  svg.text("soft", {band_->x + 8, band_->y + 14}, 11.5,
           format("%llu ", static_cast<unsigned long long>(each)) + switches_word(*switches_) +
               format(" of x%llu", static_cast<unsigned long long>(switches_->lanes)));
  if (const std::uint64_t of = planes(); of > 1 && of <= 16)
    for (std::uint64_t i = 0; i < of; ++i)
      svg.text("mid soft",
               {band_->x + 8 + (band_->w - 16) * (double(i) + 0.5) / double(of), band_->bottom() - 6}, 11,
               format("plane %llu", static_cast<unsigned long long>(i)));
  std::uint64_t domain = 0;
  for (std::size_t d = 0; d < levels_[k_].first; ++d)
    domain = domain * machine_.profile().dimensions[d].size + machine_.coordinate(opened_, d);
  for (std::uint64_t i = 0; i < each; ++i)
    svg.rect("hrs", slot(i), 0, machine_.name(NodeId(std::uint32_t(switches_->first + domain * each + i))));
}

void LevelView::draw(Svg& svg) const {
  if (band_) draw_band(svg);
  const Level& l = levels_[k_];
  if (k_ == 0)
    for (std::uint32_t r = 0; r < grid_.rows; ++r) svg.rect("unit", grid_.row(r), 8);
  if (l.meshed) {
    if (plane_)
      for (std::uint32_t r = 0; r < grid_.rows; ++r) {
        const double y = grid_.row(r).bottom() - 6;
        svg.line("s wide", {grid_.row(r).right(), y}, {grid_.row(r).right() + 28, y});
      }
    draw_arcs(svg);
    for (std::uint32_t r = 0; k_ == 0 && l.last - l.first == 2 && r < grid_.rows; ++r) {
      const Box b = grid_.cell(r * grid_.columns);
      const std::string& word = machine_.profile().dimensions[l.first].name;
      const std::uint32_t c = machine_.coordinate(npu_of(r * grid_.columns), l.first);
      if (!stands_for_more(r * grid_.columns) || grid_.columns - 2 == 0)
        svg.text("end", {grid_.origin.x - 8, b.middle().y + 4}, 12,
                 (word.size() > 1 ? word + " " : word) + std::to_string(c));
    }
  }
  for (std::uint32_t i = 0; i < grid_.rows * grid_.columns; ++i) draw_cell(svg, i);
  if (plane_) plane_->draw(svg);
}

// "racks", or with `one` "rack".
std::string LevelView::cells(bool one) const {
  std::string word = machine_.profile().dimensions[levels_[k_].last - 1].name;
  if (k_ == 0) word = word.size() > 1 && word != "npu" ? word : "NPU";
  if (word.size() < 2) word = "group";
  return one ? word : word + "s";
}

std::string LevelView::title() const {
  const Level& l = levels_[k_];
  const std::string what = prefix(machine_, opened_, l.first);
  const std::string size =
      l.last - l.first == 2 ? format("%u x %u ", l.rows, l.columns) : format("%u ", l.columns);
  return (what.empty() ? machine_.profile().name : what) + ": " + size + cells();
}

// The sentences for cells that switches connect.
std::string LevelView::said_of_switches() const {
  const auto& groups = machine_.layout().groups;
  std::uint64_t units = 1;
  for (std::size_t d = 0; d < levels_[k_].last; ++d) units *= machine_.profile().dimensions[d].size;
  for (const Cables& c : machine_.layout().cables)
    if (c.kind == LinkKind::tier_link && &groups[c.group[1]] == switches_) {
      const std::uint64_t of = c.count / units;
      const std::string one = cells(true);
      std::string text = format(
          "Each %s has %llu links of %.4g GB/s each way up to these switches, %.4g TB/s in all, so "
          "that any %s reaches any other over one of them.",
          one.c_str(), static_cast<unsigned long long>(of), double(c.bytes_per_s) / 1e9,
          double(of) * double(c.bytes_per_s) / 1e12, one.c_str());
      if (planes() > 1)
        text += format(" They are %llu planes, and a path stays in one.",
                       static_cast<unsigned long long>(planes()));
      return text;
    }
  return {};
}

// The sentences for cells that are connected along rows and columns.
std::string LevelView::said_of_mesh() const {
  const Level& l = levels_[k_];
  const auto& p = machine_.profile();
  const auto& d = p.dimensions[l.last - 1];
  const std::string width =
      format("x%u, %.4g GB/s each way", d.lanes, double(d.lanes) * double(p.lane_bytes_per_s) / 1e9);
  const std::string where = l.rows > 1 ? " in its row (blue) and in its column (amber)." : " (blue).";
  if (d.reach == Reach::trunk)
    return "A trunk of " + width + ", joins each " + cells(true) + " with every other" + where;
  if (k_ == 0) return "Each NPU has a direct link of " + width + ", to every other" + where;
  return "Each NPU has a direct link of " + width + ", to the NPU in the same place of every other " +
         cells(true) + where;
}

std::vector<std::string> LevelView::said() const {
  const Level& l = levels_[k_];
  std::vector<std::string> all{l.meshed ? said_of_mesh() : said_of_switches()};
  if (plane_) {
    const Plane& plane = *machine_.profile().plane;
    all.push_back(
        format("It also has x%u into the switch plane of its rack, x%u to one first-level switch of "
               "each group: to other racks, to the CPUs, and to the backup NPU.",
               plane.npu_lanes * plane.groups, plane.npu_lanes));
  }
  if (grid_.rows < l.rows || grid_.columns < l.columns)
    all.push_back("Not all are drawn: \"...\" stands for those in between.");
  std::erase(all, "");
  return all;
}

void LevelView::explain(std::vector<Symbol>& all) const {
  using S = Symbol::Shape;
  const bool column = levels_[k_].rows > 1;
  if (k_ == 0) all.push_back({S::box, "npu", "NPU (computes, and routes)"});
  if (levels_[k_].meshed) {
    const std::string wide = k_ > 0 ? " wide" : "";
    const std::string what = k_ == 0 ? "direct link of two NPUs"
                             : machine_.reach(levels_[k_].first) == Reach::trunk
                                 ? "trunk"
                                 : "direct links between " + cells();
    all.push_back({S::line, "x" + wide, what + (column ? ", in a row" : "")});
    if (column) all.push_back({S::line, "y" + wide, what + ", in a column"});
  }
  if (plane_) {
    all.push_back({S::square, "lrs", "low-radix switch (LRS)"});
    if (machine_.profile().cpu.count) all.push_back({S::box, "cpu", "CPU"});
    if (machine_.profile().backup.count)
      all.push_back({S::box, "backup", "backup: takes the place of an NPU that fails"});
    all.push_back({S::line, "s", "links to switches"});
  }
  if (switches_)
    all.push_back({S::square, "hrs", switches_->word == "hrs" ? "high-radix switch (HRS)" : "switch"});
}

}  // namespace tools::topo
