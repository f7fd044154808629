// Lines as they are read from anywhere, corrected: what is no text, or too much of it for the model, stays as
// it is, with one warning.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "apps/seq2seq/decoding/corrector.h"
#include "apps/seq2seq/io/line_reader.h"

namespace favras::seq2seq {

struct CorrectedLine {
  std::uint64_t number = 0;  // from 1; parts of a line have the same
  Corrections corrections;   // the best first; one of a line that stays

  const std::string& text() const { return corrections.front().text; }
};

class LineCorrector {
 public:
  // Only in running text is a part of a line worth correcting on its own: else the model reads lines whole,
  // and those that come in parts stay.
  LineCorrector(Corrector corrector, bool running_text, std::function<void(const std::string&)> warn)
      : corrector_(std::move(corrector)), running_text_(running_text), warn_(std::move(warn)) {}

  // One for each line or part of one, in order; calls follow each other in the order of the input.
  std::vector<CorrectedLine> correct(const std::vector<InputLine>& lines);

 private:
  // Where in the line what may be corrected begins: after a word that began in the part before.
  std::size_t begin_of_text(const InputLine& line);
  void warn_once(bool& warned, const std::string& text) const;

  Corrector corrector_;
  bool running_text_;
  std::function<void(const std::string&)> warn_;
  std::uint64_t number_ = 0;  // of the line looked at
  bool in_line_ = false;      // the part before goes on
  bool in_word_ = false;      // ... in the middle of a word
  bool warned_of_bytes_ = false, warned_of_length_ = false;
};

}  // namespace favras::seq2seq
