#include "apps/seq2seq/data/line_maker.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "apps/seq2seq/data/block_reader.h"
#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/english.h"
#include "apps/seq2seq/data/sentences.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

// What is wrong with the bytes of a line, if anything is.
std::optional<std::string> fault(std::string_view line) {
  if (const std::size_t nul = line.find('\0'); nul != line.npos) {
    return fmt::format("byte {} of the line is NUL: not a text file in UTF-8", nul + 1);
  }
  if (const auto invalid = first_invalid_byte(line)) {
    return fmt::format("byte {} of the line (0x{:02x}) is not valid UTF-8", *invalid + 1,
                       static_cast<unsigned char>(line[*invalid]));
  }
  return std::nullopt;
}

auto columns_of(std::string_view pair) { return two_columns(pair, "source<TAB>target"); }

std::string clean_pair(std::string_view line) {
  if (line.find('\t') == line.npos && clean_field(line).empty()) return {};
  const auto [source, target] = columns_of(line);
  return clean_field(source) + '\t' + clean_field(target);
}

}  // namespace

void LineMaker::operator()(std::string_view line, LineCounts& counts, const Keep& keep) const {
  ++counts.read;
  if (line.size() > kLongestLineBytes) {
    ++counts.overlong;
    return;
  }
  if (const auto wrong = fault(line)) {
    if (!settings_.skip_invalid) throw BadLine(*wrong + " (--invalid-utf8 skip leaves out such lines)");
    ++counts.invalid;
    return;
  }
  const std::string content = settings_.has_pairs() ? clean_pair(line) : clean_text(line);
  if (content.empty()) {
    ++counts.empty;
  } else if (settings_.split == "whole") {
    filter(content, counts, keep);
  } else {
    split(content, counts, keep);
  }
}

void LineMaker::split(std::string_view text, LineCounts& counts, const Keep& keep) const {
  for (const std::string_view sentence : split_sentences(text)) {
    ++counts.sentences;
    if (settings_.split != "cut" ||
        count_characters(sentence) <= static_cast<std::size_t>(settings_.maximum_length)) {
      filter(sentence, counts, keep);
      continue;
    }
    ++counts.cut;
    for (const std::string_view piece :
         cut_sentence(sentence, static_cast<std::size_t>(settings_.maximum_length))) {
      filter(piece, counts, keep);
    }
  }
}

void LineMaker::filter(std::string_view content, LineCounts& counts, const Keep& keep) const {
  ++counts.made;
  auto shortest = count_characters(content), longest = shortest;
  if (settings_.has_pairs()) {
    const auto [source, target] = columns_of(content);
    std::tie(shortest, longest) = std::minmax({count_characters(source), count_characters(target)});
  }
  if (shortest < static_cast<std::size_t>(settings_.minimum_length)) {
    ++counts.too_short;
  } else if (longest > static_cast<std::size_t>(settings_.maximum_length)) {
    ++counts.too_long;
  } else if (const auto wrong = settings_.filter == "english" ? english_fault(content) : EnglishFault::kNone;
             wrong != EnglishFault::kNone) {
    ++counts.not_english[static_cast<std::size_t>(wrong)];
  } else {
    keep(content);
  }
}

}  // namespace favras::seq2seq
