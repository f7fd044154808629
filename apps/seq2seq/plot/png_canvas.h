// A picture as PNG, drawn by cairo.
#pragma once

#include <cairo.h>
#include <memory>
#include <string>

#include "apps/seq2seq/plot/canvas.h"

namespace favras::plot {

class PngCanvas : public Canvas {
 public:
  // `scale` pixels a unit.
  PngCanvas(double width, double height, double scale);

  void line(const std::vector<Point>& points, const Stroke& stroke) override;
  void polygon(const std::vector<Point>& corners, Colour fill) override;
  void disc(Point centre, double radius, Colour fill) override;
  void text(Point at, const std::string& utf8, const TextStyle& style) override;

  std::string finish();  // the bytes of the file; throws std::runtime_error if cairo has failed

 private:
  void set_colour(Colour colour, double opacity = 1);
  void trace(const std::vector<Point>& points);

  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface_;
  std::unique_ptr<cairo_t, void (*)(cairo_t*)> cairo_;
};

}  // namespace favras::plot
