#include "apps/seq2seq/plot/png_canvas.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "apps/seq2seq/data/utf8.h"

namespace favras::plot {

namespace {

cairo_status_t append(void* bytes, const unsigned char* data, unsigned size) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), size);
  return CAIRO_STATUS_SUCCESS;
}

void require(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw std::runtime_error(std::string("cannot draw the picture: ") + cairo_status_to_string(status));
}

// Cairo stops at a byte that is not UTF-8.
std::string valid(const std::string& text) { return seq2seq::encode_utf8(seq2seq::decode_utf8(text)); }

}  // namespace

PngCanvas::PngCanvas(double width, double height, double scale)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * scale)),
                                          static_cast<int>(std::ceil(height * scale))),
               cairo_surface_destroy),
      cairo_(cairo_create(surface_.get()), cairo_destroy) {
  cairo_scale(cairo_.get(), scale, scale);
  cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
}

void PngCanvas::set_colour(Colour colour, double opacity) {
  const auto part = [&](int shift) { return static_cast<double>(colour.rgb >> shift & 0xFF) / 255; };
  cairo_set_source_rgba(cairo_.get(), part(16), part(8), part(0), opacity);
}

void PngCanvas::trace(const std::vector<Point>& points) {
  cairo_new_path(cairo_.get());
  for (const Point& point : points) cairo_line_to(cairo_.get(), point.x, point.y);
}

void PngCanvas::line(const std::vector<Point>& points, const Stroke& stroke) {
  set_colour(stroke.colour, stroke.opacity);
  cairo_set_line_width(cairo_.get(), stroke.width);
  cairo_set_dash(cairo_.get(), stroke.dashes.data(), static_cast<int>(stroke.dashes.size()), 0);
  trace(points);
  cairo_stroke(cairo_.get());
}

void PngCanvas::polygon(const std::vector<Point>& corners, Colour fill) {
  set_colour(fill);
  trace(corners);
  cairo_close_path(cairo_.get());
  cairo_fill(cairo_.get());
}

void PngCanvas::disc(Point centre, double radius, Colour fill) {
  set_colour(fill);
  cairo_new_path(cairo_.get());
  cairo_arc(cairo_.get(), centre.x, centre.y, radius, 0, 2 * std::numbers::pi);
  cairo_fill(cairo_.get());
}

void PngCanvas::text(Point at, const std::string& utf8, const TextStyle& style) {
  const std::string shown = valid(utf8);
  set_colour(style.colour);
  cairo_select_font_face(cairo_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_.get(), style.size);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_.get(), shown.c_str(), &extents);
  const double share = style.anchor == TextStyle::Anchor::kStart    ? 0
                       : style.anchor == TextStyle::Anchor::kMiddle ? 0.5
                                                                    : 1;
  cairo_save(cairo_.get());
  cairo_translate(cairo_.get(), at.x, at.y);
  if (style.upwards) cairo_rotate(cairo_.get(), -std::numbers::pi / 2);
  cairo_move_to(cairo_.get(), -share * extents.x_advance, 0);
  cairo_show_text(cairo_.get(), shown.c_str());
  cairo_restore(cairo_.get());
}

std::string PngCanvas::finish() {
  require(cairo_status(cairo_.get()));
  cairo_surface_flush(surface_.get());
  std::string bytes;
  require(cairo_surface_write_to_png_stream(surface_.get(), append, &bytes));
  return bytes;
}

}  // namespace favras::plot
