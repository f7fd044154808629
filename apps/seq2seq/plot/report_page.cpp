#include "apps/seq2seq/plot/report_page.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/io/progress.h"
#include "apps/seq2seq/plot/canvas.h"
#include "apps/seq2seq/plot/markup.h"
#include "apps/seq2seq/plot/report_style.h"
#include "apps/seq2seq/plot/run_figures.h"
#include "apps/seq2seq/plot/run_labels.h"
#include "apps/seq2seq/plot/ticks.h"

namespace favras::seq2seq {

namespace {

using plot::escape_markup;
using Runs = std::vector<RunHistory>;

const std::string kNone = "–";

std::string count_text(double value) { return plot::tick_label(value, 1); }

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.1f} %", 100 * *share) : kNone;
}

std::string seconds_text(double seconds) {
  seconds = std::clamp(seconds, 0.0, 1e15);
  if (seconds >= 60) return format_duration(seconds);
  return seconds >= 1 ? fmt::format("{:.1f} s", seconds) : fmt::format("{:.0f} ms", 1000 * seconds);
}

std::string state_text(const RunHistory& run) {
  switch (run.state) {
    case RunHistory::State::kUnknown:
      return "nothing known";
    case RunHistory::State::kUnderWay:
      return "under way, or cut off";
    case RunHistory::State::kInterrupted:
      return fmt::format("interrupted ({})", run.reason);
    case RunHistory::State::kDiverged:
      return "diverged";
    case RunHistory::State::kStoppedEarly:
      return "finished early: no new best";
    case RunHistory::State::kFinished:
      return "finished";
  }
  return kNone;
}

const RunHistory::Progress* progress_at(const RunHistory& run, double lines_seen) {
  const auto after = std::find_if(run.progress.begin(), run.progress.end(),
                                  [&](const auto& row) { return row.lines_seen > lines_seen; });
  return after == run.progress.begin() ? nullptr : &*(after - 1);
}

std::string loss_text(const RunHistory::Progress* row) {
  return row && row->validation_loss ? fmt::format("{:.4f}", *row->validation_loss) : kNone;
}

const RunHistory::Epoch* best_epoch(const RunHistory& run) {
  const auto found =
      std::find_if(run.epochs.rbegin(), run.epochs.rend(), [](const auto& e) { return e.best; });
  return found == run.epochs.rend() ? nullptr : &*found;
}

std::string best_epoch_text(const RunHistory& run) {
  const RunHistory::Epoch* const best = best_epoch(run);
  return best ? fmt::format("{} (step {})", best->epoch, count_text(static_cast<double>(best->step))) : kNone;
}

std::string accuracy_text(const RunHistory::Epoch* epoch) {
  if (!epoch || !epoch->accuracy) return kNone;
  if (!epoch->do_nothing_accuracy) return percent(epoch->accuracy);
  return fmt::format("{} (doing nothing: {})", percent(epoch->accuracy), percent(epoch->do_nothing_accuracy));
}

// The middle one, since single values depend on what else the machine did.
std::string throughput_text(const RunHistory& run) {
  std::vector<double> values;
  for (const auto& row : run.progress)
    if (row.lines_per_second) values.push_back(*row.lines_per_second);
  if (values.empty()) return kNone;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return fmt::format("{} lines/s", count_text(values[values.size() / 2]));
}

std::string stalls_text(const RunHistory& run) {
  if (run.saves == 0) return kNone;
  return fmt::format("{} in all, {} the longest", seconds_text(run.stall_seconds),
                     seconds_text(run.longest_stall_seconds));
}

struct Row {
  const char* name;
  std::function<std::string(const RunHistory&)> text;
};

const std::vector<Row>& state_rows() {
  static const std::vector<Row> rows{
      {"State", state_text},
      {"Training lines seen",
       [](const RunHistory& run) {
         return run.progress.empty() ? kNone : count_text(run.progress.back().lines_seen);
       }},
      {"Epochs done", [](const RunHistory& run) { return std::to_string(run.epochs.size()); }},
      {"Newest validation loss",
       [](const RunHistory& run) {
         return loss_text(run.progress.empty() ? nullptr : &run.progress.back());
       }},
      {"Newest accuracy",
       [](const RunHistory& run) {
         return accuracy_text(run.epochs.empty() ? nullptr : &run.epochs.back());
       }},
      {"Best epoch", best_epoch_text},
      {"  its validation loss",
       [](const RunHistory& run) {
         const RunHistory::Epoch* const best = best_epoch(run);
         return loss_text(best ? progress_at(run, best->lines_seen) : nullptr);
       }},
      {"  its accuracy", [](const RunHistory& run) { return accuracy_text(best_epoch(run)); }},
  };
  return rows;
}

const std::vector<Row>& time_rows() {
  static const std::vector<Row> rows{
      {"Trained for", [](const RunHistory& run) { return seconds_text(run.seconds); }},
      {"Throughput, median", throughput_text},
      {"Started", [](const RunHistory& run) { return run.started.empty() ? kNone : run.started; }},
      {"Last event", [](const RunHistory& run) { return run.last_event.empty() ? kNone : run.last_event; }},
      {"Stopped and resumed", [](const RunHistory& run) { return quantity(run.resumed, "time"); }},
      {"Rolled back", [](const RunHistory& run) { return quantity(run.rolled_back, "time"); }},
      {"Checkpoints saved",
       [](const RunHistory& run) {
         return run.saves == 0 ? "0" : fmt::format("{} of {:.1f} MB", run.saves, run.checkpoint_bytes / 1e6);
       }},
      {"  training stood still", stalls_text},
      {"  their thread wrote for",
       [](const RunHistory& run) { return run.saves == 0 ? kNone : seconds_text(run.save_seconds); }},
      {"  saves that failed", [](const RunHistory& run) { return std::to_string(run.failed_saves); }},
  };
  return rows;
}

// The run's marker, as in the pictures, and label.
std::string run_heading(const RunLabels& labels, std::size_t i) {
  constexpr std::array kShapes{"●", "■", "▲", "◆", "▼"};
  const plot::Colour colour = plot::kCurveColours[i % plot::kCurveColours.size()];
  return fmt::format("<span class=\"{}\" style=\"color:#{:06X}\">{}</span> {}", colour.name, colour.rgb,
                     kShapes[i % kShapes.size()], escape_markup(labels.labels[i]));
}

std::string table_head(const Runs& runs, const RunLabels& labels) {
  std::string html = "<table>\n<thead><tr><th></th>";
  for (std::size_t i = 0; i < runs.size(); ++i)
    html += fmt::format("<th scope=\"col\">{}</th>", run_heading(labels, i));
  return html + "</tr></thead>\n<tbody>\n";
}

std::string table(const Runs& runs, const RunLabels& labels, const std::vector<Row>& rows) {
  std::string html = table_head(runs, labels);
  for (const Row& row : rows) {
    const std::string name = row.name;
    const bool is_part = name.starts_with(' ');
    html += fmt::format("<tr><th scope=\"row\"{}>{}</th>", is_part ? " class=\"part\"" : "", name);
    for (const RunHistory& run : runs) html += fmt::format("<td>{}</td>", escape_markup(row.text(run)));
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

// All settings; those that differ are marked. The run's directory is no news.
std::string settings_table(const Runs& runs, const RunLabels& labels) {
  std::set<std::string> names;
  for (const RunHistory& run : runs)
    for (const auto& [name, value] : run.settings) names.insert(name);
  names.erase("run");
  if (names.empty()) return "<p>No config.ini could be read.</p>\n";
  const std::vector<std::string> differing = differing_settings(runs, {names.begin(), names.end()});
  std::string html =
      runs.size() > 1 ? "<p>Settings that differ between the runs are marked with ≠.</p>\n" : "";
  html += table_head(runs, labels);
  for (const std::string& name : names) {
    const bool differs = std::count(differing.begin(), differing.end(), name) > 0;
    html += fmt::format("<tr{}><th scope=\"row\">{}{}</th>", differs ? " class=\"differs\"" : "",
                        escape_markup(name), differs ? " ≠" : "");
    for (const RunHistory& run : runs) {
      const auto found = run.settings.find(name);
      html += fmt::format("<td>{}</td>", found == run.settings.end() ? kNone : escape_markup(found->second));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table>\n";
}

std::string pictures(const Runs& runs, const RunLabels& labels) {
  using enum RunValue;
  std::string html;
  for (const RunValue value : {kBothLosses, kAccuracy, kLearningRate, kThroughput}) {
    const plot::Figure figure = run_figure(runs, labels, value);
    if (!figure.curves.empty()) html += fmt::format("<figure>{}</figure>\n", draw_inline_svg(figure));
  }
  return html.empty() ? "<p>No training has been logged yet.</p>\n" : html;
}

std::string example_rows(const RunHistory& run, bool right) {
  std::string html;
  for (const RunHistory::Example& example : run.examples) {
    if ((example.output == example.clean) != right) continue;
    html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", right ? "✓" : "✗",
                        escape_markup(example.noisy), escape_markup(example.output),
                        escape_markup(example.clean));
  }
  return html;
}

// "" where no run has any.
std::string examples(const Runs& runs, const RunLabels& labels) {
  std::string html;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].examples.empty()) continue;
    html += fmt::format(
        "<h3>{}</h3>\n<table class=\"text\"><thead><tr><th></th><th scope=\"col\">given</th>"
        "<th scope=\"col\">made of it</th><th "
        "scope=\"col\">right</th></tr></thead>\n<tbody>\n{}{}</tbody></table>\n",
        run_heading(labels, i), example_rows(runs[i], true), example_rows(runs[i], false));
  }
  return html.empty() ? "" : "<h2>Examples of the last epoch</h2>\n" + html;
}

}  // namespace

std::string report_page(const Runs& runs, const std::vector<std::string>& hyper_parameters) {
  const RunLabels labels = label_runs(runs, hyper_parameters);
  const std::string title = runs.size() == 1 ? "Training of " + escape_markup(runs.front().name())
                                             : "Training of " + quantity(runs.size(), "run");
  const std::string what = labels.values_only
                               ? fmt::format("<p>Labels: {}.</p>\n",
                                             escape_markup(fmt::format("{}", fmt::join(labels.names, " / "))))
                               : "";
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{0}</title>\n<style>\n{1}</style>\n"
      "</head>\n<body>\n<h1>{0}</h1>\n{2}{3}<h2>Curves</h2>\n{4}<h2>Times</h2>\n{5}<h2>Settings</h2>\n"
      "{6}{7}</body>\n</html>\n",
      title, kReportStyle, what, table(runs, labels, state_rows()), pictures(runs, labels),
      table(runs, labels, time_rows()), settings_table(runs, labels), examples(runs, labels));
}

}  // namespace favras::seq2seq
