#include "apps/seq2seq/plot/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "apps/seq2seq/plot/png_canvas.h"
#include "apps/seq2seq/plot/svg_canvas.h"
#include "apps/seq2seq/plot/thinning.h"

namespace favras::plot {

namespace {

using Anchor = TextStyle::Anchor;

Colour colour_of(const Curve& curve) { return kCurveColours[curve.kind % kCurveColours.size()]; }

// Colours come again after seven kinds, with other dashes.
Stroke stroke_of(const Curve& curve) {
  static const std::array<std::vector<double>, 4> kDashes{{{}, {8, 3}, {2, 3}, {10, 3, 2, 3}}};
  if (curve.faint) return {colour_of(curve), 1, {}, 0.55};
  return {colour_of(curve), 2, kDashes[curve.kind / kCurveColours.size() % kDashes.size()]};
}

// A regular polygon, its first corner so many eighths of a turn from the top.
std::vector<Point> corners(Point centre, double radius, int count, int eighths) {
  std::vector<Point> all;
  for (int i = 0; i < count; ++i) {
    const double turn = 2 * std::numbers::pi * (static_cast<double>(i) / count + eighths / 8.0);
    all.push_back({centre.x + radius * std::sin(turn), centre.y - radius * std::cos(turn)});
  }
  return all;
}

void draw_shape(Point at, std::size_t kind, double radius, Colour colour, Canvas& canvas) {
  switch (kind % 5) {
    case 0:
      return canvas.disc(at, radius, colour);
    case 1:
      return canvas.polygon(corners(at, 1.25 * radius, 4, 1), colour);  // a square
    case 2:
      return canvas.polygon(corners(at, 1.35 * radius, 3, 0), colour);  // a triangle
    case 3:
      return canvas.polygon(corners(at, 1.35 * radius, 4, 0), colour);  // a square on its corner
    default:
      return canvas.polygon(corners(at, 1.35 * radius, 3, 4), colour);  // a triangle on its corner
  }
}

void draw_marker(Point at, const Curve& curve, Canvas& canvas) {
  constexpr double kRadius = 3.6, kRim = 1.4;
  draw_shape(at, curve.kind, kRadius + kRim, kPaper, canvas);
  draw_shape(at, curve.kind, kRadius, colour_of(curve), canvas);
}

void draw_axes(const Figure& figure, const Layout& layout, Canvas& canvas) {
  const TextStyle tick_text{kMuted, kTextSize};
  for (std::size_t i = 0; i < layout.y.at.size(); ++i) {
    const double y = layout.place({layout.x.low, layout.y.at[i]}).y;
    canvas.line({{layout.left, y}, {layout.right, y}}, {kGrid, 1});
    if (!layout.y.labelled[i]) continue;
    TextStyle style = tick_text;
    style.anchor = Anchor::kEnd;
    canvas.text({layout.left - 8, y + 4}, tick_label(layout.y.at[i], layout.y.step), style);
  }
  canvas.line({{layout.left, layout.bottom}, {layout.right, layout.bottom}}, {kMuted, 1});
  for (const double value : layout.x.at) {
    if (value > layout.x.high + 1e-6 * layout.x.step) break;
    const double x = layout.place({value, layout.y.low}).x;
    canvas.line({{x, layout.bottom}, {x, layout.bottom + 5}}, {kMuted, 1});
    TextStyle style = tick_text;
    style.anchor = Anchor::kMiddle;
    canvas.text({x, layout.bottom + 19}, tick_label(value, layout.x.step), style);
  }
  TextStyle title{kInk, kTextSize, Anchor::kMiddle};
  canvas.text({(layout.left + layout.right) / 2, layout.bottom + 42}, figure.x_title, title);
  title.upwards = true;
  canvas.text({20, (layout.top + layout.bottom) / 2}, figure.y_title, title);
}

// Markers here and there, each kind's at places of its own; on every point where there are few.
void draw_markers(const Curve& curve, const Layout& layout, Canvas& canvas) {
  constexpr std::size_t kFew = 12;
  constexpr double kDistance = 100;
  if (curve.points.size() <= kFew) {
    for (const Point& point : curve.points) draw_marker(layout.place(point), curve, canvas);
    return;
  }
  const double phase = std::fmod(static_cast<double>(curve.kind) * 0.382, 1.0);
  double next = layout.left + kDistance * (0.3 + 0.7 * phase);
  for (const Point& point : curve.points) {
    const Point at = layout.place(point);
    if (at.x < next) continue;
    draw_marker(at, curve, canvas);
    next += kDistance * std::max(1.0, std::ceil((at.x - next) / kDistance));
  }
}

void draw_curve(const Curve& curve, const Layout& layout, Canvas& canvas) {
  std::vector<Point> path;
  for (const Point& point : curve.points) path.push_back(layout.place(point));
  canvas.line(thin_out(path, 1), stroke_of(curve));
}

// A dotted line from each labelled curve's end to a marker, and the text.
void draw_labels(const Figure& figure, const Layout& layout, Canvas& canvas) {
  constexpr double kGap = 24, kBeside = 8;  // to the marker's middle, and beside it
  const double x = layout.right + kGap;
  for (const Label& label : layout.labels) {
    const Curve& curve = figure.curves[label.curve];
    const Point end = layout.place(curve.points.back());
    canvas.line({end, {std::max(end.x, layout.right + 2), end.y}, {x - kBeside, label.y}},
                {colour_of(curve), 1, {1.5, 2.5}, 0.8});
  }
  for (const Label& label : layout.labels) {
    draw_marker({x, label.y}, figure.curves[label.curve], canvas);
    canvas.text({x + kBeside, label.y + 4}, label.text, {kInk, kTextSize});
  }
}

std::string svg(const Figure& figure) {
  const Layout layout = lay_out(figure);
  SvgCanvas canvas(layout.width, layout.height, figure.title);
  draw(figure, layout, canvas);
  return canvas.finish();
}

}  // namespace

void draw(const Figure& figure, const Layout& layout, Canvas& canvas) {
  canvas.polygon({{0, 0}, {layout.width, 0}, {layout.width, layout.height}, {0, layout.height}}, kPaper);
  const double widest = layout.width - 2 * 20;
  canvas.text({20, 30}, shortened(figure.title, kTitleSize, widest),
              {kInk, kTitleSize, Anchor::kStart, true});
  if (!figure.note.empty())
    canvas.text({20, 50}, shortened(figure.note, kTextSize, widest), {kMuted, kTextSize});
  draw_axes(figure, layout, canvas);
  for (const bool faint : {true, false})  // the faint ones lie below
    for (const Curve& curve : figure.curves)
      if (curve.faint == faint && curve.points.size() > 1) draw_curve(curve, layout, canvas);
  draw_labels(figure, layout, canvas);
  for (const Curve& curve : figure.curves)
    if (!curve.faint)
      draw_markers(curve, layout, canvas);
    else if (curve.points.size() == 1)
      canvas.disc(layout.place(curve.points[0]), 2, colour_of(curve));
}

std::string draw_svg(const Figure& figure) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg(figure);
}

std::string draw_inline_svg(const Figure& figure) { return svg(figure); }

std::string draw_png(const Figure& figure) {
  constexpr double kScale = 2;
  const Layout layout = lay_out(figure);
  PngCanvas canvas(layout.width, layout.height, kScale);
  draw(figure, layout, canvas);
  return canvas.finish();
}

}  // namespace favras::plot
