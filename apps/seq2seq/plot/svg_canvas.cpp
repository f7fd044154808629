#include "apps/seq2seq/plot/svg_canvas.h"

#include <cmath>

#include <fmt/format.h>

#include "apps/seq2seq/plot/markup.h"

namespace favras::plot {

namespace {

// Two decimals at most, and neither "-0" nor zeros at the end.
std::string number(double value) {
  const double hundredths = std::round(value * 100);
  return hundredths == 0 ? "0" : fmt::format("{}", hundredths / 100);
}

std::string path(const std::vector<Point>& points) {
  std::string text;
  for (const Point& point : points)
    text += fmt::format("{}{} {}", text.empty() ? 'M' : 'L', number(point.x), number(point.y));
  return text;
}

std::string colour(Colour colour) {
  return fmt::format("class=\"{}\" color=\"#{:06X}\"", colour.name, colour.rgb);
}

}  // namespace

SvgCanvas::SvgCanvas(double width, double height, const std::string& title)
    : svg_(fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
                       "height=\"{1}\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', "
                       "'DejaVu Sans', sans-serif\">\n<title>{2}</title>\n",
                       number(width), number(height), escape_markup(title))) {}

void SvgCanvas::line(const std::vector<Point>& points, const Stroke& stroke) {
  std::string dashes;
  for (const double length : stroke.dashes)
    dashes += fmt::format("{}{}", dashes.empty() ? "" : " ", number(length));
  if (!dashes.empty()) dashes = fmt::format(" stroke-dasharray=\"{}\"", dashes);
  if (stroke.opacity < 1) dashes += fmt::format(" stroke-opacity=\"{}\"", number(stroke.opacity));
  svg_ += fmt::format(
      "<path {} fill=\"none\" stroke=\"currentColor\" stroke-width=\"{}\" stroke-linejoin=\"round\"{} "
      "d=\"{}\"/>\n",
      colour(stroke.colour), number(stroke.width), dashes, path(points));
}

void SvgCanvas::polygon(const std::vector<Point>& corners, Colour fill) {
  svg_ += fmt::format("<path {} fill=\"currentColor\" d=\"{}Z\"/>\n", colour(fill), path(corners));
}

void SvgCanvas::disc(Point centre, double radius, Colour fill) {
  svg_ += fmt::format("<circle {} fill=\"currentColor\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>\n", colour(fill),
                      number(centre.x), number(centre.y), number(radius));
}

void SvgCanvas::text(Point at, const std::string& utf8, const TextStyle& style) {
  const std::string place =
      style.upwards ? fmt::format("transform=\"translate({} {}) rotate(-90)\"", number(at.x), number(at.y))
                    : fmt::format("x=\"{}\" y=\"{}\"", number(at.x), number(at.y));
  const char* anchor = style.anchor == TextStyle::Anchor::kStart    ? ""
                       : style.anchor == TextStyle::Anchor::kMiddle ? " text-anchor=\"middle\""
                                                                    : " text-anchor=\"end\"";
  svg_ += fmt::format("<text {} fill=\"currentColor\" {} font-size=\"{}\"{}{}>{}</text>\n",
                      colour(style.colour), place, number(style.size), anchor,
                      style.bold ? " font-weight=\"bold\"" : "", escape_markup(utf8));
}

std::string SvgCanvas::finish() { return std::move(svg_) + "</svg>\n"; }

}  // namespace favras::plot
