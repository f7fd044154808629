#include "apps/seq2seq/plot/run_figures.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

namespace {

using plot::Curve;
using plot::Point;

struct Series {
  RunValue value;
  const char* name;  // of --value; none: "" for pictures of the report alone
  const char* spoken;
  const char* title;
  const char* y_title;
  const char* note;  // on the thin lines
  bool log_if_wide;  // of what falls by factors
};

constexpr std::array kSeries{
    Series{RunValue::kValidationLoss, "validation_loss", "validation loss", "Validation loss",
           "validation loss (nats a character)", "", true},
    Series{RunValue::kLoss, "loss", "training loss", "Training loss", "training loss (nats a character)", "",
           true},
    Series{RunValue::kBothLosses, "", "loss", "Validation loss and training loss", "loss (nats a character)",
           "Thin lines: training loss.", true},
    Series{RunValue::kAccuracy, "accuracy", "accuracy", "Accuracy", "validation lines exact (%)",
           "Thin lines: doing nothing.", false},
    Series{RunValue::kLearningRate, "learning_rate", "learning rate", "Learning rate", "learning rate", "",
           false},
    Series{RunValue::kThroughput, "throughput", "throughput", "Throughput", "training lines a second", "",
           false},
};

const Series& series(RunValue value) {
  return *std::find_if(kSeries.begin(), kSeries.end(), [&](const Series& s) { return s.value == value; });
}

template <class Row>
std::vector<Point> points(const std::vector<Row>& rows, std::optional<double> Row::*field,
                          double factor = 1) {
  std::vector<Point> all;
  for (const Row& row : rows)
    if (row.*field) all.push_back({row.lines_seen, factor * *(row.*field)});
  return all;
}

// The value itself, and what stands beside it as a thin line.
std::pair<std::vector<Point>, std::vector<Point>> values_of(const RunHistory& run, RunValue value) {
  using P = RunHistory::Progress;
  using E = RunHistory::Epoch;
  switch (value) {
    case RunValue::kValidationLoss:
      return {points(run.progress, &P::validation_loss), {}};
    case RunValue::kLoss:
      return {points(run.progress, &P::loss), {}};
    case RunValue::kBothLosses:
      return {points(run.progress, &P::validation_loss), points(run.progress, &P::loss)};
    case RunValue::kAccuracy:
      return {points(run.epochs, &E::accuracy, 100), points(run.epochs, &E::do_nothing_accuracy, 100)};
    case RunValue::kLearningRate:
      return {points(run.progress, &P::learning_rate), {}};
    case RunValue::kThroughput:
      return {points(run.progress, &P::lines_per_second), {}};
  }
  return {};
}

template <class Do>
void each_point(plot::Figure& figure, Do action) {
  for (Curve& curve : figure.curves)
    for (Point& point : curve.points) action(point);
}

bool spans_two_decades(plot::Figure& figure) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  each_point(figure, [&](const Point& point) {
    low = std::min(low, point.y);
    high = std::max(high, point.y);
  });
  return low > 0 && high > 100 * low;
}

void choose_unit_of_lines(plot::Figure& figure) {
  double most = 0;
  each_point(figure, [&](const Point& point) { most = std::max(most, point.x); });
  const auto [unit, name] = most >= 2e6   ? std::pair(1e6, " (millions)")
                            : most >= 2e3 ? std::pair(1e3, " (thousands)")
                                          : std::pair(1.0, "");
  figure.x_title = fmt::format("training lines seen{}", name);
  each_point(figure, [&, unit = unit](Point& point) { point.x /= unit; });
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, names.size() == 2 ? " and " : " / "));
}

}  // namespace

RunValue parse_run_value(const std::string& name) {
  std::vector<std::string> names;
  for (const Series& s : kSeries) {
    if (*s.name == '\0') continue;
    if (name == s.name) return s.value;
    names.emplace_back(s.name);
  }
  throw UsageError(fmt::format("--value '{}' will not do: use {}", name, fmt::join(names, ", ")));
}

std::string spoken(RunValue value) { return series(value).spoken; }

bool has_values(const RunHistory& run, RunValue value) {
  const auto [main, beside] = values_of(run, value);
  return !main.empty() || !beside.empty();
}

plot::Figure run_figure(const std::vector<RunHistory>& runs, const RunLabels& labels, RunValue value,
                        LogAxis log_axis) {
  const Series& about = series(value);
  plot::Figure figure;
  figure.title = about.title;
  if (!labels.names.empty()) figure.title += fmt::format(" by {}", joined(labels.names));
  figure.y_title = about.y_title;
  bool any_thin = false;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto [main, beside] = values_of(runs[i], value);
    any_thin |= !beside.empty();
    figure.curves.push_back({labels.labels[i], std::move(beside), i, true});
    figure.curves.push_back({labels.labels[i], std::move(main), i, false});
  }
  if (any_thin) figure.note = about.note;
  choose_unit_of_lines(figure);
  figure.log_y = log_axis == LogAxis::kAlways || (about.log_if_wide && spans_two_decades(figure));
  if (figure.log_y)
    for (Curve& curve : figure.curves)
      std::erase_if(curve.points, [](const Point& point) { return point.y <= 0; });
  std::erase_if(figure.curves, [](const Curve& curve) { return curve.points.empty(); });
  return figure;
}

}  // namespace favras::seq2seq
