// The files of a data directory: train and validation (.txt: clean lines, .tsv: pairs),
// vocabulary.json, data.json. It is written beside its place and renamed, so it is whole or not there.
#pragma once

#include <filesystem>
#include <string>

#include "apps/seq2seq/data/corpus.h"
#include "apps/seq2seq/data/description.h"

namespace favras::seq2seq {

std::filesystem::path training_file(const std::filesystem::path& directory, bool pairs);
std::filesystem::path validation_file(const std::filesystem::path& directory, bool pairs);
std::filesystem::path vocabulary_file(const std::filesystem::path& directory);
std::filesystem::path description_file(const std::filesystem::path& directory);

// SHA-256 of the data and the vocabulary: that of what
//   sha256sum train.txt validation.txt vocabulary.json
// prints in the directory (.tsv for pairs). Two directories with the same one hold the same data.
std::string fingerprint_of(const std::filesystem::path& directory, bool pairs);

// Throws std::runtime_error if the directory has no readable data.json.
DataDescription read_description(const std::filesystem::path& directory);

// A place for a new data directory. The constructor refuses (std::runtime_error) a path that is neither
// free nor an empty or a data directory, or that cannot be written to.
class DataDirectoryWriter {
 public:
  explicit DataDirectoryWriter(const std::filesystem::path& directory);
  ~DataDirectoryWriter();  // removes what was not finished
  DataDirectoryWriter(const DataDirectoryWriter&) = delete;
  DataDirectoryWriter& operator=(const DataDirectoryWriter&) = delete;

  // Writes all files and puts the directory in its place, instead of an older one. Completes the
  // description: line counts and fingerprint.
  void write(const PreparedData& data, DataDescription& description);

 private:
  std::filesystem::path directory_, staging_;
};

}  // namespace favras::seq2seq
