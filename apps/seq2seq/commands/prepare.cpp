// seq2seq prepare: makes a data directory from text files, from pairs, or for the letter-sorting task.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <initializer_list>
#include <malloc.h>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/block_reader.h"
#include "apps/seq2seq/data/corpus.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/prepare_report.h"
#include "apps/seq2seq/data/sorting_task.h"
#include "engine/storage/file.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

struct Request {
  fs::path output;
  std::vector<fs::path> files;
  fs::path misspellings;  // empty: none
  DataSettings settings;
  bool report_leaks = false;
  int threads;
};

void declare_options(CommandLine& command_line) {
  // clang-format off
  command_line.add_options()
      ("output", po::value<std::string>(), "the data directory to make; an older one is replaced")
      ("pairs", po::value<std::string>(), "a file of source<TAB>target lines instead of text files")
      ("task", po::value<std::string>(), "'sort': make the letter-sorting data; needs no file")
      ("misspellings", po::value<std::string>(),
       "a file of wrong<TAB>right words: what people's mistakes look like, for the noise in training")
      ("seed", po::value<std::uint64_t>()->default_value(1), "of the split, the noise and the strings to sort")
      ("group-by", po::value<std::string>(),
       "what decides the side of a line, training or validation: the 'content' of the line, or for all lines of "
       "a document the name of its 'file' or 'folder' (default content)")
      ("report-leaks", po::bool_switch(),
       "compare the sides: how many validation lines have much in common with training lines")
      ("threads", po::value<int>()->default_value(0), "0: one for each core");
  command_line.add_options("Filters")
      ("split", po::value<std::string>(),
       "what becomes a line: a line of the input as a 'whole', its 'sentences', or those with the ones above "
       "the maximum length 'cut' at clause marks and spaces (default cut)")
      ("filter", po::value<std::string>(),
       "'english': keep what looks like English prose; or 'none' (default none)")
      ("characters", po::value<std::uint64_t>(),
       "keep lines made of the N most frequent characters; 0: all (default 75; pairs: 0)")
      ("minimum-length", po::value<int>(), "in characters (default 5; pairs: 1)")
      ("maximum-length", po::value<int>(), "in characters (default 60)")
      ("validation-share", po::value<double>(), "share of the lines held out (default 0.1)")
      ("invalid-utf8", po::value<std::string>(),
       "lines that are not UTF-8: 'fail', naming file, line and byte, or 'skip' (default fail)");
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

// The same for one of a few words.
void take(const CommandLine& command_line, const char* name, std::string& setting,
          const std::vector<std::string>& words) {
  if (!command_line.given(name)) return;
  setting = command_line.get<std::string>(name);
  if (std::find(words.begin(), words.end(), setting) == words.end())
    throw UsageError(fmt::format("--{} {}: must be {}", name, setting, fmt::join(words, " or ")));
}

void refuse(const CommandLine& command_line, std::initializer_list<const char*> names, const char* with) {
  for (const char* name : names) {
    if (command_line.given(name)) throw UsageError(fmt::format("--{} has no meaning with {}", name, with));
  }
}

void take_filters(const CommandLine& command_line, DataSettings& settings) {
  constexpr int kMaximum = 1'000'000;
  if (settings.has_pairs()) {
    refuse(command_line, {"split", "filter", "group-by", "misspellings"}, "--pairs");
  } else {
    settings.split = "cut";
  }
  take(command_line, "split", settings.split, {"whole", "sentences", "cut"});
  take(command_line, "filter", settings.filter, {"none", "english"});
  take(command_line, "group-by", settings.group_by, {"content", "file", "folder"});
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
  std::string invalid = "fail";
  take(command_line, "invalid-utf8", invalid, {"skip", "fail"});
  settings.skip_invalid = invalid == "skip";
}

DataSettings sorting_settings(const CommandLine& command_line) {
  refuse(command_line,
         {"split", "filter", "group-by", "misspellings", "report-leaks", "characters", "minimum-length",
          "maximum-length", "validation-share", "invalid-utf8"},
         "--task sort");
  return {.task = "sort",
          .characters = 0,
          .minimum_length = 1,
          .maximum_length = kSortingMaximumLength,
          .validation_share =
              static_cast<double>(kSortingHeldOutLines) / (kSortingTrainingLines + kSortingHeldOutLines)};
}

DataSettings read_settings(const CommandLine& command_line) {
  DataSettings settings;
  if (command_line.given("task")) {
    const auto task = command_line.get<std::string>("task");
    if (task != "sort") throw UsageError(fmt::format("--task {}: the only task is 'sort'", task));
    settings = sorting_settings(command_line);
  } else {
    if (command_line.given("pairs")) settings.task = "pairs";
    take_filters(command_line, settings);
  }
  settings.seed = command_line.get<std::uint64_t>("seed");
  return settings;
}

// For --dump-config: what the settings are where nothing was given.
std::map<std::string, std::string> setting_texts(const CommandLine& command_line) {
  const DataSettings settings = read_settings(command_line);
  if (settings.task == "sort") return {{"report-leaks", ""}};
  std::map<std::string, std::string> texts{{"characters", std::to_string(settings.characters)},
                                           {"minimum-length", std::to_string(settings.minimum_length)},
                                           {"maximum-length", std::to_string(settings.maximum_length)},
                                           {"validation-share", fmt::format("{}", settings.validation_share)},
                                           {"invalid-utf8", settings.skip_invalid ? "skip" : "fail"}};
  if (!settings.has_pairs())
    texts.insert({{"split", settings.split}, {"filter", settings.filter}, {"group-by", settings.group_by}});
  return texts;
}

Request read_request(const CommandLine& command_line) {
  if (!command_line.given("output")) throw UsageError("prepare needs --output DIR");
  Request request{.output = command_line.get<std::string>("output"),
                  .files = {command_line.positional().begin(), command_line.positional().end()},
                  .misspellings = {},
                  .settings = read_settings(command_line),
                  .threads = 0};
  const bool pairs = command_line.given("pairs");
  if (int{command_line.given("task")} + int{pairs} + int{!request.files.empty()} != 1) {
    throw UsageError("prepare needs text files, or --pairs FILE.tsv, or --task sort: one of the three");
  }
  if (pairs) request.files = {command_line.get<std::string>("pairs")};
  if (command_line.given("misspellings"))
    request.misspellings = command_line.get<std::string>("misspellings");
  request.report_leaks = command_line.get<bool>("report-leaks");
  take(command_line, "threads", request.threads, 0, 1024);
  if (request.threads == 0)
    request.threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 64);
  return request;
}

SourceFile describe_misspellings(const fs::path& file) {
  return {.name = file.filename().string(),
          .group = {},
          .bytes = File(file, O_RDONLY).size(),
          .sha256 = sha256_hex_of_file(file)};
}

template <class Files>
std::uint64_t total_bytes(const Files& files) {
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  return bytes;
}

// What the directory holds, if it was made from the same files in the same way.
std::optional<DataDescription> find_up_to_date(const Request& request, const std::vector<InputFile>& files,
                                               const DataDescription& wanted) {
  try {
    DataDescription found = read_description(request.output);
    if (request.report_leaks && !found.leaks) return std::nullopt;
    if (found.settings != wanted.settings || found.misspellings != wanted.misspellings ||
        total_bytes(found.sources) != total_bytes(files)) {
      return std::nullopt;  // without reading them
    }
    std::vector<SourceFile> sources;
    for (const InputFile& file : files)
      sources.push_back({file.name, file.group, file.bytes, sha256_hex_of_file(file.path)});
    std::sort(sources.begin(), sources.end());
    if (found.sources != sources ||
        found.fingerprint != fingerprint_of(request.output, found.settings.has_pairs()))
      return std::nullopt;
    return found;
  } catch (const std::runtime_error&) {
    return std::nullopt;  // none there, or damaged
  }
}

// The fingerprint of the data that is there; "" if there is none.
std::string fingerprint_before(const fs::path& directory) {
  try {
    return read_description(directory).fingerprint;
  } catch (const std::runtime_error&) {
    return "";
  }
}

Preparation prepare_sorting(DataDescription& description, DataDirectoryWriter& writer) {
  SortingData data = make_sorting_data(description.settings.seed);
  for (const std::string& line : data.train) writer.append(kTrainingSide, line + '\n');
  for (const std::string& line : data.validation) writer.append(kValidationSide, line + '\n');
  description.counts.train = data.train.size();
  description.counts.validation = data.validation.size();
  return {.vocabulary = std::move(data.vocabulary)};
}

void print_report(const DataDescription& description, const Preparation& preparation) {
  fmt::print("{}", counts_table(description.counts, description.settings));
  fmt::print("{}", groups_note(description));
  if (description.leaks) fmt::print("{}", leaks_table(*description.leaks, description.counts));
  if (!preparation.overlong.empty()) {
    const std::uint64_t more = description.counts.overlong - 1;
    fmt::print(stderr, "note: {} is longer than {} bytes and was left out{}: {}\n", preparation.overlong,
               kLongestLineBytes, more == 0 ? "" : fmt::format(", and {} more", more), kCutLines);
  }
  if (description.counts.validation == 0) fmt::print(stderr, "note: no line fell on the validation side\n");
  fmt::print("vocabulary: {} characters and {} special tokens\n", preparation.vocabulary.characters().size(),
             kSpecialTokens);
  fmt::print("fingerprint: {}\n", description.fingerprint);
}

// Makes the directory and says what is in it.
void make_directory(const Request& request, const std::vector<InputFile>& files,
                    DataDescription& description) {
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<Misspelling> misspellings;
  if (description.misspellings) misspellings = read_misspellings(request.misspellings);
  const bool sort = description.settings.task == "sort", pairs = description.settings.has_pairs();

  const std::string before = fingerprint_before(request.output);
  DataDirectoryWriter writer(request.output, pairs);
  const Preparation preparation =
      sort ? prepare_sorting(description, writer)
           : prepare_corpus(files, {.threads = request.threads}, description, writer);
  const double seconds_before_leaks = seconds();
  if (request.report_leaks) {
    description.leaks = find_leaks(training_file(writer.staging(), pairs),
                                   validation_file(writer.staging(), pairs), request.threads);
  }
  const double seconds_comparing = seconds() - seconds_before_leaks;
  writer.finish(preparation.vocabulary, misspellings, description);

  print_report(description, preparation);
  fmt::print("wrote {}\n", request.output.string());
  if (!before.empty() && before != description.fingerprint)
    fmt::print(stderr,
               "note: other data was there (fingerprint {}, not {}), and runs that it trained go on with "
               "this only by "
               "--allow-change data\n",
               before.substr(0, 12), description.fingerprint.substr(0, 12));
  if (sort) return;
  const double megabytes = static_cast<double>(total_bytes(files)) / 1e6;
  fmt::print("{:.1f} MB in {:.2f} s, {:.0f} MB/s: reading {:.2f} s, merging {:.2f} s{}\n", megabytes,
             seconds(), megabytes / seconds(), preparation.seconds_reading, preparation.seconds_merging,
             request.report_leaks ? fmt::format(", comparing {:.2f} s", seconds_comparing) : "");
}

}  // namespace

int run_prepare(int argc, char** argv) {
  CommandLine command_line(
      "prepare",
      "Cuts text into lines, cleans and filters them and splits them into training and validation by hashes, "
      "so that the same text gives the same data on any machine. A directory stands for all .txt files below "
      "it.",
      "FILE...");
  declare_options(command_line);
  if (!command_line.parse(argc, argv, setting_texts)) return kExitDone;
  // Freed memory is kept for the next block or range: fetching it again costs a tenth of the time.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 128 << 20);
  const Request request = read_request(command_line);
  const std::vector<InputFile> files = list_inputs(request.files, request.settings.group_by);
  for (const InputFile& file : files) {
    if (file.bytes == 0) fmt::print(stderr, "note: {} is empty\n", file.path.string());
  }
  DataDescription description{.settings = request.settings};
  if (!request.misspellings.empty()) description.misspellings = describe_misspellings(request.misspellings);

  if (const auto found = find_up_to_date(request, files, description)) {
    remove_leftovers(request.output);
    if (request.report_leaks) fmt::print("{}", leaks_table(*found->leaks, found->counts));
    fmt::print("{} is up to date\n", request.output.string());
    return kExitDone;
  }
  try {
    make_directory(request, files, description);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_space_on_device && error.code().value() != EDQUOT) throw;
    throw std::runtime_error(fmt::format(
        "{}; prepare needs room for about twice the text it reads ({:.1f} MB) beside {}: free some, "
        "or name an --output on another disk",
        error.what(), static_cast<double>(total_bytes(files)) / 1e6, request.output.string()));
  }
  return kExitDone;
}

}  // namespace favras::seq2seq
