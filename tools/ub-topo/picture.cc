#include "tools/ub-topo/picture.h"

#include <algorithm>
#include <memory>

#include "tools/common/print.h"
#include "tools/machine/counts.h"
#include "tools/machine/words.h"
#include "tools/ub-topo/level_view.h"
#include "tools/ub-topo/marking.h"
#include "tools/ub-topo/nouns.h"
#include "tools/ub-topo/scene.h"
#include "tools/ub-topo/tier_view.h"

namespace tools::topo {

namespace {

constexpr double kMargin = 30, kBetween = 46, kWidest = 2000;
constexpr double kLine = 17, kSmall = 12.5;

std::vector<std::string> wrapped(const std::string& text, double size, double width) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && text_width(lines.back() + " " + word, size) > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines;
}

// One view with its number, and the title and sentences above it.
struct Part {
  std::unique_ptr<View> view;
  std::size_t level;
  NodeId opened;
  std::vector<std::string> said;
  Point at;
};

class Page {
 public:
  Page(const Machine& m, const Marks& marks) : machine_(m), marks_(marks), levels_(levels_of(m)) {}

  std::string document() {
    opened_ = first_opened();
    width_ = inner_width();
    y_ = kMargin + 26;
    svg_.text("bold", {kMargin, y_}, 26, machine_.profile().name);
    for (const std::string& l : wrapped(machine_.profile().summary, 15, width_))
      svg_.text("soft", {kMargin, y_ += 22}, 15, l);
    svg_.text("soft", {kMargin, y_ += 20}, kSmall,
              nodes_text(machine_) + "; links: " + cables_text(machine_));
    y_ += 30;
    place();
    for (const Part& p : parts_) draw(p);
    for (const Part& p : parts_) refer(p, false);
    for (const Part& p : parts_) mark(svg_, machine_, *p.view, marks_);
    for (const Part& p : parts_) refer(p, true);
    tell();
    legend();
    return svg_.document(width_ + 2 * kMargin, y_ + kMargin, machine_.profile().name,
                         machine_.profile().summary);
  }

 private:
  NodeId first_opened() const {
    if (marks_.spared) return *marks_.spared;
    if (!marks_.paths.empty() && marks_.paths[0].count)
      return home_of(machine_, machine_.from(marks_.paths[0].links[0])).npu;
    if (!marks_.failed.empty()) return home_of(machine_, machine_.from(marks_.failed[0])).npu;
    return NodeId(0);
  }

  std::unique_ptr<View> view(std::size_t k, NodeId opened, Point at) const {
    if (levels_[k].tiered) return std::make_unique<TierView>(machine_, levels_[k], opened, at, width_);
    return std::make_unique<LevelView>(machine_, levels_, k, opened, at, width_);
  }

  // The width that the views of meshes need, side by side up to kWidest.
  double inner_width() const {
    double widest = 900, row = 0;
    for (std::size_t k = levels_.size(); k-- > 0;) {
      if (!levels_[k].meshed) continue;
      const double w = view(k, opened_, {0, 0})->box().w;
      row = row == 0 ? w : row + kBetween + w > kWidest ? w : row + kBetween + w;
      widest = std::max(widest, row);
    }
    return levels_.back().meshed ? widest : std::max(widest, 1500.0);
  }

  // Places views from the whole to the smallest part in which the first path begins, then to that in which it ends.
  void place() {
    for (std::size_t k = levels_.size(); k-- > 0;) place(k, opened_);
    place_x_ = kMargin, y_ = lowest_;
    if (marks_.paths.empty() || marks_.paths[0].count == 0) return;
    const auto& links = marks_.paths[0].links;
    for (const NodeId end : {machine_.from(links[0]), machine_.to(links[marks_.paths[0].count - 1])}) {
      const NodeId npu = home_of(machine_, end).npu;
      for (std::size_t k = levels_.size(); k-- > 0;)
        if (!is_open(k, npu)) place(k, npu);
      place_x_ = kMargin, y_ = lowest_;
    }
  }

  bool is_open(std::size_t k, NodeId npu) const {
    return std::any_of(parts_.begin(), parts_.end(), [&](const Part& p) {
      return p.level == k && same(machine_, npu, p.opened, levels_[k].first);
    });
  }

  void place(std::size_t k, NodeId opened) {
    const double w = levels_[k].meshed ? view(k, opened, {0, 0})->box().w : width_;
    if (place_x_ > kMargin && place_x_ + w > kMargin + width_ + 1) place_x_ = kMargin, y_ = lowest_;
    Part p{nullptr, k, opened, {}, {place_x_, y_}};
    for (const std::string& s : view(k, opened, {0, 0})->said())
      for (std::string& l : wrapped(s, kSmall, levels_.size() == 1 ? width_ : w))
        p.said.push_back(std::move(l));
    p.view = view(k, opened, {place_x_, y_ + 14 + kLine * double(p.said.size())});
    lowest_ = std::max(lowest_, p.view->box().bottom() + 34);
    place_x_ += w + kBetween;
    parts_.push_back(std::move(p));
  }

  std::size_t number(const Part& p) const { return std::size_t(&p - parts_.data()) + 1; }

  void draw(const Part& p) {
    double x = p.at.x, y = p.at.y;
    if (parts_.size() > 1) {
      badge({x + 11, y - 5}, number(p));
      x += 30;
    }
    svg_.text("bold", {x, y}, 16, p.view->title());
    for (const std::string& s : p.said) svg_.text("soft", {p.at.x, y += kLine}, kSmall, s);
    svg_.open("view" + std::to_string(number(p)));
    p.view->draw(svg_);
    svg_.close();
  }

  // Marks the cell that a part shows in detail, in the view of that cell; the number is drawn above all other marks.
  void refer(const Part& p, bool by_number) {
    for (const Part& outer : parts_) {
      if (outer.level != p.level + 1) continue;
      const auto b = outer.view->at(p.opened);
      if (!b) continue;
      if (by_number)
        badge({b->right() + 3, b->y - 3}, number(p));
      else
        svg_.rect("opened", {b->x - 5, b->y - 5, b->w + 10, b->h + 10}, 7);
    }
  }

  void badge(Point at, std::size_t number) {
    svg_.circle("badge", at, 11);
    svg_.text("mid bold light", {at.x, at.y + 4.5}, 13, std::to_string(number));
  }

  void tell() {
    for (const std::string& s : marks_.said)
      for (const std::string& l : wrapped(s, 14, width_)) svg_.text("", {kMargin, y_}, 14, l), y_ += 20;
    if (!marks_.said.empty()) y_ += 12;
  }

  void legend() {
    std::vector<Symbol> all, each;
    for (const Part& p : parts_) p.view->explain(all);
    explain(marks_, all);
    for (const Symbol& s : all)
      if (std::find(each.begin(), each.end(), s) == each.end()) each.push_back(s);
    double x = kMargin;
    svg_.line("s", {kMargin, y_ - 6}, {kMargin + width_, y_ - 6});
    y_ += 20;
    for (const Symbol& s : each) {
      const double w = 44 + text_width(s.meaning, kSmall) + 18;
      if (x + w > kMargin + width_ && x > kMargin) x = kMargin, y_ += 24;
      symbol(s, {x, y_});
      svg_.text("", {x + 40, y_ + 4.5}, kSmall, s.meaning);
      x += w;
    }
    if (parts_.size() > 1) {
      const std::string text = "so marked in one picture: opened up in that of the number";
      if (x + 44 + text_width(text, kSmall) > kMargin + width_) x = kMargin, y_ += 24;
      badge({x + 16, y_}, 2);
      svg_.text("", {x + 40, y_ + 4.5}, kSmall, text);
    }
  }

  void symbol(const Symbol& s, Point at) {
    if (s.shape == Symbol::Shape::line) return svg_.line(s.css, {at.x, at.y}, {at.x + 32, at.y});
    if (s.shape == Symbol::Shape::square) return svg_.rect(s.css, {at.x + 9, at.y - 7, 14, 14});
    svg_.rect(s.css, {at.x + 2, at.y - 8, 28, 16}, 4);
  }

  const Machine& machine_;
  const Marks& marks_;
  std::vector<Level> levels_;
  NodeId opened_{0};
  double width_ = 0, y_ = 0, place_x_ = kMargin, lowest_ = 0;
  std::vector<Part> parts_;
  Svg svg_;
};

}  // namespace

std::string picture(const Machine& m, const Marks& marks) { return Page(m, marks).document(); }

}  // namespace tools::topo
