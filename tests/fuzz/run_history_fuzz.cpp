// The events of a run, whatever stands in them: pictures of them have every point and label inside.
#include <sstream>
#include <string>
#include <vector>

#include "apps/seq2seq/plot/layout.h"
#include "apps/seq2seq/plot/run_figures.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

void check_rows_grow(const auto& rows) {
  for (std::size_t i = 1; i < rows.size(); ++i)
    fuzz::require(rows[i - 1].lines_seen < rows[i].lines_seen, "lines grow");
}

void check_layout(const plot::Figure& figure) {
  const plot::Layout layout = lay_out(figure);
  const auto inside = [](double low, double value, double high) {
    return low - 0.01 <= value && value <= high + 0.01;
  };
  for (const plot::Curve& curve : figure.curves)
    for (const plot::Point& point : curve.points) {
      const plot::Point at = layout.place(point);
      fuzz::require(inside(layout.left, at.x, layout.right) && inside(layout.top, at.y, layout.bottom),
                    "a point is inside the frame");
    }
  for (const plot::Label& label : layout.labels)
    fuzz::require(inside(layout.top, label.y, layout.bottom), "a label is beside the frame");
  for (const plot::Ticks* ticks : {&layout.x, &layout.y})
    for (const double tick : ticks->at)
      fuzz::require(!plot::tick_label(tick, ticks->step).empty(), "a tick has a label");
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  using enum RunValue;
  std::istringstream stream(std::string(fuzz::Input(data, size).rest()));
  const std::vector<RunHistory> runs{read_events(stream)};
  check_rows_grow(runs[0].progress);
  check_rows_grow(runs[0].epochs);
  const RunLabels labels = label_runs(runs, {});
  for (const RunValue value : {kValidationLoss, kLoss, kBothLosses, kAccuracy, kLearningRate, kThroughput})
    for (const LogAxis axis : {LogAxis::kIfWide, LogAxis::kAlways}) {
      const plot::Figure figure = run_figure(runs, labels, value, axis);
      if (!figure.curves.empty()) check_layout(figure);
    }
  return 0;
}
