#include "tools/ub-topo/plane_view.h"

#include <algorithm>

#include "tools/common/print.h"
#include "tools/ub-topo/nouns.h"

namespace tools::topo {

namespace {

constexpr double kBus = 46;      // from the box's left to the wires of the NPUs
constexpr double kGroupW = 250;  // of a group's box
constexpr double kBackupH = 34;
constexpr double kHead = 18;  // of a group's title

}  // namespace

PlaneView::PlaneView(const Machine& m, NodeId npu, Box in) : machine_(m), npu_(npu), in_(in) {}

Box PlaneView::group(std::uint32_t g) const {
  const auto& p = *machine_.profile().plane;
  const double room = in_.h - (machine_.profile().backup.count ? kBackupH + 22 : 0);
  const double h = room / p.groups;
  return {in_.x + kBus, in_.y + g * h, kGroupW, h - 8};
}

Box PlaneView::first_level(std::uint32_t g, std::uint32_t i) const {
  const Box b = group(g);
  const double pitch = (b.h - kHead - 6) / machine_.profile().plane->first_level;
  const double side = std::min(pitch * 0.76, 18.0);
  return {b.x + 34, b.y + kHead + 2 + (i + 0.5) * pitch - side / 2, side * 1.5, side};
}

Box PlaneView::second_level(std::uint32_t g, std::uint32_t i) const {
  const Box b = group(g);
  const double pitch = (b.h - kHead - 6) / machine_.profile().plane->second_level;
  const double side = std::min(pitch * 0.76, 18.0);
  return {b.right() - 34 - side * 1.5, b.y + kHead + 2 + (i + 0.5) * pitch - side / 2, side * 1.5, side};
}

Box PlaneView::backup() const { return {in_.x + kBus, in_.bottom() - kBackupH - 8, kGroupW, kBackupH}; }

Box PlaneView::cpu(std::uint32_t i) const {
  const double h = group(0).h + 8, room = h * machine_.profile().plane->groups;
  const double pitch = std::min(room / machine_.profile().cpu.count, 64.0);
  const double top = in_.y + (room - pitch * machine_.profile().cpu.count) / 2;
  return {in_.x + kBus + kGroupW + 60, top + i * pitch + pitch * 0.2, 58, std::min(pitch * 0.6, 26.0)};
}

const NodeGroup* PlaneView::nodes(NodeKind kind, std::string_view mark) const {
  for (const NodeGroup& g : machine_.layout().groups)
    if (g.kind == kind && (mark.empty() || (g.word == "lrs" && g.parts.back().mark == mark))) return &g;
  return nullptr;
}

std::string PlaneView::name(const NodeGroup* g, std::uint32_t in_rack) const {
  const std::uint64_t each = g->count / machine_.rack_count();
  return machine_.name(NodeId(std::uint32_t(g->first + machine_.rack(npu_) * each + in_rack)));
}

std::optional<Box> PlaneView::at(NodeId n) const {
  const auto& plane = *machine_.profile().plane;
  const auto in_rack = [&](const NodeGroup* g) -> std::optional<std::uint32_t> {
    if (!g || n.value < g->first || n.value - g->first >= g->count) return {};
    const std::uint64_t each = g->count / machine_.rack_count(), i = n.value - g->first;
    if (i / each != machine_.rack(npu_)) return {};
    return std::uint32_t(i % each);
  };
  if (in_rack(nodes(NodeKind::backup))) return backup();
  if (const auto i = in_rack(nodes(NodeKind::cpu))) return cpu(*i);
  if (const auto i = in_rack(nodes(NodeKind::switch_, ".f")))
    return first_level(*i / plane.first_level, *i % plane.first_level);
  if (const auto i = in_rack(nodes(NodeKind::switch_, ".s")))
    return second_level(*i / plane.second_level, *i % plane.second_level);
  return {};
}

double PlaneView::bus() const { return in_.x + 12; }
double PlaneView::backup_bus() const { return group(0).x + 14; }
double PlaneView::cpu_bus() const { return group(0).right() + 22; }

Point PlaneView::port(NodeId n) const { return {at(n)->x, at(n)->y + at(n)->h * 0.3}; }

std::optional<std::string> PlaneView::line(NodeId from, NodeId to) const {
  const auto a = at(from), b = at(to);
  if (!a || !b) return {};
  const auto kind = [&](NodeKind k) { return machine_.kind(from) == k || machine_.kind(to) == k; };
  if (!kind(NodeKind::backup) && !kind(NodeKind::cpu))
    return a->x < b->x ? straight({a->right(), a->middle().y}, {b->x, b->middle().y})
                       : straight({a->x, a->middle().y}, {b->right(), b->middle().y});
  const Box& lrs = machine_.kind(from) == NodeKind::switch_ ? *a : *b;
  const Box& end = machine_.kind(from) == NodeKind::switch_ ? *b : *a;
  if (kind(NodeKind::backup)) {
    const double y = lrs.y + lrs.h * 0.75;
    return corners({{lrs.x, y}, {backup_bus(), y}, {backup_bus(), end.y}});
  }
  return corners({{lrs.right(), lrs.middle().y},
                  {cpu_bus(), lrs.middle().y},
                  {cpu_bus(), end.middle().y},
                  {end.x, end.middle().y}});
}

void PlaneView::draw_group(Svg& svg, std::uint32_t g) const {
  const auto& p = machine_.profile();
  const auto& plane = *p.plane;
  const Box b = group(g);
  svg.rect("unit", b, 5);
  svg.text("soft", {b.x + 21, b.y + 13}, 11, format("group %u", g));
  if (plane.outward_lanes)
    svg.text("soft end", {b.right() - 8, b.y + 13}, 11, format("x%u outwards", plane.outward_lanes));
  const double green = backup_bus(), right = cpu_bus();
  for (std::uint32_t f = 0; f < plane.first_level; ++f) {
    const Box from = first_level(g, f);
    svg.line("s", {bus(), from.y + from.h * 0.3}, {from.x, from.y + from.h * 0.3});
    if (p.backup.count) svg.line("b", {green, from.y + from.h * 0.75}, {from.x, from.y + from.h * 0.75});
    for (std::uint32_t s = 0; s < plane.second_level; ++s) {
      const Box to = second_level(g, s);
      svg.line("s thin", {from.right(), from.middle().y}, {to.x, to.middle().y});
    }
  }
  for (std::uint32_t s = 0; p.cpu.count && s < plane.second_level; ++s) {
    const Box from = second_level(g, s);
    svg.line("s", {from.right(), from.middle().y}, {right, from.middle().y});
  }
  for (std::uint32_t f = 0; f < plane.first_level; ++f)
    svg.rect("lrs", first_level(g, f), 0, name(nodes(NodeKind::switch_, ".f"), g * plane.first_level + f));
  for (std::uint32_t s = 0; s < plane.second_level; ++s)
    svg.rect("lrs", second_level(g, s), 0, name(nodes(NodeKind::switch_, ".s"), g * plane.second_level + s));
}

// Draws the backup below the groups and the CPUs to their right, each with a line along the switches that it is wired to.
void PlaneView::draw_ends(Svg& svg) const {
  const auto& p = machine_.profile();
  const auto& plane = *p.plane;
  const double green = backup_bus(), right = cpu_bus();
  if (p.backup.count) {
    svg.line("b", {green, first_level(0, 0).y}, {green, backup().y});
    svg.rect("backup", backup(), 6, name(nodes(NodeKind::backup), 0));
    svg.text("mid bold", {backup().middle().x, backup().y + 15}, 12, "backup NPU");
    svg.text("mid soft", {backup().middle().x, backup().y + 28}, 10.5,
             format("x%u to each first-level LRS", p.backup.link_lanes));
  }
  if (p.cpu.count == 0) return;
  svg.line("s", {right, second_level(0, 0).middle().y},
           {right, second_level(plane.groups - 1, plane.second_level - 1).middle().y});
  for (std::uint32_t c = 0; c < p.cpu.count; ++c) {
    svg.line("s", {right, cpu(c).middle().y}, {cpu(c).x, cpu(c).middle().y});
    svg.rect("cpu", cpu(c), 0, name(nodes(NodeKind::cpu), c));
    if (cpu(c).h >= 14) svg.text("mid", {cpu(c).middle().x, cpu(c).middle().y + 4}, 11, format("CPU %u", c));
  }
  const Box last = cpu(p.cpu.count - 1);
  svg.text("mid soft", {last.middle().x, last.bottom() + 16}, 10.5, format("x%u to each", p.cpu.link_lanes));
  svg.text("mid soft", {last.middle().x, last.bottom() + 29}, 10.5, "second-level LRS");
}

void PlaneView::draw(Svg& svg) const {
  const auto& plane = *machine_.profile().plane;
  svg.text("mid soft", {first_level(0, 0).middle().x, in_.y - 8}, 11, "first level");
  svg.text("mid soft", {second_level(0, 0).middle().x, in_.y - 8}, 11, "second level");
  svg.line("s wide", {bus(), first_level(0, 0).y},
           {bus(), std::max(in_.bottom() - 15, group(plane.groups - 1).bottom())});
  for (std::uint32_t g = 0; g < plane.groups; ++g) draw_group(svg, g);
  draw_ends(svg);
}

}  // namespace tools::topo
