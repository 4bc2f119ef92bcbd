#include "tools/ub-topo/tier_view.h"

#include <algorithm>

#include "tools/common/print.h"
#include "tools/machine/words.h"
#include "tools/ub-topo/nouns.h"

namespace tools::topo {

namespace {

constexpr double kStep = 170, kSwitch = 30, kLabel = 110;
constexpr std::uint64_t kMany = 300;  // more links than this are drawn thin
constexpr std::uint64_t kMostInRow = 128;

}  // namespace

TierView::TierView(const Machine& m, const Level& level, NodeId opened, Point at, double width)
    : machine_(m), level_(level), opened_(opened), box_{at.x, at.y, width, 0} {
  for (const NodeGroup& g : m.layout().groups)
    if (const Row r = row_of(g); r.count > 0) rows_.push_back(r);
  const bool cpus = rows_.size() > 1 && rows_[1].group->kind == NodeKind::cpu;
  const std::size_t steps = rows_.size() - 1 - cpus;
  const double left = at.x + kLabel, room = width - kLabel;
  double y = at.y + 10 + kStep * double(steps);
  box_.h = 10 + kStep * double(steps) + (level.last - level.first > 1 || cpus ? 70 : 46);
  for (Row& r : rows_) {
    const bool ends = r.group->kind != NodeKind::switch_;
    r.x = left, r.width = room, r.y = y;
    if (cpus && ends) {
      const double share = room * double(r.count) / double(rows_[0].count + 2 * rows_[1].count);
      r.width = &r == rows_.data() ? share : 2 * share;
      if (&r != rows_.data()) r.x = left + room - r.width;
    }
    if (!ends || !cpus || r.group->kind == NodeKind::cpu) y -= kStep;
    const double pitch = r.width / (double(r.count) + (r.units > 1 ? double(r.units) * 0.5 : 0));
    r.side = std::min(pitch * 0.8, ends ? 52.0 : kSwitch);
  }
}

TierView::Row TierView::row_of(const NodeGroup& g) const {
  const std::size_t scope =
      g.kind == NodeKind::npu ? machine_.dimensions() : dimensions_of(machine_, g.segments);
  if (scope < level_.first) return {};
  std::uint64_t domains = 1, domain = 0;
  for (std::size_t d = 0; d < level_.first; ++d) {
    domains *= machine_.profile().dimensions[d].size;
    domain = domain * machine_.profile().dimensions[d].size + machine_.coordinate(opened_, d);
  }
  Row r{&g, 0, g.count / domains, 1};
  r.first = g.first + domain * r.count;
  const bool within = scope > level_.first && level_.last - level_.first > 1;
  if (within) r.units = machine_.profile().dimensions[level_.first].size;
  return r;
}

Box TierView::slot(const Row& r, std::uint64_t i) const {
  const std::uint64_t each = r.count / r.units;
  const double unit = r.width / double(r.units), gap = r.units > 1 ? unit * 0.5 / (double(each) + 0.5) : 0;
  const double pitch = (unit - gap) / double(each);
  const double x = r.x + unit * double(i / each) + gap / 2 + pitch * (double(i % each) + 0.5);
  const double h = std::min(r.side, 34.0);
  return {x - r.side / 2, r.y + (34 - h) / 2, r.side, h};
}

std::optional<Box> TierView::at(NodeId n) const {
  for (const Row& r : rows_)
    if (n.value >= r.first && n.value - r.first < std::min(r.count, kMostInRow))
      return slot(r, n.value - r.first);
  return {};
}

std::string TierView::line(NodeId from, NodeId to) const {
  Box a = *at(from), b = *at(to);
  if (a.y < b.y) return straight({a.middle().x, a.bottom()}, {b.middle().x, b.y});
  return straight({a.middle().x, a.y}, {b.middle().x, b.bottom()});
}

Point TierView::half_way(NodeId from, NodeId to) const {
  const Point a = at(from)->middle(), b = at(to)->middle();
  return {(a.x + b.x) / 2, (a.y + b.y) / 2};
}

void TierView::draw_links(Svg& svg) const {
  std::vector<std::pair<NodeId, NodeId>> all;
  for (const Row& r : rows_)
    for (std::uint64_t i = 0; i < std::min(r.count, kMostInRow); ++i)
      for (const LinkId l : machine_.links_from(NodeId(std::uint32_t(r.first + i))))
        if (up(l) && at(machine_.to(l))) all.emplace_back(machine_.from(l), machine_.to(l));
  const bool many = all.size() > kMany;
  for (const auto& ends : all) svg.path(many ? "s faint" : "s", line(ends.first, ends.second));
  // The links of one node again, so that they can be seen among many.
  for (const auto& ends : all)
    if (ends.first.value == rows_[0].first) svg.path("x", line(ends.first, ends.second));
}

void TierView::draw_row(Svg& svg, const Row& r) const {
  const bool ends = r.group->kind != NodeKind::switch_;
  const std::uint64_t each = r.count / r.units;
  if (ends && r.units > 1)
    for (std::uint64_t u = 0; u < r.units; ++u) {
      const Box a = slot(r, u * each), b = slot(r, (u + 1) * each - 1);
      svg.rect("unit", {a.x - 5, a.y - 6, b.right() - a.x + 10, a.h + 30}, 6);
      const auto& dim = machine_.profile().dimensions[level_.first];
      svg.text("mid soft", {(a.x + b.right()) / 2, a.bottom() + 17}, 11,
               called(dim.name) + " " + std::to_string(u));
    }
  for (std::uint64_t i = 0; i < std::min(r.count, kMostInRow); ++i) {
    const Box b = slot(r, i);
    const NodeId n(std::uint32_t(r.first + i));
    const bool cpu = r.group->kind == NodeKind::cpu;
    svg.rect(!ends ? "hrs" : cpu ? "cpu" : "npu", b, ends ? std::min(5.0, b.w / 4) : 0, machine_.name(n));
    if (b.w >= 13 && (ends || b.w >= 18))
      svg.text(ends ? "mid" : "mid light", {b.middle().x, b.middle().y + 4}, b.w >= 20 ? 11 : 8.5,
               std::to_string(each == 1 && r.units > 1 ? i : i % each));
  }
  const std::string label = r.group->kind == NodeKind::cpu ? "CPUs"
                            : !ends                        ? switches_word(*r.group)
                                                           : endpoint_word(machine_) + "s";
  if (r.group->kind == NodeKind::cpu)
    svg.text("mid", {r.x + r.width / 2, r.y + 54}, 12, label);
  else
    svg.text("", {box_.x, r.y + 21}, 12.5, label);
}

void TierView::draw(Svg& svg) const {
  draw_links(svg);
  for (const Row& r : rows_) draw_row(svg, r);
}

std::string TierView::title() const {
  const std::string what = prefix(machine_, opened_, level_.first);
  return (what.empty() ? machine_.profile().name : what) +
         format(": %llu %ss", static_cast<unsigned long long>(rows_[0].count),
                endpoint_word(machine_).c_str());
}

std::vector<std::string> TierView::said() const {
  std::vector<std::string> all;
  const auto links = machine_.links_from(NodeId(std::uint32_t(rows_[0].first)));
  const Link l = machine_.link(links[0]);
  std::string text =
      format("Each %s has %u link%s of %.4g GB/s each way", endpoint_word(machine_).c_str(),
             unsigned(links.size()), links.size() == 1 ? "" : "s", double(l.bytes_per_s) / 1e9);
  text += links.size() == 1 ? ", to the switch above it"
                            : ", one to each switch above it (blue: those of the first)";
  all.push_back(text + ". Nothing else joins them: every path goes up and down again.");
  for (const Row& r : rows_) {
    if (r.group->kind != NodeKind::switch_) continue;
    std::uint32_t leaving = 0;
    Link out{};
    for (const LinkId id : machine_.links_from(NodeId(std::uint32_t(r.first))))
      if (!at(machine_.to(id))) out = machine_.link(id), ++leaving;
    if (leaving > 0)
      all.push_back(format("Each of the %s has %u link%s of %.4g GB/s each way to the switches further up.",
                           switches_word(*r.group).c_str(), leaving, leaving == 1 ? "" : "s",
                           double(out.bytes_per_s) / 1e9));
  }
  return all;
}

void TierView::explain(std::vector<Symbol>& all) const {
  using S = Symbol::Shape;
  all.push_back({S::box, "npu", endpoint_word(machine_)});
  if (rows_.size() > 1 && rows_[1].group->kind == NodeKind::cpu) all.push_back({S::box, "cpu", "CPU"});
  all.push_back({S::square, "hrs", "switch"});
  all.push_back({S::line, "s", "links to switches"});
}

}  // namespace tools::topo
