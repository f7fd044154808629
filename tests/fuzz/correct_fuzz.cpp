// Text through `correct`: lines of any length, windows, changes joined again. Input: a byte for the longest
// line of the model and for what it makes of lines, a line with the characters that it knows, then the text,
// see expanded().
#include <algorithm>
#include <array>

#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/line_corrector.h"
#include "apps/seq2seq/decoding/unknown_characters.h"
#include "apps/seq2seq/decoding/windows.h"
#include "apps/seq2seq/io/line_reader.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

Vocabulary vocabulary_of(std::string_view text) {
  std::u32string characters;
  for (const char32_t character : normalize(decode_utf8(text)))
    if (characters.find(character) == characters.npos) characters += character;
  return Vocabulary(characters);
}

using Rewrite = Ids (*)(const Ids&);

// A model that gives back what it reads, rewritten.
Corrector corrector(const Vocabulary& vocabulary, std::int64_t longest, double keep_unless, Rewrite rewrite,
                    bool copies_unknown = false) {
  const auto decode = [=](std::span<const Ids> sources, const DecodeOptions& options) {
    std::vector<Decoded> outputs;
    for (const Ids& source : sources) {
      fuzz::require(!source.empty() && static_cast<std::int64_t>(source.size()) <= longest,
                    "windows are short");
      fuzz::require(copies_unknown || std::find(source.begin(), source.end(), kUnk) == source.end(),
                    "windows are of what is known");
      Decoded& output = outputs.emplace_back();
      output.ids = rewrite(source);
      if (options.probabilities) output.log_probabilities.assign(output.ids.size() + 1, 0.0f);
    }
    return outputs;
  };
  const auto force = [](std::span<const Ids> sources, std::span<const Ids>, bool) {
    return std::vector<Forced>(sources.size());
  };
  return Corrector(decode, vocabulary, longest,
                   {.keep_unless = keep_unless, .copies_unknown = copies_unknown}, force);
}

std::string corrected(const std::string& text, Corrector with) {
  const fuzz::MemoryFile file(text);
  LineReader reader(file.descriptor(), "the input");
  LineCorrector corrector(std::move(with), true, [](const std::string&) {});
  std::string output;
  for (std::vector<InputLine> lines; !(lines = reader.next(16, 1 << 16)).empty();) {
    const std::vector<CorrectedLine> texts = corrector.correct(lines);
    for (std::size_t i = 0; i < lines.size(); ++i) output += texts[i].text() + lines[i].ending;
  }
  return output;
}

// The first character that it knows as the second, both letters: what windows that overlap agree on.
Ids renamed(const Ids& ids) {
  Ids result = ids;
  std::replace(result.begin(), result.end(), kSpecialTokens, kSpecialTokens + 1);
  return result;
}

void check_windows(const std::string& text, const Vocabulary& vocabulary, std::int64_t longest) {
  const std::u32string line = decode_utf8(text), known = vocabulary.characters().substr(0, 2);
  if (text.size() > LineReader::kPartBytes || text.find_first_of("\r\n") != text.npos || known.size() < 2 ||
      !std::all_of(known.begin(), known.end(), is_letter) || encode_utf8(line) != text ||
      normalize(line) != line)
    return;
  std::u32string expected = line;
  for (const Window& window : find_windows(line, vocabulary, static_cast<std::size_t>(longest)))
    for (std::size_t i = window.place.begin; i < window.place.end; ++i)
      if (line[i] == known[0]) expected[i] = known[1];
  fuzz::require(corrected(text, corrector(vocabulary, longest, 0.0, renamed)) == encode_utf8(expected),
                "every window's words come, once and in their place");
}

// With a model that copies them, all characters that it does not know come once, in their order. But what is
// not in normal form may become another character beside a change.
void check_unknown(const std::string& text, const Vocabulary& vocabulary, std::int64_t longest,
                   Rewrite rewrite) {
  const std::u32string before = decode_utf8(text);
  if (encode_utf8(before) != text || normalize(before) != before) return;
  const std::string output = corrected(text, corrector(vocabulary, longest, 0.0, rewrite, true));
  fuzz::require(unknown_in(decode_utf8(output), vocabulary) == unknown_in(before, vocabulary),
                "unknown characters are neither lost nor doubled");
}

Ids same(const Ids& ids) { return ids; }
Ids none(const Ids&) { return {}; }
Ids backwards(const Ids& ids) { return {ids.rbegin(), ids.rend()}; }
Ids all_but_one(const Ids& ids) { return {ids.begin() + 1, ids.end()}; }
Ids twice(const Ids& ids) {
  Ids result = ids;
  result.insert(result.end(), ids.begin(), ids.end());
  return result;
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  fuzz::Input input(data, size);
  const std::uint8_t first = input.byte();
  const std::int64_t longest = 1 + first % 64;
  const Vocabulary vocabulary = vocabulary_of(input.line());
  const std::string text = fuzz::expanded(input.rest(), 1, 1 << 15);
  for (const double keep_unless : {0.0, 0.5})
    fuzz::require(corrected(text, corrector(vocabulary, longest, keep_unless, same)) == text,
                  "what the model would not change stays byte for byte");
  constexpr std::array kRewrites{none, backwards, twice, all_but_one};
  const std::string output = corrected(text, corrector(vocabulary, longest, 0.0, kRewrites[first / 64]));
  fuzz::require(first_invalid_byte(text) || !first_invalid_byte(output), "text stays text");
  fuzz::require(std::count(output.begin(), output.end(), '\n') == std::count(text.begin(), text.end(), '\n'),
                "lines stay lines");
  check_windows(text, vocabulary, longest);
  check_unknown(text, vocabulary, longest, kRewrites[first / 64]);
  return 0;
}
