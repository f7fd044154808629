// Figures of runs: the value that was asked for, over lines in a fitting unit, on the fitting axis.
#include "apps/seq2seq/plot/run_figures.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

namespace {

using enum RunValue;
using plot::Point;

RunHistory run(double lines, const std::vector<double>& losses) {
  RunHistory run;
  run.path = "run";
  for (const double loss : losses) {
    const double seen = lines * static_cast<double>(run.progress.size() + 1);
    run.progress.push_back({1, seen, loss + 1, loss, loss / 1000, 10 * loss});
  }
  run.epochs.push_back({1, 1, lines, 0.5, 0.25, true});
  return run;
}

plot::Figure figure(const std::vector<RunHistory>& runs, RunValue value, LogAxis axis = LogAxis::kIfWide) {
  return run_figure(runs, label_runs(runs, {}), value, axis);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_value_is_its_own) {
  const std::vector<RunHistory> runs{run(1, {3, 2})};
  using Points = std::vector<Point>;
  BOOST_TEST((figure(runs, kValidationLoss).curves.at(0).points == Points{{1, 3}, {2, 2}}));
  BOOST_TEST((figure(runs, kLoss).curves.at(0).points == Points{{1, 4}, {2, 3}}));
  BOOST_TEST((figure(runs, kLearningRate).curves.at(0).points == Points{{1, 0.003}, {2, 0.002}}));
  BOOST_TEST((figure(runs, kThroughput).curves.at(0).points == Points{{1, 30}, {2, 20}}));
  const plot::Figure accuracy = figure(runs, kAccuracy);
  BOOST_TEST_REQUIRE(accuracy.curves.size() == 2u);
  BOOST_TEST((accuracy.curves[0].points == Points{{1, 25}}));
  BOOST_TEST(accuracy.curves[0].faint);
  BOOST_TEST((accuracy.curves[1].points == Points{{1, 50}}));
  BOOST_TEST(accuracy.note == "Thin lines: doing nothing.");
  const plot::Figure both = figure(runs, kBothLosses);
  BOOST_TEST((both.curves.at(0).points == Points{{1, 4}, {2, 3}}));
  BOOST_TEST(both.curves.at(0).faint);
  BOOST_TEST((both.curves.at(1).points == Points{{1, 3}, {2, 2}}));
}

BOOST_AUTO_TEST_CASE(lines_are_told_in_a_fitting_unit) {
  BOOST_TEST(figure({run(100, {3, 2})}, kLoss).x_title == "training lines seen");
  const plot::Figure thousands = figure({run(1000, {3, 2})}, kLoss);
  BOOST_TEST(thousands.x_title == "training lines seen (thousands)");
  BOOST_TEST(thousands.curves.at(0).points.at(1).x == 2);
  BOOST_TEST(figure({run(1e6, {3, 2})}, kLoss).x_title == "training lines seen (millions)");
}

BOOST_AUTO_TEST_CASE(wide_losses_have_a_logarithmic_axis) {
  BOOST_TEST(!figure({run(1, {3, 0.03})}, kValidationLoss).log_y);
  BOOST_TEST(figure({run(1, {3, 0.029})}, kValidationLoss).log_y);
  BOOST_TEST(figure({run(1, {3}), run(1, {0.01})}, kValidationLoss).log_y);
  BOOST_TEST(!figure({run(1, {3, 0.001})}, kLearningRate).log_y);
  BOOST_TEST(!figure({run(1, {3, 0})}, kValidationLoss).log_y);  // zero has no place there
  const plot::Figure asked = figure({run(1, {3, 0})}, kValidationLoss, LogAxis::kAlways);
  BOOST_TEST(asked.log_y);
  BOOST_TEST(asked.curves.at(0).points.size() == 1u);
}

BOOST_AUTO_TEST_CASE(runs_keep_their_colours) {
  const std::vector<RunHistory> runs{run(1, {}), run(1, {3, 2})};
  BOOST_TEST(!has_values(runs[0], kValidationLoss));
  BOOST_TEST(has_values(runs[0], kAccuracy));
  BOOST_TEST(has_values(runs[1], kValidationLoss));
  const plot::Figure found = figure(runs, kValidationLoss);
  BOOST_TEST_REQUIRE(found.curves.size() == 1u);
  BOOST_TEST(found.curves[0].kind == 1u);
}

BOOST_AUTO_TEST_CASE(the_title_says_what_differs) {
  std::vector<RunHistory> runs{run(1, {3}), run(1, {2})};
  runs[0].settings = {{"rnn-size", "50"}, {"batch-size", "1"}};
  runs[1].settings = {{"rnn-size", "60"}, {"batch-size", "2"}};
  const RunLabels labels = label_runs(runs, {"rnn-size", "batch-size"});
  BOOST_TEST(run_figure(runs, labels, kLoss).title == "Training loss by rnn size and batch size");
}

BOOST_AUTO_TEST_CASE(values_have_names) {
  for (const char* name : {"validation_loss", "loss", "accuracy", "learning_rate", "throughput"})
    BOOST_CHECK_NO_THROW(parse_run_value(name));
  BOOST_TEST((parse_run_value("accuracy") == kAccuracy));
  BOOST_CHECK_THROW(parse_run_value(""), UsageError);
  BOOST_CHECK_THROW(parse_run_value("speed"), UsageError);
}

}  // namespace favras::seq2seq
