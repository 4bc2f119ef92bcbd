// An SVG document, written element by element; how things look is in its one style sheet, by class.
// Owner: a plain value.  Thread safety: one thread at a time.
// Units: pixels; y grows downwards.
// Errors: none; text is escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tools::topo {

struct Point {
  double x = 0, y = 0;
};
struct Box {
  double x = 0, y = 0, w = 0, h = 0;
  Point middle() const { return {x + w / 2, y + h / 2}; }
  double right() const { return x + w; }
  double bottom() const { return y + h; }
};

class Svg {
 public:
  /// `tip` is what a browser shows when the mouse rests on it.
  void rect(std::string_view css, Box, double radius = 0, std::string_view tip = {});
  void circle(std::string_view css, Point, double radius, std::string_view tip = {});
  void line(std::string_view css, Point, Point);
  void polygon(std::string_view css, const std::vector<Point>&, double opacity);
  /// `d` as curve() and the like make it.
  void path(std::string_view css, std::string_view d, std::string_view tip = {});
  /// `css` also says where `at` is: "left" (as without it), "mid" or "end" of the text.
  void text(std::string_view css, Point at, double size, std::string_view words);
  /// What is drawn from here to close() can be told from the rest.
  void open(std::string_view id);
  void close();

  /// The whole document. `described` is for those who cannot see it.
  std::string document(double width, double height, std::string_view title, std::string_view described) const;

 private:
  std::string body_;
};

/// As wide as `words` are at most, in the fonts that viewers may have.
double text_width(std::string_view words, double size);

std::string straight(Point, Point);
std::string corners(const std::vector<Point>&);
/// A curve from a to b, pulled towards one point or two.
std::string curve(Point a, Point pull, Point b);
std::string curve(Point a, Point pull_a, Point pull_b, Point b);

}  // namespace tools::topo
