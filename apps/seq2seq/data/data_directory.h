// The files of a data directory: train and validation (.txt: clean lines, .tsv: pairs),
// vocabulary.json, perhaps misspellings.tsv, data.json. It is written beside its place and renamed, so it is
// whole or not there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/description.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/misspellings.h"
#include "apps/seq2seq/data/vocabulary.h"
#include "engine/storage/file.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

std::filesystem::path training_file(const std::filesystem::path& directory, bool pairs);
std::filesystem::path validation_file(const std::filesystem::path& directory, bool pairs);
std::filesystem::path vocabulary_file(const std::filesystem::path& directory);
std::filesystem::path misspellings_file(const std::filesystem::path& directory);
std::filesystem::path description_file(const std::filesystem::path& directory);

// SHA-256 of the data, the vocabulary and the misspellings: that of what
//   sha256sum train.txt validation.txt vocabulary.json misspellings.tsv
// prints in the directory (.tsv for pairs; the last only if it is there). Two directories with the same one
// hold the same data.
std::string fingerprint_of(const std::filesystem::path& directory, bool pairs);

// Throws std::runtime_error if the directory has no readable data.json.
DataDescription read_description(const std::filesystem::path& directory);

// Removes what a run that was killed left beside the directory, and puts an older one back if there is none.
// Throws std::runtime_error, also if that run is still going on.
void remove_leftovers(const std::filesystem::path& directory);

// A place for a new data directory. Files that cannot be written throw std::system_error naming them.
class DataDirectoryWriter {
 public:
  // Refuses (std::runtime_error) a path that is neither free nor an empty or a data directory, that cannot
  // be written to, or that another process is preparing. Removes leftovers.
  DataDirectoryWriter(const std::filesystem::path& directory, bool pairs);

  // Where the files are until they are finished.
  const std::filesystem::path& staging() const { return staging_.path; }

  // Whole lines, each with its '\n'.
  void append(Sides side, std::string_view lines);
  // Writes the other files and puts the directory in its place, instead of an older one. Completes the
  // description by the fingerprint.
  void finish(const Vocabulary& vocabulary, const std::vector<Misspelling>& misspellings,
              DataDescription& description);

 private:
  struct Staging {  // removes what was not finished
    explicit Staging(const std::filesystem::path& directory);
    ~Staging();
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    std::filesystem::path path;
    File held;  // its lock
  };
  struct Output {  // a data file
    File file;
    Sha256 sha;
  };

  std::filesystem::path directory_;
  Staging staging_;
  Output train_, validation_;
};

}  // namespace favras::seq2seq
