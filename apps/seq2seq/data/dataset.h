// What train and evaluate load: the lines and the vocabulary of a data directory, checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/seq2seq/data/misspellings.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

struct Line {
  std::string target;
  std::string source;  // empty where noise makes it (clean lines)
  // First 8 bytes, big-endian, of the SHA-256 of the line as it stands in the file: what noise is keyed by.
  std::uint64_t hash;
};

struct Dataset {
  std::string directory, task;  // "text", "pairs" or "sort"
  std::string fingerprint;      // of the files beside data.json; data_seed is not in it
  Vocabulary vocabulary;
  std::vector<Line> train, validation;  // in the order of their hashes; validation may be empty
  bool has_pairs() const { return task != "text"; }
  std::uint64_t data_seed;
  int maximum_length;                          // in characters, of source and target
  std::vector<Misspelling> misspellings = {};  // for human noise; none if prepare was given none
};

// Throws std::runtime_error if the directory is no data directory or its files are not those that
// prepare wrote.
Dataset load_dataset(const std::filesystem::path& directory);

}  // namespace favras::seq2seq
