#include "tools/ub-topo/svg.h"

#include "tools/common/print.h"

namespace tools::topo {
namespace {

// Classes differ in shape, dash and darkness as well as in colour, so that a print in grey can be read.
constexpr std::string_view kStyle = R"(
text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif;fill:#1d2733}
.mid{text-anchor:middle}.end{text-anchor:end}.bold{font-weight:bold}.soft{fill:#5a6673}.light{fill:#fff}
.page{fill:#fff}.panel{fill:#fbfcfd;stroke:#c9d1d9;stroke-width:1}
.unit{fill:#eef2f6;stroke:#b4bfca;stroke-width:1}.opened{fill:none;stroke:#1d2733;stroke-width:2.2}
.npu{fill:#cfe0f3;stroke:#36618e;stroke-width:1}.cpu{fill:#fff;stroke:#5a6673;stroke-width:1}
.dot{fill:#7ea6d0}.sdot{fill:#77818c}
.backup{fill:#e3f1de;stroke:#2f6b2a;stroke-width:1.6;stroke-dasharray:5 2.5}
.lrs{fill:#aab4bf;stroke:#3f4a55;stroke-width:.8}.hrs{fill:#4e5a66;stroke:#222b33;stroke-width:.6}
.x,.y,.t,.s,.b{fill:none;stroke-width:1}.x{stroke:#86aad2}.y{stroke:#dba866}.t{stroke:#8a94a0}
.s{stroke:#b3bcc6}.b{stroke:#8fb889}.wide{stroke-width:3.2}.thin{stroke-width:.45}.faint{stroke-width:.5;stroke-opacity:.45}
.fan{fill:#6d7f94}
.halo{fill:none;stroke:#fff;stroke-width:6.5;stroke-linecap:round;stroke-opacity:.85}
.route{fill:none;stroke:#0b2f78;stroke-width:3;stroke-linejoin:round}
.stop{fill:#0b2f78;stroke:#fff;stroke-width:1}
.ring{fill:none;stroke:#0b2f78;stroke-width:3}
.dead{fill:none;stroke:#c1121f;stroke-width:2.4;stroke-dasharray:5 4}.cross{fill:none;stroke:#c1121f;stroke-width:3}
.gone{fill:#f6d3d3;stroke:#c1121f;stroke-width:1.6}.lost{fill:none;stroke:#c1121f;stroke-width:1.5;stroke-dasharray:3 3}
.spare{fill:none;stroke:#2f7d28;stroke-width:1.6;stroke-dasharray:9 3 2 3}
.note{fill:#fff;stroke:#0b2f78;stroke-width:.8}
.badge{fill:#1d2733}
)";

std::string number(double v) {
  std::string s = format("%.2f", v);
  while (s.back() == '0') s.pop_back();
  if (s.back() == '.') s.pop_back();
  return s == "-0" ? "0" : s;
}

std::string escaped(std::string_view text) {
  std::string s;
  for (const char c : text) {
    if (c == '&')
      s += "&amp;";
    else if (c == '<')
      s += "&lt;";
    else if (c == '>')
      s += "&gt;";
    else if (c == '"')
      s += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      s += c;
  }
  return s;
}

std::string point(Point p) { return number(p.x) + " " + number(p.y); }

std::string end(std::string_view element, std::string_view tip) {
  if (tip.empty()) return "/>\n";
  return "><title>" + escaped(tip) + "</title></" + std::string(element) + ">\n";
}

}  // namespace

void Svg::rect(std::string_view css, Box b, double radius, std::string_view tip) {
  body_ += "<rect class=\"" + std::string(css) + "\" x=\"" + number(b.x) + "\" y=\"" + number(b.y) +
           "\" width=\"" + number(b.w) + "\" height=\"" + number(b.h) + "\"";
  if (radius > 0) body_ += " rx=\"" + number(radius) + "\"";
  body_ += end("rect", tip);
}

void Svg::circle(std::string_view css, Point p, double radius, std::string_view tip) {
  body_ += "<circle class=\"" + std::string(css) + "\" cx=\"" + number(p.x) + "\" cy=\"" + number(p.y) +
           "\" r=\"" + number(radius) + "\"" + end("circle", tip);
}

void Svg::line(std::string_view css, Point a, Point b) { path(css, straight(a, b)); }

void Svg::polygon(std::string_view css, const std::vector<Point>& all, double opacity) {
  body_ += "<path class=\"" + std::string(css) + "\" d=\"" + corners(all) + "Z\" fill-opacity=\"" +
           number(opacity) + "\"/>\n";
}

void Svg::path(std::string_view css, std::string_view d, std::string_view tip) {
  body_ += "<path class=\"" + std::string(css) + "\" d=\"" + std::string(d) + "\"" + end("path", tip);
}

void Svg::text(std::string_view css, Point at, double size, std::string_view words) {
  body_ += "<text class=\"" + std::string(css) + "\" x=\"" + number(at.x) + "\" y=\"" + number(at.y) +
           "\" font-size=\"" + number(size) + "\">" + escaped(words) + "</text>\n";
}

void Svg::open(std::string_view id) { body_ += "<g id=\"" + escaped(id) + "\">\n"; }
void Svg::close() { body_ += "</g>\n"; }

std::string Svg::document(double width, double height, std::string_view title,
                          std::string_view described) const {
  const std::string w = number(width), h = number(height);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
         w + "\" height=\"" + h + "\" viewBox=\"0 0 " + w + " " + h + "\" role=\"img\">\n<title>" +
         escaped(title) + "</title>\n<desc>" + escaped(described) + "</desc>\n<style>" + std::string(kStyle) +
         "</style>\n<rect class=\"page\" x=\"0\" y=\"0\" width=\"" + w + "\" height=\"" + h + "\"/>\n" +
         body_ + "</svg>\n";
}

// By the widest font of the style sheet, on average over lower-case letters and digits.
double text_width(std::string_view words, double size) { return double(words.size()) * size * 0.62; }

std::string corners(const std::vector<Point>& all) {
  std::string d;
  for (const Point& p : all) d += (d.empty() ? "M" : "L") + point(p);
  return d;
}
std::string straight(Point a, Point b) { return "M" + point(a) + "L" + point(b); }
std::string curve(Point a, Point pull, Point b) {
  return "M" + point(a) + "Q" + point(pull) + " " + point(b);
}
std::string curve(Point a, Point pull_a, Point pull_b, Point b) {
  return "M" + point(a) + "C" + point(pull_a) + " " + point(pull_b) + " " + point(b);
}

}  // namespace tools::topo
