// seq2seq evaluate: how good a trained model is, beside doing nothing.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/model_options.h"
#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/columns.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/json_text.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/corrector.h"
#include "apps/seq2seq/evaluation/differences.h"
#include "apps/seq2seq/evaluation/evaluation_report.h"
#include "apps/seq2seq/evaluation/mean_loss.h"
#include "apps/seq2seq/io/progress.h"
#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/training/line_source.h"
#include "apps/seq2seq/training/noise_text.h"
#include "apps/seq2seq/training/train_options.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

struct Pairs {
  std::string name;  // where they come from
  Lines noisy, clean;

  void keep_first(std::size_t lines) {
    if (lines >= noisy.size()) return;
    noisy.resize(lines);
    clean.resize(lines);
    name += fmt::format(", the first {}", quantity(lines, "line"));
  }
};

// --lines.
std::size_t most_lines(const CommandLine& command_line) {
  const auto lines = command_line.get<std::uint64_t>("lines");
  return lines == 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(lines);
}

Pairs read_pairs(const fs::path& file) {
  Pairs pairs{file.string(), {}, {}};
  std::ifstream stream = open_for_reading(file);
  for (std::string line; std::getline(stream, line);) {
    const auto refuse = [&](std::string_view problem) {
      throw std::runtime_error(fmt::format("{}: line {} {}", file.string(), pairs.noisy.size() + 1, problem));
    };
    if (first_invalid_byte(line)) refuse("is not valid UTF-8");
    try {
      const auto [noisy, clean] = two_columns(line, "noisy<TAB>clean");
      pairs.noisy.push_back(clean_field(noisy));
      pairs.clean.push_back(clean_field(clean));
    } catch (const BadLine& error) {
      refuse(error.what());
    }
    if (pairs.clean.back().empty()) refuse("has no clean line");
  }
  require_read(stream, file);
  if (pairs.noisy.empty()) throw std::runtime_error(file.string() + ": holds no lines");
  return pairs;
}

// What the training was told, as far as that is known.
Values settings_of(const RunModel& run) {
  if (!run.run || !exists(run.run->config())) return {};
  return read_config(run.run->config());
}

// --data, or the data of the training.
fs::path data_directory(const CommandLine& command_line, const RunModel& run) {
  if (command_line.given("data")) return command_line.get<std::string>("data");
  if (!run.run)
    throw UsageError(fmt::format("{} is no run that knows its data: use --data DIR or --pairs FILE.tsv",
                                 run.file.string()));
  const Values settings = settings_of(run);
  const auto data = settings.find("data");
  if (data == settings.end() || data->second.empty())
    throw std::runtime_error(fmt::format("{} does not say what data it was trained on: use --data DIR",
                                         run.run->config().string()));
  return data->second;
}

// --noise, or that of the training.
NoiseMix noise_of(const CommandLine& command_line, const RunModel& run) {
  Values settings = settings_of(run);
  if (command_line.given("noise")) settings["noise"] = command_line.get<std::string>("noise");
  const auto noise = settings.find("noise");
  if (noise == settings.end()) return kDefaultNoise;
  TrainOptions options;
  apply(options, {*noise});
  return noise_mix(options);
}

// The validation lines with the mistakes that they have for ever.
Pairs read_validation_lines(const CommandLine& command_line, const RunModel& run) {
  const fs::path directory = data_directory(command_line, run);
  const NoiseMix noise = noise_of(command_line, run);
  const Dataset dataset = load_dataset(directory);
  if (dataset.vocabulary.characters() != run.description.vocabulary.characters())
    throw std::runtime_error(fmt::format(
        "{0} and the data in {1} have other characters: evaluate on the data of the training, or on --pairs "
        "FILE.tsv (of text: seq2seq noise --data {1} --noise uniform=1 --pairs {1}/validation.txt >FILE.tsv)",
        run.file.string(), dataset.directory));
  if (dataset.validation.empty()) throw std::runtime_error(dataset.directory + ": holds no validation lines");
  if (command_line.given("noise")) require_noise(noise, dataset);
  const LineSource source(dataset, noise);
  Pairs pairs{dataset.directory, {}, {}};
  if (!dataset.has_pairs()) pairs.name += fmt::format(", noise {}", to_string(noise));
  for (const Line& line : dataset.validation) {
    pairs.noisy.push_back(source.source_text(line, kFrozenNoise));
    pairs.clean.push_back(line.target);
  }
  return pairs;
}

// Mean over the characters of the clean lines and their ends, without dropout.
double mean_loss(const RunModel& run, const Pairs& pairs) {
  constexpr std::size_t kBatchLines = 128;
  Progress progress;
  struct Example {
    Ids source, target;
  };
  std::vector<Example> examples;
  for (std::size_t i = 0; i < pairs.noisy.size(); ++i)
    examples.push_back({run.description.vocabulary.encode(pairs.noisy[i]),
                        run.description.vocabulary.encode(pairs.clean[i])});
  std::stable_sort(examples.begin(), examples.end(), [](const Example& a, const Example& b) {
    return a.target.size() > b.target.size();  // little padding
  });

  MeanLoss loss(*run.model);
  const Speedometer speed(examples.size());
  for (std::size_t first = 0; first < examples.size(); first += kBatchLines) {
    std::vector<Ids> sources, targets;
    for (std::size_t i = first; i < std::min(examples.size(), first + kBatchLines); ++i) {
      sources.push_back(std::move(examples[i].source));
      targets.push_back(std::move(examples[i].target));
    }
    loss.add(make_batch(sources, targets, static_cast<std::int64_t>(sources.size()), run.model->device()));
    progress.show("loss  " + speed.text(first + sources.size(), first + sources.size()));
  }
  return loss.value();
}

// How the model's outputs come about: Corrector::decode for lines as it was trained on, Corrector::correct
// for any.
using Write = Lines (Corrector::*)(std::span<const std::string>) const;

// The outputs. Lines of similar length go together, as many at a time as fill some batches.
Lines write_all(const Corrector& corrector, Write write, const Lines& noisy) {
  constexpr std::size_t kLinesAtOnce = 2048;
  std::vector<std::pair<std::size_t, std::size_t>> order;  // characters, of which line
  for (const std::string& line : noisy) order.emplace_back(count_characters(line), order.size());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::uint64_t characters = 0, done = 0;
  for (const auto& [length, line] : order) characters += length;

  Progress progress;
  const Speedometer speed(characters);
  Lines outputs(noisy.size());
  for (std::size_t first = 0; first < order.size(); first += kLinesAtOnce) {
    const auto share = std::span(order).subspan(first, std::min(kLinesAtOnce, order.size() - first));
    Lines lines;
    for (const auto& [length, line] : share) lines.push_back(noisy[line]);
    Lines written = (corrector.*write)(lines);
    for (std::size_t i = 0; i < share.size(); ++i) {
      outputs[share[i].second] = std::move(written[i]);
      done += share[i].first;
    }
    progress.show(speed.text(first + share.size(), done));
  }
  return outputs;
}

std::vector<std::u32string> decode_all(const Lines& lines) {
  std::vector<std::u32string> decoded;
  for (const std::string& line : lines) decoded.push_back(decode_utf8(line));
  return decoded;
}

// "" for the defaults.
std::string describe(const CorrectorOptions& options) {
  std::string text;
  if (options.beam > 1) text += fmt::format(", beam {}", options.beam);
  if (options.keep_unless > 0.0) text += fmt::format(", words kept unless {}", options.keep_unless);
  return text;
}

// What the outputs for the pairs are worth.
Evaluation compare(const Pairs& pairs, const Lines& outputs) {
  Evaluation evaluation;
  evaluation.lines_of = pairs.name;
  evaluation.noisy = decode_all(pairs.noisy);
  evaluation.clean = decode_all(pairs.clean);
  evaluation.output = decode_all(outputs);
  evaluation.measure();
  return evaluation;
}

Evaluation evaluate(const RunModel& run, const Pairs& pairs, Write write, const CorrectorOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const Lines outputs =
      write_all(Corrector(*run.model, run.description.vocabulary, run.description.maximum_length, options),
                write, pairs.noisy);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  Evaluation evaluation = compare(pairs, outputs);
  evaluation.model = fmt::format("{}, step {}{}", run.file.string(), run.description.step, describe(options));
  evaluation.device = to_string(run.model->device());
  evaluation.lines_per_second = static_cast<double>(pairs.noisy.size()) / seconds.count();
  evaluation.loss = mean_loss(run, pairs);
  return evaluation;
}

// The model at work.
Evaluation evaluate_run(const CommandLine& command_line) {
  const bool has_pairs = command_line.one_of("data", "pairs") == "pairs";
  if (has_pairs && command_line.clash("noise", "pairs"))
    throw UsageError("--noise is for clean lines; those of --pairs have their own mistakes");
  CorrectorOptions options = corrector_options(command_line);
  const RunModel run = load_run_model(command_line);
  options.copies_unknown = run.description.copies_unknown;
  Pairs pairs = has_pairs ? read_pairs(command_line.get<std::string>("pairs"))
                          : read_validation_lines(command_line, run);
  pairs.keep_first(most_lines(command_line));
  return evaluate(run, pairs,
                  has_pairs && run.description.task == "text" ? &Corrector::correct : &Corrector::decode,
                  options);
}

// Lines that are there already, whoever made them.
Evaluation evaluate_corrected(const CommandLine& command_line) {
  for (const char* name : {"run", "model", "data", "noise", "beam", "keep-unless"})
    if (command_line.clash(name, "corrected"))
      throw UsageError(fmt::format("--corrected needs no model: leave --{} out", name));
  if (!command_line.given("pairs"))
    throw UsageError("--corrected needs the noisy<TAB>clean lines that were corrected: --pairs FILE.tsv");
  const fs::path file = command_line.get<std::string>("corrected");
  Pairs pairs = read_pairs(command_line.get<std::string>("pairs"));
  Lines lines;
  std::ifstream stream = open_for_reading(file);
  for (std::string line; std::getline(stream, line);) {
    if (first_invalid_byte(line))
      throw std::runtime_error(
          fmt::format("{}: line {} is not valid UTF-8", file.string(), lines.size() + 1));
    lines.push_back(clean_field(line));
  }
  require_read(stream, file);
  if (lines.size() != pairs.noisy.size())
    throw std::runtime_error(fmt::format("{} has {}, {} has {}: one for each pair is needed", file.string(),
                                         quantity(lines.size(), "line"), pairs.name, pairs.noisy.size()));
  pairs.keep_first(most_lines(command_line));
  lines.resize(pairs.noisy.size());
  Evaluation evaluation = compare(pairs, lines);
  evaluation.model = file.string();
  evaluation.output_name = "output";
  return evaluation;
}

}  // namespace

int run_evaluate(int argc, char** argv) {
  namespace po = boost::program_options;
  CommandLine command_line("evaluate",
                           "Measures a trained model on validation lines, beside leaving them as they are.");
  add_model_options(command_line);
  // clang-format off
  command_line.add_options()
      ("data", po::value<std::string>()->value_name("DIR"),
       "data directory whose validation lines to use (default: the one of the training)")
      ("noise", po::value<std::string>()->value_name("SPEC"),
       "mistakes to make in them: MODEL=WEIGHT,... as for train, or none (default: those of the training)")
      ("pairs", po::value<std::string>()->value_name("FILE.tsv"), "noisy<TAB>clean lines to use instead")
      ("corrected", po::value<std::string>()->value_name("FILE"),
       "what another program made of the noisy lines of --pairs, measured instead of a model's output")
      ("lines", po::value<std::uint64_t>()->default_value(0)->value_name("N"),
       "use the first N lines alone; 0: all")
      ("json", po::bool_switch(), "one JSON object instead of a table")
      ("examples", po::value<std::uint64_t>()->default_value(0)->value_name("N"),
       "show the first N lines that had mistakes or got some, with what is wrong in them marked");
  // clang-format on
  if (!command_line.parse(argc, argv)) return kExitDone;

  const Evaluation evaluation =
      command_line.given("corrected") ? evaluate_corrected(command_line) : evaluate_run(command_line);
  const auto examples = static_cast<std::size_t>(command_line.get<std::uint64_t>("examples"));
  if (command_line.get<bool>("json"))
    fmt::print("{}", to_readable_json(report_json(evaluation, examples)));
  else
    fmt::print("{}{}", report_table(evaluation),
               report_examples(evaluation, examples, shows_colours(STDOUT_FILENO)));
  return kExitDone;
}

}  // namespace favras::seq2seq
