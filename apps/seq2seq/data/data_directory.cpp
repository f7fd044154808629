#include "apps/seq2seq/data/data_directory.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/hashing.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

namespace fs = std::filesystem;

namespace {

constexpr std::array kFileNames = {"train.txt",      "validation.txt",  "train.tsv",
                                   "validation.tsv", "vocabulary.json", "data.json"};

// "a/b" for "a/b/" too, links followed: what is renamed is the directory itself.
fs::path real_path(const fs::path& directory) {
  const fs::path path = fs::weakly_canonical(fs::absolute(directory));
  return path.has_filename() ? path : path.parent_path();
}

fs::path with_suffix(const fs::path& directory, const char* suffix) {
  return directory.parent_path() / (directory.filename().string() + suffix);
}

// Throws if there is anything in the directory that is not a file of a data directory.
void require_only_data_files(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (std::find(kFileNames.begin(), kFileNames.end(), name) == kFileNames.end() ||
        !entry.is_regular_file()) {
      throw std::runtime_error(fmt::format(
          "{}: holds '{}', which is not prepared data: name another directory", directory.string(), name));
    }
  }
}

void remove_data_directory(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  require_only_data_files(directory);
  fs::remove_all(directory);
}

void require_replaceable(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  if (!fs::is_directory(directory)) {
    throw std::runtime_error(fmt::format("{}: exists and is not a directory", directory.string()));
  }
  require_only_data_files(directory);
  if (!fs::is_empty(directory) && !fs::exists(description_file(directory))) {
    throw std::runtime_error(
        fmt::format("{}: is neither empty nor a data directory (no data.json)", directory.string()));
  }
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  std::size_t size = 0;
  for (const std::string& line : lines) size += line.size() + 1;
  text.reserve(size);
  for (const std::string& line : lines) (text += line) += '\n';
  return text;
}

}  // namespace

fs::path training_file(const fs::path& directory, bool pairs) {
  return directory / (pairs ? "train.tsv" : "train.txt");
}
fs::path validation_file(const fs::path& directory, bool pairs) {
  return directory / (pairs ? "validation.tsv" : "validation.txt");
}
fs::path vocabulary_file(const fs::path& directory) { return directory / "vocabulary.json"; }
fs::path description_file(const fs::path& directory) { return directory / "data.json"; }

std::string fingerprint_of(const fs::path& directory, bool pairs) {
  std::string list;
  for (const fs::path& file :
       {training_file(directory, pairs), validation_file(directory, pairs), vocabulary_file(directory)}) {
    list += fmt::format("{}  {}\n", sha256_hex_of_file(file), file.filename().string());
  }
  return sha256_hex(list);
}

DataDescription read_description(const fs::path& directory) {
  const fs::path file = description_file(directory);
  if (!fs::exists(file)) {
    throw std::runtime_error(
        fmt::format("{}: is not a data directory (no data.json); make one with prepare", directory.string()));
  }
  try {
    return DataDescription::from_json(read_file(file));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
  }
}

DataDirectoryWriter::DataDirectoryWriter(const fs::path& directory) try
    : directory_(real_path(directory)), staging_(with_suffix(directory_, ".tmp")) {
  require_replaceable(directory_);
  fs::create_directories(directory_.parent_path());
  remove_data_directory(staging_);  // of a run that was cut short
  fs::create_directory(staging_);
} catch (const fs::filesystem_error& error) {
  throw std::runtime_error(fmt::format("{}: cannot be made: {}", directory.string(), error.code().message()));
}

DataDirectoryWriter::~DataDirectoryWriter() {
  std::error_code ignored;
  fs::remove_all(staging_, ignored);
}

void DataDirectoryWriter::write(const PreparedData& data, DataDescription& description) {
  const bool pairs = description.settings.has_pairs();
  write_file(training_file(staging_, pairs), join_lines(data.train));
  write_file(validation_file(staging_, pairs), join_lines(data.validation));
  write_file(vocabulary_file(staging_), data.vocabulary.to_json() + '\n');
  description.counts = data.counts;
  description.fingerprint = fingerprint_of(staging_, pairs);
  write_file(description_file(staging_), description.to_json());

  const fs::path old = with_suffix(directory_, ".old");
  remove_data_directory(old);
  if (fs::exists(directory_)) fs::rename(directory_, old);
  fs::rename(staging_, directory_);
  remove_data_directory(old);
}

}  // namespace favras::seq2seq
