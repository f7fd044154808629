#include "apps/seq2seq/data/corpus.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "apps/seq2seq/data/block_reader.h"
#include "apps/seq2seq/data/columns.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/line_maker.h"
#include "apps/seq2seq/data/line_sorter.h"
#include "apps/seq2seq/data/parallel.h"
#include "apps/seq2seq/data/prepare_report.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

using Clock = std::chrono::steady_clock;
using Files = std::vector<InputFile>;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class CharacterCounter {
 public:
  void add(std::string_view content) {
    if (is_ascii(content)) {
      for (const char c : content) ++ascii_[static_cast<unsigned char>(c)];
    } else {
      for (const char32_t c : decode_utf8(content)) ++(c < ascii_.size() ? ascii_[c] : others_[c]);
    }
  }
  void add_to(std::map<char32_t, std::uint64_t>& total) const {
    for (char32_t c = 0; c < ascii_.size(); ++c) {
      if (ascii_[c] != 0 && c != U'\t') total[c] += ascii_[c];
    }
    for (const auto& [c, count] : others_) total[c] += count;
  }

 private:
  std::array<std::uint64_t, 128> ascii_{};
  std::map<char32_t, std::uint64_t> others_;
};

struct Place {
  std::size_t file = std::numeric_limits<std::size_t>::max();
  std::uint64_t line = 0;
  auto operator<=>(const Place&) const = default;
};

// What one thread gathers while it reads.
struct alignas(64) Share {
  LineCounts counts;
  CharacterCounter characters;
  Place overlong;  // the first
};

// Lines of input to the sorter, of any file and on any thread.
class Reading {
 public:
  Reading(const Files& files, const DataSettings& settings, int threads, LineSorter& sorter)
      : files_(files), settings_(settings), make_lines_(settings), sorter_(sorter) {
    shares_.resize(static_cast<std::size_t>(threads));
    for (const InputFile& file : files)
      sides_.push_back(file.group.empty() ? Sides{0} : side_of(content_hash(file.group)));
  }

  void operator()(int thread, const Block& block) {
    Share& share = shares_[static_cast<std::size_t>(thread)];
    const auto keep = [&](std::string_view content) {
      share.characters.add(content);
      const std::uint64_t hash = content_hash(content);
      sorter_.add(thread, hash, sides_[block.file] != 0 ? sides_[block.file] : side_of(content, hash),
                  content);
    };
    for_each_line(block, [&](std::uint64_t number, std::string_view line) {
      if (line.size() > kLongestLineBytes) share.overlong = std::min(share.overlong, {block.file, number});
      try {
        make_lines_(line, share.counts, keep);
      } catch (const BadLine& error) {
        throw std::runtime_error(fmt::format("{}: {}", name_of({block.file, number}), error.what()));
      }
    });
  }

  LineCounts counts() const {
    LineCounts total;
    for (const Share& share : shares_) total += share.counts;
    return total;
  }
  std::string overlong() const {
    Place first;
    for (const Share& share : shares_) first = std::min(first, share.overlong);
    return first == Place{} ? "" : name_of(first);
  }
  Vocabulary vocabulary() const {
    std::map<char32_t, std::uint64_t> characters;
    for (const Share& share : shares_) share.characters.add_to(characters);
    const auto all = std::numeric_limits<std::size_t>::max();
    Vocabulary vocabulary =
        Vocabulary::from_counts(characters, settings_.characters == 0 ? all : settings_.characters);
    if (vocabulary.characters().size() == 1) {
      throw std::runtime_error(
          fmt::format("the input has no character but '{}': a model can learn nothing from it",
                      encode_utf8(vocabulary.characters())));
    }
    return vocabulary;
  }

 private:
  Sides side_of(std::uint64_t hash) const {
    return is_validation(hash, settings_.seed, settings_.validation_share) ? kValidationSide : kTrainingSide;
  }
  Sides side_of(std::string_view content, std::uint64_t hash) const {
    return side_of(settings_.has_pairs() ? content_hash(two_columns(content, "").second) : hash);
  }
  std::string name_of(const Place& place) const {
    return fmt::format("{}: line {}", files_[place.file].path.string(), place.line);
  }

  const Files& files_;
  const DataSettings& settings_;
  const LineMaker make_lines_;
  LineSorter& sorter_;
  std::vector<Sides> sides_;  // of the files' groups; 0: there is none
  std::vector<Share> shares_;
};

std::vector<SourceFile> sources_of(const Files& files, const std::vector<FileSum>& sums) {
  std::vector<SourceFile> sources;
  for (std::size_t i = 0; i < files.size(); ++i)
    sources.push_back({files[i].name, files[i].group, sums[i].bytes, sums[i].sha256});
  std::sort(sources.begin(), sources.end());
  return sources;
}

bool all_known(std::string_view content, const Vocabulary& vocabulary) {
  const auto known = [&](char32_t c) { return c == U'\t' || vocabulary.contains(c); };
  if (is_ascii(content)) {
    return std::all_of(content.begin(), content.end(),
                       [&](char c) { return known(static_cast<unsigned char>(c)); });
  }
  const std::u32string characters = decode_utf8(content);
  return std::all_of(characters.begin(), characters.end(), known);
}

// The text of a range of hashes as it stands in the files.
struct Text {
  std::string train, validation;
  LineCounts counts;
};

Text text_of(const std::vector<SortedLine>& lines, const Vocabulary& vocabulary) {
  constexpr std::size_t kAhead = 16;  // contents lie in no order: ask for them early
  Text text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i + kAhead < lines.size()) __builtin_prefetch(lines[i + kAhead].content.data());
    const SortedLine& line = lines[i];
    if (!all_known(line.content, vocabulary)) {
      ++text.counts.rare_characters;
      continue;
    }
    const bool validation = (line.sides & kValidationSide) != 0;
    ((validation ? text.validation : text.train) += line.content) += '\n';
    ++(validation ? text.counts.validation : text.counts.train);
    (validation ? text.counts.validation_characters : text.counts.train_characters) +=
        count_characters(line.content);
    text.counts.both += line.sides == (kTrainingSide | kValidationSide);
  }
  return text;
}

// Gives all lines to the writer and completes the counts.
void merge_lines(LineSorter& sorter, const Vocabulary& vocabulary, int threads, LineCounts& counts,
                 DataDirectoryWriter& writer) {
  const std::size_t ranges = sorter.finish();
  make_in_order(
      ranges, threads, [&](std::size_t range) { return text_of(sorter.read(range).lines, vocabulary); },
      [&](const Text& text) {
        writer.append(kTrainingSide, text.train);
        writer.append(kValidationSide, text.validation);
        counts += text.counts;
      });
  const auto not_english =
      std::accumulate(counts.not_english.begin(), counts.not_english.end(), std::uint64_t{0});
  counts.duplicates = counts.made - counts.too_short - counts.too_long - not_english -
                      counts.rare_characters - counts.train - counts.validation;
}

void require_lines(const LineCounts& counts, const DataSettings& settings, const std::string& overlong) {
  if (counts.train != 0) return;
  if (counts.validation != 0) {
    throw std::runtime_error(fmt::format(
        "every line kept ({}) fell on the validation side: give {} or a smaller --validation-share",
        counts.validation,
        settings.group_by == "content" ? "more text"
                                       : fmt::format("more {}s, another --seed", settings.group_by)));
  }
  std::string reasons;
  for (const auto& [reason, count] : dropped_lines(counts, settings)) {
    if (count != 0) reasons += fmt::format("{}{} {}", reasons.empty() ? ": " : ", ", count, reason);
  }
  if (!overlong.empty())
    reasons += fmt::format("; the first that is too long to be looked at is {}: {}", overlong, kCutLines);
  throw std::runtime_error(fmt::format("no line is left of the {} read{}", counts.read, reasons));
}

}  // namespace

Preparation prepare_corpus(const Files& files, const Resources& resources, DataDescription& description,
                           DataDirectoryWriter& writer) {
  const DataSettings& settings = description.settings;
  std::vector<std::filesystem::path> paths;
  for (const InputFile& file : files) paths.push_back(file.path);
  LineSorter sorter(writer.staging(), resources.memory, resources.threads);
  Reading reading(files, settings, resources.threads, sorter);

  const Clock::time_point start = Clock::now();
  const auto sums = for_each_block(paths, resources.threads, std::ref(reading));
  Preparation result{.vocabulary = reading.vocabulary(),
                     .overlong = reading.overlong(),
                     .seconds_reading = seconds_since(start)};
  description.sources = sources_of(files, sums);
  description.counts = reading.counts();
  merge_lines(sorter, result.vocabulary, resources.threads, description.counts, writer);
  require_lines(description.counts, settings, result.overlong);
  result.seconds_merging = seconds_since(start) - result.seconds_reading;
  return result;
}

}  // namespace favras::seq2seq
