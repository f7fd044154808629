#include "apps/seq2seq/decoding/line_corrector.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

constexpr const char* kBlanks = " \t";  // where parts of lines end

}  // namespace

std::vector<CorrectedLine> LineCorrector::correct(const std::vector<InputLine>& lines) {
  std::vector<CorrectedLine> corrected;
  std::vector<std::string> inputs;
  std::vector<std::size_t> begins;  // of the inputs in their lines
  for (const InputLine& line : lines) {
    if (!in_line_) ++number_;
    const std::size_t begin = begin_of_text(line);
    corrected.push_back({number_, {{line.text.substr(0, begin)}}});
    begins.push_back(begin);
    if (begin < line.text.size()) inputs.push_back(line.text.substr(begin));
  }
  std::vector<Corrections> outputs =
      running_text_ ? corrector_.correct_lines(inputs) : corrector_.decode_lines(inputs);
  auto output = outputs.begin();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (begins[i] == lines[i].text.size()) continue;
    for (Correction& correction : *output) correction.text.insert(0, corrected[i].text());
    corrected[i].corrections = std::move(*output++);
  }
  return corrected;
}

std::size_t LineCorrector::begin_of_text(const InputLine& line) {
  const std::string& text = line.text;
  const std::size_t first_blank = text.find_first_of(kBlanks);
  std::size_t begin = in_word_ ? std::min(first_blank, text.size()) : 0;
  const bool is_part = in_line_ || line.goes_on;
  in_line_ = line.goes_on;
  in_word_ = line.goes_on && first_blank == text.npos;
  if (in_word_) begin = text.size();
  if (const auto byte = first_invalid_byte(text)) {
    warn_once(warned_of_bytes_, fmt::format("line {} is not valid UTF-8 (byte {}{})", number_, *byte + 1,
                                            is_part ? " of a part of it" : ""));
    return text.size();
  }
  if (is_part && !running_text_) {
    warn_once(warned_of_length_,
              fmt::format("line {} is longer than {} bytes", number_, LineReader::kPartBytes));
    return text.size();
  }
  return begin;
}

void LineCorrector::warn_once(bool& warned, const std::string& text) const {
  if (!warned) warn_(text + "; it and any others like it stay as they are");
  warned = true;
}

}  // namespace favras::seq2seq
