#include "apps/seq2seq/plot/layout.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/plot/label_places.h"

namespace favras::plot {

namespace {

constexpr double kWidth = 800, kPlotHeight = 340;
constexpr double kLargest = 1e100;  // so that no span overflows
constexpr double kLabelSpacing = 17, kMostForLabels = 300;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

void require_drawable(const Figure& figure) {
  bool any = false;
  for (const Curve& curve : figure.curves)
    for (const Point& point : curve.points) {
      any = true;
      if (!(std::abs(point.x) <= kLargest && std::abs(point.y) <= kLargest))
        throw std::invalid_argument("a value that is not finite, or is huge, cannot be drawn");
      if (figure.log_y && point.y < 1 / kLargest)
        throw std::invalid_argument("a value that is not above zero has no place on a logarithmic axis");
    }
  if (!any) throw std::invalid_argument("there is nothing to draw");
}

void choose_axes(const Figure& figure, Layout& layout) {
  Range x, y;
  for (const Curve& curve : figure.curves)
    for (const Point& point : curve.points) {
      x.add(point.x);
      y.add(point.y);
    }
  layout.x = linear_ticks(x.low, x.high, 8);
  if (x.high > layout.x.low) layout.x.high = x.high;  // curves reach their labels
  layout.log_y = figure.log_y;
  layout.y = figure.log_y ? log_ticks(y.low, y.high) : linear_ticks(y.low, y.high, 6);
}

double widest_tick_label(const Ticks& ticks) {
  double widest = 0;
  for (std::size_t i = 0; i < ticks.at.size(); ++i)
    if (ticks.labelled[i])
      widest = std::max(widest, text_width(tick_label(ticks.at[i], ticks.step), kTextSize));
  return widest;
}

// Without places yet.
std::vector<Label> choose_labels(const Figure& figure) {
  std::vector<Label> labels;
  for (std::size_t i = 0; i < figure.curves.size(); ++i) {
    const Curve& curve = figure.curves[i];
    if (curve.faint || curve.label.empty() || curve.points.empty()) continue;
    labels.push_back({i, shortened(curve.label, kTextSize, kMostForLabels), 0});
  }
  return labels;
}

}  // namespace

double text_width(const std::string& utf8, double size) {
  constexpr double kOfSize = 0.56;
  return kOfSize * size * static_cast<double>(seq2seq::decode_utf8(utf8).size());
}

std::string shortened(const std::string& utf8, double size, double width) {
  if (text_width(utf8, size) <= width) return utf8;
  std::u32string characters = seq2seq::decode_utf8(utf8);
  characters.resize(static_cast<std::size_t>(std::max(1.0, width / text_width("m", size))));
  characters.back() = U'…';
  return seq2seq::encode_utf8(characters);
}

Point Layout::place(Point value) const {
  const double across = (value.x - x.low) / (x.high - x.low);
  const double up =
      log_y ? std::log(value.y / y.low) / std::log(y.high / y.low) : (value.y - y.low) / (y.high - y.low);
  return {left + across * (right - left), bottom - up * (bottom - top)};
}

Layout lay_out(const Figure& figure) {
  require_drawable(figure);
  Layout layout{};
  choose_axes(figure, layout);
  layout.labels = choose_labels(figure);
  double widest = 0;
  for (const Label& label : layout.labels) widest = std::max(widest, text_width(label.text, kTextSize));

  const double plot_height = std::max(kPlotHeight, kLabelSpacing * static_cast<double>(layout.labels.size()));
  layout.width = kWidth;
  layout.left = 46 + widest_tick_label(layout.y);
  layout.right = kWidth - (widest > 0 ? widest + 44 : 24);
  layout.top = figure.note.empty() ? 50 : 68;
  layout.bottom = layout.top + plot_height;
  layout.height = layout.bottom + 54;

  std::vector<double> wanted;
  for (const Label& label : layout.labels)
    wanted.push_back(layout.place(figure.curves[label.curve].points.back()).y);
  const std::vector<double> places = place_labels(wanted, kLabelSpacing, layout.top, layout.bottom);
  for (std::size_t i = 0; i < places.size(); ++i) layout.labels[i].y = places[i];
  return layout;
}

}  // namespace favras::plot
