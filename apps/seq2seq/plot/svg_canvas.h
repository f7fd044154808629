// A picture as SVG: text stays text. Every element has its colour's name as its class and the colour itself
// in `color`, so that a page's style may put another in its place.
#pragma once

#include <string>

#include "apps/seq2seq/plot/canvas.h"

namespace favras::plot {

class SvgCanvas : public Canvas {
 public:
  SvgCanvas(double width, double height, const std::string& title);

  void line(const std::vector<Point>& points, const Stroke& stroke) override;
  void polygon(const std::vector<Point>& corners, Colour fill) override;
  void disc(Point centre, double radius, Colour fill) override;
  void text(Point at, const std::string& utf8, const TextStyle& style) override;

  std::string finish();  // the element <svg>; once

 private:
  std::string svg_;
};

}  // namespace favras::plot
