#include "apps/seq2seq/decoding/corrector.h"

#include <algorithm>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/windows.h"

namespace favras::seq2seq {

namespace {

// Where a place in the words' normal form C, an end of a word or a place between spaces, is in the words.
std::size_t place_in(std::u32string_view words, std::u32string_view normal, std::size_t place) {
  std::size_t at = 0;
  for (auto spaces = std::count(normal.begin(), normal.begin() + static_cast<std::ptrdiff_t>(place), U' ');
       spaces > 0; --spaces)
    at = words.find(U' ', at) + 1;
  const bool behind_word = place > 0 && normal[place - 1] != U' ';
  return behind_word ? std::min(words.find(U' ', at), words.size()) : at;
}

}  // namespace

Corrector::Corrector(const Model& model, const Vocabulary& vocabulary, std::int64_t maximum_length,
                     const CorrectorOptions& options)
    : Corrector([&model](std::span<const Ids> sources,
                         const DecodeOptions& how) { return seq2seq::decode(model, sources, how); },
                vocabulary, maximum_length, options) {}

std::vector<Decoded> Corrector::decode_ids(std::span<const Ids> sources) const {
  return decoder_(sources, {.beam = options_.beam, .probabilities = options_.keep_unless > 0.0});
}

std::u32string Corrector::text_of(const Decoded& output) const {
  return decode_utf8(vocabulary_->decode(output.ids));
}

std::vector<std::string> Corrector::decode(std::span<const std::string> lines) const {
  std::vector<Ids> sources;
  for (const std::string& line : lines) sources.push_back(vocabulary_->encode(line));
  const std::vector<Decoded> outputs = decode_ids(sources);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (options_.keep_unless == 0.0) {
      texts.push_back(vocabulary_->decode(outputs[i].ids));
      continue;
    }
    const std::u32string line = normalize(decode_utf8(lines[i]));
    std::vector<Change> changes = find_changes(line, text_of(outputs[i]), outputs[i].log_probabilities);
    keep_unless(options_.keep_unless, changes);
    texts.push_back(encode_utf8(apply_changes(line, changes)));
  }
  return texts;
}

// Of words that the model knows, in any normal form.
std::vector<Change> Corrector::changes_of(std::u32string_view words, const Decoded& output) const {
  const std::u32string normal = normalize(std::u32string(words));
  std::vector<Change> changes = find_changes(normal, text_of(output), output.log_probabilities);
  if (options_.keep_unless > 0.0) keep_unless(options_.keep_unless, changes);
  // A model may write that it does not know a character, but that is no correction.
  std::erase_if(changes, [](const Change& change) {
    return change.text.find(kReplacementCharacter) != change.text.npos;
  });
  if (normal != words)
    for (Change& change : changes)
      change.place = {place_in(words, normal, change.place.begin), place_in(words, normal, change.place.end)};
  return changes;
}

std::vector<std::string> Corrector::correct(std::span<const std::string> lines) const {
  struct Line {
    std::u32string text;
    std::vector<Window> windows;
  };
  std::vector<Line> split;
  std::vector<Ids> sources;  // the windows of all lines in order
  const auto words_of = [](const Line& line, const Window& window) {
    return std::u32string_view(line.text).substr(window.place.begin, window.place.end - window.place.begin);
  };
  for (const std::string& text : lines) {
    Line& line = split.emplace_back(Line{decode_utf8(text), {}});
    line.windows = find_windows(line.text, *vocabulary_, maximum_length_);
    for (const Window& window : line.windows)
      sources.push_back(vocabulary_->encode(normalize(std::u32string(words_of(line, window)))));
  }
  const std::vector<Decoded> outputs = decode_ids(sources);

  auto output = outputs.begin();
  std::vector<std::string> corrected;
  for (const Line& line : split) {
    std::vector<std::vector<Change>> changes;
    for (const Window& window : line.windows) {
      changes.push_back(changes_of(words_of(line, window), *output++));
      for (Change& change : changes.back()) {
        change.place.begin += window.place.begin;
        change.place.end += window.place.begin;
      }
    }
    corrected.push_back(
        encode_utf8(apply_changes(line.text, join_changes(line.text, line.windows, changes))));
  }
  return corrected;
}

}  // namespace favras::seq2seq
