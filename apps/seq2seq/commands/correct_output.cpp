#include "apps/seq2seq/commands/correct_output.h"

#include <cmath>

#include <fmt/format.h>

namespace favras::seq2seq {

namespace {

std::string probability(double logarithm) { return fmt::format("{:.4g}", std::exp(logarithm)); }

}  // namespace

std::string show_rows(const CorrectedLine& line) {
  std::string text;
  for (const Correction& correction : line.corrections)
    text +=
        fmt::format("{}\t{}\t{}\n", line.number, probability(correction.log_probability), correction.text);
  return text;
}

std::string show_changes(const CorrectedLine& line) {
  std::string text;
  for (const auto& [before, after, log_probability] : line.corrections.front().changes)
    text += fmt::format("{}\"{}\" -> \"{}\" {}", text.empty() ? "" : ", ", before, after,
                        probability(log_probability));
  return fmt::format("{} ? {}\n", line.number, text);
}

}  // namespace favras::seq2seq
