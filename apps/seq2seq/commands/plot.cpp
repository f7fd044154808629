// seq2seq plot: runs beside each other in one picture.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/runs_to_show.h"
#include "apps/seq2seq/io/console.h"
#include "apps/seq2seq/plot/run_figures.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

bool is_png(const fs::path& output) {
  const std::string extension = output.extension().string();
  if (extension == ".png") return true;
  if (extension == ".svg") return false;
  throw UsageError(fmt::format("--output {}: must end in .svg or .png", output.string()));
}

// Runs without the value are named; it is an error if no run has it.
void require_values(const std::vector<RunHistory>& runs, RunValue value) {
  std::vector<std::string> without;
  for (const RunHistory& run : runs)
    if (!has_values(run, value)) without.push_back(run.path);
  if (without.empty()) return;
  const std::string message = fmt::format("no {} yet in {}", spoken(value), fmt::join(without, ", "));
  if (without.size() == runs.size()) {
    const bool never =
        value == RunValue::kValidationLoss &&
        std::ranges::all_of(runs, [](const RunHistory& run) { return has_values(run, RunValue::kLoss); });
    throw std::runtime_error(message +
                             (never ? ", whose data has no validation lines: --value loss can be drawn"
                                    : ": train further, or choose another --value"));
  }
  tell(stderr, fmt::format("seq2seq plot: {}: left out\n", message));
}

}  // namespace

int run_plot(int argc, char** argv) {
  namespace po = boost::program_options;
  CommandLine command_line("plot", "Draws a value of runs over the training lines seen, one curve a run.",
                           "RUN...");
  // clang-format off
  command_line.add_options()
      ("output", po::value<std::string>()->value_name("FILE"), "the picture, .svg or .png")
      ("value", po::value<std::string>()->default_value("validation_loss")->value_name("NAME"),
       "validation_loss, loss, accuracy, learning_rate or throughput")
      ("log", po::bool_switch(), "logarithmic axis; losses that span more than two decades have one anyway");
  // clang-format on
  if (!command_line.parse(argc, argv)) return kExitDone;
  const fs::path output = output_file(command_line);
  const bool png = is_png(output);
  const RunValue value = parse_run_value(command_line.get<std::string>("value"));
  const std::vector<RunHistory> runs = read_runs(command_line);
  require_values(runs, value);

  const plot::Figure figure = run_figure(runs, label_runs(runs, hyper_parameters()), value,
                                         command_line.get<bool>("log") ? LogAxis::kAlways : LogAxis::kIfWide);
  if (figure.curves.empty())
    throw std::runtime_error(fmt::format("no {} is above zero: leave --log out", spoken(value)));
  write_whole(output, png ? draw_png(figure) : draw_svg(figure));
  return kExitDone;
}

}  // namespace favras::seq2seq
