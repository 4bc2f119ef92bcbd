#include "tools/ub-topo/marking.h"

#include <algorithm>
#include <cmath>

#include "tools/ub-topo/nouns.h"

namespace tools::topo {

using ub::routing::Route;

namespace {

bool apart(const Box& a, const Box& b) { return std::hypot(a.x - b.x, a.y - b.y) > 0.5; }

// Calls `each` for the links of a route that a view shows as lines.
template <class Each> void each_line(const Machine& m, const View& v, const Route& r, Each each) {
  for (const LinkId l : r) {
    const auto a = v.at(m.from(l)), b = v.at(m.to(l));
    if (a && b && apart(*a, *b)) each(l);
  }
}

void cross(Svg& svg, Point p, double r) {
  svg.line("halo", {p.x - r, p.y - r}, {p.x + r, p.y + r});
  svg.line("halo", {p.x - r, p.y + r}, {p.x + r, p.y - r});
  svg.line("cross", {p.x - r, p.y - r}, {p.x + r, p.y + r});
  svg.line("cross", {p.x - r, p.y + r}, {p.x + r, p.y - r});
}

void tag(Svg& svg, const Box& b, const char* letter) {
  svg.rect("ring", {b.x - 2, b.y - 2, b.w + 4, b.h + 4}, 6);
  svg.circle("stop", {b.x - 2, b.y - 2}, 9);
  svg.text("mid bold light", {b.x - 2, b.y + 2.2}, 12, letter);
}

void note(Svg& svg, Point at, const std::string& words) {
  svg.rect("note", {at.x - 3, at.y - 12, text_width(words, 11) + 6, 16}, 3);
  svg.text("bold", at, 11, words);
}

void mark_path(Svg& svg, const Machine& m, const View& v, const Route& r) {
  each_line(m, v, r, [&](LinkId l) { svg.path("halo", v.line(m.from(l), m.to(l))); });
  each_line(m, v, r, [&](LinkId l) { svg.path("route", v.line(m.from(l), m.to(l)), m.name(l)); });
  each_line(m, v, r, [&](LinkId l) {
    for (const NodeId n : {m.from(l), m.to(l)})
      if (const Box b = *v.at(n); v.close_up() || b.w < 30) svg.rect("ring", b, 3);
  });
  if (r.count == 0) return;
  // The links by which the path enters and leaves the view.
  for (const LinkId l : r) {
    const auto a = v.at(m.from(l)), b = v.at(m.to(l));
    if (!v.close_up() || a.has_value() == b.has_value()) continue;
    const Box& at = a ? *a : *b;
    note(svg, {at.x - 4, at.y - 5}, (a ? "to " : "from ") + m.name(a ? m.to(l) : m.from(l)));
  }
  if (const auto b = v.at(m.from(r.links[0]))) tag(svg, *b, "A");
  if (const auto b = v.at(m.to(r.links[r.count - 1]))) tag(svg, *b, "B");
}

void mark_failed(Svg& svg, const Machine& m, const View& v, LinkId l) {
  const auto a = v.at(m.from(l)), b = v.at(m.to(l));
  if (!a || !b || !apart(*a, *b)) return;
  svg.path("halo", v.line(m.from(l), m.to(l)));
  svg.path("dead", v.line(m.from(l), m.to(l)), m.name(l) + ": failed");
  cross(svg, v.half_way(m.from(l), m.to(l)), 6);
}

void mark_spared(Svg& svg, const Machine& m, const View& v, const Marks& marks) {
  const auto gone = v.at(*marks.spared);
  if (!gone) return;
  if (!v.close_up()) return svg.rect("gone", {gone->x + 4, gone->bottom() - 9, gone->w - 8, 5});
  for (const LinkId l : m.links_from(*marks.spared, LinkKind::mesh))
    if (const auto b = v.at(m.to(l)); b && apart(*gone, *b)) svg.path("lost", v.line(*marks.spared, m.to(l)));
  for (const Route& r : marks.redirected)
    each_line(m, v, r, [&](LinkId l) { svg.path("spare", v.line(m.from(l), m.to(l)), m.name(l)); });
  if (!marks.redirected.empty()) {
    const Route& r = marks.redirected.front();
    const std::string words = "in place of " + m.name(*marks.spared);
    if (const auto b = v.at(m.to(r.links[r.count - 1])))
      note(svg, {b->middle().x - text_width(words, 11) / 2, b->bottom() - 4}, words);
  }
  svg.rect("gone", *gone, 5);
  cross(svg, gone->middle(), 9);
}

}  // namespace

void mark(Svg& svg, const Machine& m, const View& v, const Marks& marks) {
  if (marks.spared) mark_spared(svg, m, v, marks);
  for (const LinkId l : marks.failed) mark_failed(svg, m, v, l);
  for (const Route& r : marks.paths) mark_path(svg, m, v, r);
}

void explain(const Marks& marks, std::vector<Symbol>& all) {
  using S = Symbol::Shape;
  if (!marks.paths.empty()) all.push_back({S::line, "route", "path from A to B"});
  if (!marks.failed.empty()) all.push_back({S::line, "dead", "failed link"});
  if (!marks.spared) return;
  all.push_back({S::box, "gone", "failed NPU"});
  all.push_back({S::line, "lost", "its links, which nobody can use"});
  all.push_back({S::line, "spare", "the backup's in their place, over switches"});
}

}  // namespace tools::topo
