#include "apps/seq2seq/data/data_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <span>
#include <stdexcept>
#include <sys/file.h>
#include <system_error>

#include <fmt/format.h>

#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/line_sorter.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

namespace fs = std::filesystem;

namespace {

constexpr int kNewFile = O_WRONLY | O_CREAT | O_EXCL;
constexpr std::array kFileNames = {"train.txt",       "validation.txt",   "train.tsv", "validation.tsv",
                                   "vocabulary.json", "misspellings.tsv", "data.json", LineSorter::kFileName};

// "a/b" for "a/b/" too, links followed: what is renamed is the directory itself.
fs::path real_path(const fs::path& directory) {
  const fs::path path = fs::weakly_canonical(fs::absolute(directory));
  return path.has_filename() ? path : path.parent_path();
}

// ".data.tmp" beside "data": hidden, so that it is neither input nor anything that a user may have put there.
fs::path hidden_beside(const fs::path& directory, const char* suffix) {
  return directory.parent_path() / ("." + directory.filename().string() + suffix);
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

// Held on a staging directory by the run that fills it.
File lock(const fs::path& staging) {
  File file(staging, O_RDONLY | O_DIRECTORY);
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw std::runtime_error(
        fmt::format("{}: another prepare is writing there; wait for its end", staging.string()));
  }
  return file;
}

// The text whose SHA-256 is the fingerprint, as sha256sum prints it.
class SumList {
 public:
  void add(const fs::path& file, const std::string& sha256) {
    text_ += fmt::format("{}  {}\n", sha256, file.filename().string());
  }
  std::string fingerprint() const { return sha256_hex(text_); }

 private:
  std::string text_;
};

// Puts `staging` in the place of `directory`. What was there is at `staging` then, or at `old` where the file
// system cannot exchange two names in one step.
void publish(const fs::path& staging, const fs::path& directory, const fs::path& old) {
  if (!fs::exists(directory)) return fs::rename(staging, directory);
  if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, directory.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) throw_errno("rename", staging);
  fs::rename(directory, old);
  try {
    fs::rename(staging, directory);
  } catch (const fs::filesystem_error&) {
    fs::rename(old, directory);
    throw;
  }
}

}  // namespace

fs::path training_file(const fs::path& directory, bool pairs) {
  return directory / (pairs ? "train.tsv" : "train.txt");
}
fs::path validation_file(const fs::path& directory, bool pairs) {
  return directory / (pairs ? "validation.tsv" : "validation.txt");
}
fs::path vocabulary_file(const fs::path& directory) { return directory / "vocabulary.json"; }
fs::path misspellings_file(const fs::path& directory) { return directory / "misspellings.tsv"; }
fs::path description_file(const fs::path& directory) { return directory / "data.json"; }

std::string fingerprint_of(const fs::path& directory, bool pairs) {
  SumList sums;
  for (const fs::path& file : {training_file(directory, pairs), validation_file(directory, pairs),
                               vocabulary_file(directory), misspellings_file(directory)}) {
    if (file == misspellings_file(directory) && !fs::exists(file)) continue;
    sums.add(file, sha256_hex_of_file(file));
  }
  return sums.fingerprint();
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

void remove_leftovers(const fs::path& output) try {
  const fs::path directory = real_path(output), staging = hidden_beside(directory, ".tmp"),
                 old = hidden_beside(directory, ".old");
  if (fs::exists(staging)) {
    const File held = lock(staging);
    remove_data_directory(staging);
  }
  if (fs::exists(description_file(old)) && !fs::exists(directory)) fs::rename(old, directory);
  remove_data_directory(old);
} catch (const fs::filesystem_error& error) {
  throw std::runtime_error(fmt::format("{}: what an earlier run left beside it cannot be removed: {}",
                                       output.string(), error.code().message()));
}

DataDirectoryWriter::Staging::Staging(const fs::path& directory) try
    : path(hidden_beside(directory, ".tmp")), held([&] {
        require_replaceable(directory);
        fs::create_directories(directory.parent_path());
        remove_leftovers(directory);
        fs::create_directory(path);
        return lock(path);
      }()) {
} catch (const fs::filesystem_error& error) {
  throw std::runtime_error(fmt::format("{}: cannot be made: {}", directory.string(), error.code().message()));
}

DataDirectoryWriter::Staging::~Staging() {
  try {
    remove_data_directory(path);
  } catch (const std::exception&) {  // the next run removes it, or says why not
  }
}

DataDirectoryWriter::DataDirectoryWriter(const fs::path& directory, bool pairs)
    : directory_(real_path(directory)),
      staging_(directory_),
      train_{File(training_file(staging_.path, pairs), kNewFile), {}},
      validation_{File(validation_file(staging_.path, pairs), kNewFile), {}} {}

void DataDirectoryWriter::append(Sides side, std::string_view lines) {
  Output& output = side == kTrainingSide ? train_ : validation_;
  output.file.write(lines);
  output.sha.update(std::as_bytes(std::span(lines)));
}

void DataDirectoryWriter::finish(const Vocabulary& vocabulary, const std::vector<Misspelling>& misspellings,
                                 DataDescription& description) {
  SumList sums;
  for (Output* output : {&train_, &validation_}) {
    output->file.close();
    sums.add(output->file.path(), hex(output->sha.digest()));
  }
  const auto write = [&](const fs::path& file, const std::string& text) {
    write_file(file, text);
    sums.add(file, sha256_hex(text));
  };
  write(vocabulary_file(staging()), vocabulary.to_json() + '\n');
  if (!misspellings.empty()) write(misspellings_file(staging()), to_tsv(misspellings));
  description.fingerprint = sums.fingerprint();
  write_file(description_file(staging()), description.to_json());

  const fs::path old = hidden_beside(directory_, ".old");
  publish(staging(), directory_, old);
  remove_data_directory(old);
}

}  // namespace favras::seq2seq
