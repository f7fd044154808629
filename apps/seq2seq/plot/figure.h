// What a picture of curves shows, and its two forms. SVG is written by ourselves: cairo's would hold glyphs
// instead of text that can be searched, ten times the bytes, and numbers that differ from call to call. PNG
// is drawn by cairo. Both come from one drawing (drawing.h), and equal figures give equal bytes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace favras::plot {

struct Point {
  double x, y;
  bool operator==(const Point&) const = default;
};

struct Curve {
  std::string label;          // UTF-8; at the curve's end
  std::vector<Point> points;  // finite, x not decreasing; a single one is shown as a marker
  // Curves of one kind share colour and marker: those of one run.
  std::size_t kind = 0;
  // Thin and pale, without marker and label: stands beside another curve of its kind.
  bool faint = false;
};

struct Figure {
  std::string title;
  std::string note;  // below the title; may be empty
  std::string x_title, y_title;
  std::vector<Curve> curves;
  bool log_y = false;  // needs values above zero
};

// Throw std::invalid_argument if there is no point, and for a value that is not finite or beyond 1e100, or
// not above zero on a logarithmic axis.
std::string draw_svg(const Figure& figure);  // a whole file
std::string draw_png(const Figure& figure);  // twice as many pixels as the SVG's units
// The element <svg> alone, for a page of HTML; its style may change colours by their classes (svg_canvas.h).
std::string draw_inline_svg(const Figure& figure);

}  // namespace favras::plot
