// Near-duplicates between the sides: how much of the validation lines stands in training lines, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace favras::seq2seq {

// A word is what stands between spaces, without its punctuation and with small letters (of ASCII); a run is
// so many words that follow one another in a line.
struct LeakReport {
  std::uint64_t lines = 0;     // of the validation side that were looked at
  std::uint64_t with_5 = 0;    // of 5 words or more
  std::uint64_t shared_5 = 0;  // that have a run of 5 words in common with training lines
  std::uint64_t with_8 = 0;    // of 8 words or more
  std::uint64_t shared_8 = 0;  // that have a run of 8 words in common with training lines
  // Near-duplicates: lines more than half of whose runs of 8 words are in training lines, and lines of fewer
  // words that are all the words of a training line.
  std::uint64_t mostly_8 = 0, same_words = 0;

  LeakReport& operator+=(const LeakReport& part);
  bool operator==(const LeakReport&) const = default;
};

// Calls visit(name, count) for each; `Report` is LeakReport, perhaps const.
template <class Report, class Visit>
void for_each_count(Report& report, Visit visit) {
  visit("lines", report.lines);
  visit("with_5", report.with_5);
  visit("shared_5", report.shared_5);
  visit("with_8", report.with_8);
  visit("shared_8", report.shared_8);
  visit("mostly_8", report.mostly_8);
  visit("same_words", report.same_words);
}

// Compares two files of lines, of pairs the targets. Of validation lines whose runs would take more than
// `memory` bytes only the first are looked at; they are a random sample, for lines are in order of their
// hashes.
LeakReport find_leaks(const std::filesystem::path& training_file,
                      const std::filesystem::path& validation_file, int threads,
                      std::size_t memory = std::size_t{128} << 20);

}  // namespace favras::seq2seq
