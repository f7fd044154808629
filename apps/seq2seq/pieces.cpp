#include "apps/seq2seq/pieces.h"

#include <algorithm>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

// Unicode's white space, and the byte order mark, which may start a file.
bool is_blank(char32_t c) {
  return c == U' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000 || c == 0xFEFF;
}

// Quotation marks, dashes and other signs that stand beside a word rather than in it.
bool is_punctuation(char32_t c) {
  const bool letter_or_digit =
      (c >= U'0' && c <= U'9') || (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z');
  return (c > U' ' && c < 0x7F && !letter_or_digit) || (c >= 0xA1 && c <= 0xBF) ||
         (c >= 0x2010 && c <= 0x205E);
}

// Characters [begin, end) of a line; length counts them in normal form C.
struct Range {
  std::size_t begin, end, length;
};

class PieceFinder {
 public:
  PieceFinder(std::u32string_view line, const Vocabulary& vocabulary, std::size_t maximum_length)
      : line_(line), vocabulary_(vocabulary), maximum_length_(maximum_length) {}

  std::vector<Range> find() {
    for (std::size_t begin = 0; begin < line_.size();) {
      std::size_t end = begin;
      while (end < line_.size() && !is_blank(line_[end])) ++end;
      add_word(begin, end);
      begin = end + 1;
    }
    return std::move(ranges_);
  }

 private:
  void add_word(std::size_t begin, std::size_t end) {
    while (begin < end && is_unknown_mark(line_[begin])) ++begin;
    while (begin < end && is_unknown_mark(line_[end - 1])) --end;
    if (begin == end) return;
    const std::u32string word = normalize(std::u32string(line_.substr(begin, end - begin)));
    const bool known =
        std::all_of(word.begin(), word.end(), [this](char32_t c) { return vocabulary_.contains(c); });
    if (!known || word.size() > maximum_length_) return;
    if (joins_last(begin, word.size())) {
      Range& last = ranges_.back();
      last.length += begin - last.end + word.size();
      last.end = end;
    } else {
      ranges_.push_back({begin, end, word.size()});
    }
  }

  // Whether a word can follow the last piece's words: only spaces between them, and room for both.
  bool joins_last(std::size_t begin, std::size_t length) const {
    if (ranges_.empty() || !vocabulary_.contains(U' ')) return false;
    const Range& last = ranges_.back();
    const std::u32string_view gap = line_.substr(last.end, begin - last.end);
    return gap.find_first_not_of(U' ') == gap.npos && last.length + gap.size() + length <= maximum_length_;
  }

  bool is_unknown_mark(char32_t c) const { return is_punctuation(c) && !vocabulary_.contains(c); }

  std::u32string_view line_;
  const Vocabulary& vocabulary_;
  std::size_t maximum_length_;
  std::vector<Range> ranges_;
};

}  // namespace

std::vector<Piece> split_into_pieces(std::string_view line, const Vocabulary& vocabulary,
                                     std::size_t maximum_length) {
  const std::u32string characters = decode_utf8(line);
  std::vector<Piece> pieces;
  std::size_t done = 0;
  const auto add_up_to = [&](std::size_t end, bool for_model) {
    if (end == done) return;
    pieces.push_back({encode_utf8(std::u32string_view(characters).substr(done, end - done)), for_model});
    done = end;
  };
  for (const Range& range : PieceFinder(characters, vocabulary, maximum_length).find()) {
    add_up_to(range.begin, false);
    add_up_to(range.end, true);
  }
  add_up_to(characters.size(), false);
  return pieces;
}

}  // namespace favras::seq2seq
