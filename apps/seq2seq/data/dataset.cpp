#include "apps/seq2seq/data/dataset.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

#include "apps/seq2seq/data/columns.h"
#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

Line parse_line(std::string_view content, bool pairs) {
  Line line{.target = std::string(content), .source = {}, .hash = content_hash(content)};
  if (pairs) {
    const auto [source, target] = two_columns(content, "source<TAB>target");
    line.source = source;
    line.target = target;
  }
  if (line.target.empty()) throw std::runtime_error("is empty");
  if (first_invalid_byte(content)) throw std::runtime_error("is not valid UTF-8");
  return line;
}

std::vector<Line> read_lines(const fs::path& file, bool pairs, std::uint64_t expected) {
  const std::string text = read_file(file);
  std::vector<Line> lines;
  lines.reserve(expected);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    try {
      lines.push_back(parse_line(std::string_view(text).substr(begin, end - begin), pairs));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: line {} {}", file.string(), lines.size() + 1, error.what()));
    }
    begin = end + 1;
  }
  if (lines.size() != expected) {
    throw std::runtime_error(fmt::format("{}: has {}, data.json says {}", file.string(),
                                         quantity(lines.size(), "line"), expected));
  }
  return lines;
}

}  // namespace

Dataset load_dataset(const fs::path& directory) {
  if (!fs::is_directory(directory)) {
    throw std::runtime_error(
        fmt::format("{}: no such data directory; make one with prepare", directory.string()));
  }
  const DataDescription description = read_description(directory);
  const bool pairs = description.settings.has_pairs();
  if (fingerprint_of(directory, pairs) != description.fingerprint) {
    throw std::runtime_error(
        fmt::format("{}: the files have changed since prepare wrote them (their fingerprint "
                    "is not that of data.json): run prepare again",
                    directory.string()));
  }
  Dataset dataset{
      .directory = directory.string(),
      .task = description.settings.task,
      .fingerprint = description.fingerprint,
      .vocabulary = Vocabulary::from_json(read_file(vocabulary_file(directory))),
      .train = read_lines(training_file(directory, pairs), pairs, description.counts.train),
      .validation = read_lines(validation_file(directory, pairs), pairs, description.counts.validation),
      .data_seed = description.settings.seed,
      .maximum_length = description.settings.maximum_length};
  if (description.misspellings) dataset.misspellings = read_misspellings(misspellings_file(directory));
  return dataset;
}

}  // namespace favras::seq2seq
