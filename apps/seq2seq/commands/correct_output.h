// What correct prints of a line that it has corrected.
#pragma once

#include <string>

#include "apps/seq2seq/decoding/line_corrector.h"

namespace favras::seq2seq {

// One row for each correction: the line's number, the correction's probability and its text, TABs between.
std::string show_rows(const CorrectedLine& line);

// The changes of a correction with their probabilities, under the line's number:
// `3 ? "teh" -> "the" 0.9312, "cta" -> "cat" 0.871`.
std::string show_changes(const CorrectedLine& line);

}  // namespace favras::seq2seq
