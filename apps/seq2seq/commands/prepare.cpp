// seq2seq prepare: makes a data directory from text files, from pairs, or for the letter-sorting task.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/corpus.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/sorting_task.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

struct Request {
  fs::path output;
  std::vector<fs::path> files;
  DataSettings settings;
  int threads;
};

void declare_options(CommandLine& command_line) {
  // clang-format off
  command_line.add_options()
      ("output", po::value<std::string>(), "the data directory to make; an older one is replaced")
      ("pairs", po::value<std::string>(), "a file of source<TAB>target lines instead of text files")
      ("task", po::value<std::string>(), "'sort': make the letter-sorting data; needs no file")
      ("seed", po::value<std::uint64_t>()->default_value(1), "of the split, the noise and the strings to sort");
  command_line.add_options("Filters")
      ("characters", po::value<std::uint64_t>(),
       "keep lines made of the N most frequent characters; 0: all (default 75; pairs: 0)")
      ("minimum-length", po::value<int>(), "in characters (default 5; pairs: 1)")
      ("maximum-length", po::value<int>(), "in characters (default 60)")
      ("validation-share", po::value<double>(), "share of the lines held out (default 0.1)")
      ("invalid-utf8", po::value<std::string>(),
       "lines that are not UTF-8: 'fail', naming file, line and byte, or 'skip' (default fail)")
      ("threads", po::value<int>(), "default: one for each core");
  // clang-format on
}

// Puts the option's value into `setting` if it was given.
template <class T>
void take(const CommandLine& command_line, const char* name, T& setting, T lowest, T highest) {
  if (!command_line.given(name)) return;
  setting = command_line.get<T>(name);
  if (!(setting >= lowest && setting <= highest)) {
    throw UsageError(fmt::format("--{} {}: must be from {} to {}", name, setting, lowest, highest));
  }
}

void take_filters(const CommandLine& command_line, DataSettings& settings) {
  constexpr int kMaximum = 1'000'000;
  settings.characters = settings.has_pairs() ? 0 : 75;
  take<std::uint64_t>(command_line, "characters", settings.characters, 0, 0x10FFFF);
  if (settings.characters == 1) throw UsageError("--characters 1: a model needs two at least");
  settings.minimum_length = settings.has_pairs() ? 1 : 5;
  take(command_line, "minimum-length", settings.minimum_length, 1, kMaximum);
  take(command_line, "maximum-length", settings.maximum_length, 1, kMaximum);
  if (settings.minimum_length > settings.maximum_length) {
    throw UsageError(fmt::format("--minimum-length {} is above --maximum-length {}", settings.minimum_length,
                                 settings.maximum_length));
  }
  take(command_line, "validation-share", settings.validation_share, 0.0, 0.99);
  if (!command_line.given("invalid-utf8")) return;
  const auto invalid = command_line.get<std::string>("invalid-utf8");
  if (invalid != "skip" && invalid != "fail") {
    throw UsageError(fmt::format("--invalid-utf8 {}: must be skip or fail", invalid));
  }
  settings.skip_invalid = invalid == "skip";
}

DataSettings sorting_settings(const CommandLine& command_line) {
  for (const char* name :
       {"characters", "minimum-length", "maximum-length", "validation-share", "invalid-utf8"}) {
    if (command_line.given(name)) {
      throw UsageError(fmt::format("--{} has no meaning with --task sort", name));
    }
  }
  return {.task = "sort",
          .characters = 0,
          .minimum_length = 1,
          .maximum_length = kSortingMaximumLength,
          .validation_share =
              static_cast<double>(kSortingHeldOutLines) / (kSortingTrainingLines + kSortingHeldOutLines)};
}

Request read_request(const CommandLine& command_line) {
  if (!command_line.given("output")) throw UsageError("prepare needs --output DIR");
  Request request{.output = command_line.get<std::string>("output"),
                  .files = {command_line.positional().begin(), command_line.positional().end()},
                  .settings = {},
                  .threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 64)};
  const bool sort = command_line.given("task");
  const bool pairs = command_line.given("pairs");
  if (sort && command_line.get<std::string>("task") != "sort") {
    throw UsageError(
        fmt::format("--task {}: the only task is 'sort'", command_line.get<std::string>("task")));
  }
  if (int{sort} + int{pairs} + int{!request.files.empty()} != 1) {
    throw UsageError("prepare needs text files, or --pairs FILE.tsv, or --task sort: one of the three");
  }
  if (sort) {
    request.settings = sorting_settings(command_line);
  } else {
    if (pairs) {
      request.settings.task = "pairs";
      request.files = {command_line.get<std::string>("pairs")};
    }
    take_filters(command_line, request.settings);
  }
  request.settings.seed = command_line.get<std::uint64_t>("seed");
  take(command_line, "threads", request.threads, 1, 1024);
  return request;
}

// Hashes the files; also refuses what cannot be read twice, as preparing does.
std::vector<SourceFile> describe_sources(const std::vector<fs::path>& files) {
  std::vector<SourceFile> sources;
  for (const fs::path& file : files) {
    SourceFile source{.name = file.filename().string(), .bytes = 0, .sha256 = {}};
    if (fs::is_directory(file)) {
      throw std::runtime_error(fmt::format("{}: is a directory; name its files", file.string()));
    }
    if (fs::exists(file) && !fs::is_regular_file(file)) {
      throw std::runtime_error(fmt::format(
          "{}: is not a regular file; write its text to one, for it is read twice", file.string()));
    }
    source.sha256 = sha256_hex_of_file(file);
    source.bytes = fs::file_size(file);
    if (source.bytes == 0) fmt::print(stderr, "note: {} is empty\n", file.string());
    sources.push_back(std::move(source));
  }
  std::sort(sources.begin(), sources.end());
  return sources;
}

bool is_up_to_date(const fs::path& directory, const DataDescription& wanted) {
  try {
    const DataDescription found = read_description(directory);
    // As read back: Boost.JSON 1.81 may change the last bit of a number with a fraction.
    const DataSettings settings = DataDescription::from_json(wanted.to_json()).settings;
    return found.settings == settings && found.sources == wanted.sources &&
           found.fingerprint == fingerprint_of(directory, found.settings.has_pairs());
  } catch (const std::runtime_error&) {
    return false;  // none there, or damaged
  }
}

void print_table(const DataDescription& description) {
  const DataSettings& settings = description.settings;
  const LineCounts& counts = description.counts;
  const auto print_row = [](const std::string& name, std::uint64_t count) {
    fmt::print("{:<48}{:>12}\n", name, count);
  };
  if (settings.task != "sort") {
    print_row("lines read", counts.read);
    if (settings.skip_invalid) print_row("  dropped: not valid UTF-8", counts.invalid);
    print_row("  dropped: empty", counts.empty);
    print_row(fmt::format("  dropped: shorter than {} characters", settings.minimum_length),
              counts.too_short);
    print_row(fmt::format("  dropped: longer than {} characters", settings.maximum_length), counts.too_long);
    print_row("  dropped: a character that is too rare", counts.rare_characters);
    print_row("  dropped: seen before", counts.duplicates);
  }
  print_row("training lines", counts.train);
  print_row("validation lines", counts.validation);
}

void print_speed(const DataDescription& description, double seconds) {
  double megabytes = 0;
  for (const SourceFile& source : description.sources) megabytes += static_cast<double>(source.bytes) / 1e6;
  if (megabytes > 0)
    fmt::print("{:.1f} MB in {:.2f} s, {:.0f} MB/s\n", megabytes, seconds, megabytes / seconds);
}

}  // namespace

int run_prepare(int argc, char** argv) {
  CommandLine command_line(
      "prepare",
      "Cleans and filters text and splits it into training and validation by a hash of each "
      "line, so that the same lines give the same data on any machine.",
      "FILE...");
  declare_options(command_line);
  if (!command_line.parse(argc, argv)) return kExitDone;
  const Request request = read_request(command_line);
  const auto start = std::chrono::steady_clock::now();

  DataDescription description{.settings = request.settings,
                              .sources = describe_sources(request.files),
                              .counts = {},
                              .fingerprint = {}};
  if (is_up_to_date(request.output, description)) {
    fmt::print("{} is up to date\n", request.output.string());
    return kExitDone;
  }
  DataDirectoryWriter writer(request.output);
  const PreparedData data = request.settings.task == "sort"
                                ? make_sorting_data(request.settings.seed)
                                : prepare_corpus(request.files, request.settings, request.threads);
  writer.write(data, description);

  print_table(description);
  if (data.validation.empty()) {
    fmt::print(stderr, "note: no line fell on the validation side\n");
  }
  fmt::print("vocabulary: {} characters and {} special tokens\n", data.vocabulary.characters().size(),
             kSpecialTokens);
  fmt::print("fingerprint: {}\n", description.fingerprint);
  fmt::print("wrote {}\n", request.output.string());
  print_speed(description, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return kExitDone;
}

}  // namespace favras::seq2seq
