// What an evaluation found, for people and for programs (docs/formats.md).
#pragma once

#include <limits>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "apps/seq2seq/evaluation/breakdown.h"
#include "apps/seq2seq/evaluation/measures.h"

namespace favras::seq2seq {

struct Evaluation {
  std::string model, lines_of, device;  // for people: which weights, on which lines, on what
  std::string output_name = "model";    // for people: whose output it is
  std::vector<std::u32string> noisy, clean, output;
  Measures measures;
  Breakdown breakdown;
  // Not a number where no model was at work.
  double loss = std::numeric_limits<double>::quiet_NaN();
  double lines_per_second = std::numeric_limits<double>::quiet_NaN();  // of decoding

  // Fills measures and breakdown from the lines; all three have as many.
  void measure();
};

// The examples are the first so many lines that the noise or the model changed: the others are no news.
boost::json::object report_json(const Evaluation& evaluation, std::size_t examples);
std::string report_table(const Evaluation& evaluation);
// Differences from the clean line are marked (differences.h).
std::string report_examples(const Evaluation& evaluation, std::size_t examples, bool colours);

}  // namespace favras::seq2seq
