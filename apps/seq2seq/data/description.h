// data.json: what a data directory holds and how it was made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace favras::seq2seq {

// All that the data depend on beside the source files.
struct DataSettings {
  std::string task = "text";      // "text": clean lines; "pairs", "sort": source<TAB>target
  std::uint64_t seed = 1;         // of the split, of the noise and of the strings to sort
  std::uint64_t characters = 75;  // how many to keep, by frequency; 0: all
  int minimum_length = 5;         // in characters, of each column
  int maximum_length = 60;
  double validation_share = 0.1;
  bool skip_invalid = false;  // leave out lines that are not UTF-8 instead of failing

  bool has_pairs() const { return task != "text"; }
  bool operator==(const DataSettings&) const = default;
};

struct SourceFile {
  std::string name;  // without its directory, which differs from machine to machine
  std::uint64_t bytes = 0;
  std::string sha256;
  auto operator<=>(const SourceFile&) const = default;
};

// How many lines came in and which rule dropped how many. A line counts for the first rule it fails.
struct LineCounts {
  std::uint64_t read = 0, invalid = 0, empty = 0, too_short = 0, too_long = 0, rare_characters = 0,
                duplicates = 0;
  std::uint64_t train = 0, validation = 0;
  bool operator==(const LineCounts&) const = default;
};

struct DataDescription {
  DataSettings settings;
  std::vector<SourceFile> sources;  // sorted, so that the order on the command line does not show
  LineCounts counts;
  std::string fingerprint;

  std::string to_json() const;
  // Throws std::runtime_error that says what is wrong with the text.
  static DataDescription from_json(std::string_view json);
  bool operator==(const DataDescription&) const = default;
};

}  // namespace favras::seq2seq
