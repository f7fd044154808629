// Cleaning, sentences and pieces of sentences. Input: a byte, the longest piece, and the text.
#include <algorithm>

#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/sentences.h"
#include "apps/seq2seq/data/utf8.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

void check_cleaned(const std::string& text, std::string (*clean)(std::string_view)) {
  fuzz::require(!first_invalid_byte(text), "cleaned text is UTF-8");
  fuzz::require(clean(text) == text, "cleaned text is clean");
  const std::u32string characters = decode_utf8(text);
  fuzz::require(normalize(characters) == characters, "cleaned text is in normal form C");
}

// Calls visit(what lies between two views, or before the first one and behind the last).
template <class Visit>
void check_views(std::string_view text, const std::vector<std::string_view>& views, Visit visit) {
  std::size_t at = 0;
  for (const std::string_view view : views) {
    const auto begin = static_cast<std::size_t>(view.data() - text.data());
    fuzz::require(begin >= at && begin + view.size() <= text.size(), "views follow each other in the text");
    fuzz::require(!view.empty() && view.front() != ' ' && view.back() != ' ',
                  "views have text at their ends");
    visit(text.substr(at, begin - at));
    at = begin + view.size();
  }
  visit(text.substr(at));
}

void check_pieces(std::string_view sentence, std::size_t longest) {
  const std::vector<std::string_view> pieces = cut_sentence(sentence, longest);
  check_views(sentence, pieces, [](std::string_view gap) {
    fuzz::require(gap.find_first_not_of(" -") == gap.npos, "only spaces and dashes get lost");
  });
  for (const std::string_view piece : pieces)
    fuzz::require(count_characters(piece) <= longest || piece.find(' ') == piece.npos, "pieces are short");
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  fuzz::Input input(data, size);
  const std::size_t longest = std::size_t{1} + input.byte();
  std::string valid = encode_utf8(decode_utf8(input.rest()));
  std::erase(valid, '\0');
  check_cleaned(clean_field(valid), clean_field);
  const std::string text = clean_text(valid);
  check_cleaned(text, clean_text);
  const std::vector<std::string_view> sentences = split_sentences(text);
  check_views(text, sentences, [](std::string_view) {});
  for (const std::string_view sentence : sentences) check_pieces(sentence, longest);
  check_pieces(text, longest);
  return 0;
}
