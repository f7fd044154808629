// data.json: what a data directory holds and how it was made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/leaks.h"
#include "apps/seq2seq/data/line_counts.h"

namespace favras::seq2seq {

// All that the data depend on beside the source files.
struct DataSettings {
  std::string task = "text";      // "text": clean lines; "pairs", "sort": source<TAB>target
  std::uint64_t seed = 1;         // of the split, of the noise and of the strings to sort
  std::uint64_t characters = 75;  // how many to keep, by frequency; 0: all
  int minimum_length = 5;         // in characters, of each column
  int maximum_length = 60;
  double validation_share = 0.1;
  bool skip_invalid = false;         // leave out lines that are not UTF-8 instead of failing
  std::string split = "whole";       // lines of text: "whole", into "sentences", these "cut" if too long
  std::string filter = "none";       // or "english"
  std::string group_by = "content";  // what decides the side of a line; or its "file" or "folder"

  bool has_pairs() const { return task != "text"; }
  bool operator==(const DataSettings&) const = default;
};

struct SourceFile {
  std::string name;   // without its directory, which differs from machine to machine
  std::string group;  // whose hash decides the side of its lines; empty: their content does
  std::uint64_t bytes = 0;
  std::string sha256;
  auto operator<=>(const SourceFile&) const = default;
};

struct DataDescription {
  DataSettings settings;
  std::vector<SourceFile> sources;         // sorted, so that the order on the command line does not show
  std::optional<SourceFile> misspellings;  // that misspellings.tsv was made from
  LineCounts counts;
  std::optional<LeakReport> leaks;
  std::string fingerprint;

  std::string to_json() const;
  // Throws std::runtime_error that says what is wrong with the text.
  static DataDescription from_json(std::string_view json);
  bool operator==(const DataDescription&) const = default;
};

}  // namespace favras::seq2seq
