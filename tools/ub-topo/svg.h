// An SVG document, written element by element; its one style sheet defines the appearance of each class.
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
  /// `tip` is the text that a browser shows under the mouse pointer.
  void rect(std::string_view css, Box, double radius = 0, std::string_view tip = {});
  void circle(std::string_view css, Point, double radius, std::string_view tip = {});
  void line(std::string_view css, Point, Point);
  void polygon(std::string_view css, const std::vector<Point>&, double opacity);
  /// `d` as returned by straight(), corners() or curve().
  void path(std::string_view css, std::string_view d, std::string_view tip = {});
  /// `css` also aligns the text at `at`: "left" (the default), "mid" or "end".
  void text(std::string_view css, Point at, double size, std::string_view words);
  /// Groups the elements up to close() under `id`.
  void open(std::string_view id);
  void close();

  /// Returns the whole document. `described` is its text for readers that cannot see it.
  std::string document(double width, double height, std::string_view title, std::string_view described) const;

 private:
  std::string body_;
};

/// The greatest width of `words` in the fonts that viewers may have.
double text_width(std::string_view words, double size);

std::string straight(Point, Point);
std::string corners(const std::vector<Point>&);
/// A curve from a to b with one or two control points.
std::string curve(Point a, Point pull, Point b);
std::string curve(Point a, Point pull_a, Point pull_b, Point b);

}  // namespace tools::topo
