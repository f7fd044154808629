#include "apps/seq2seq/decoding/corrector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/beam.h"
#include "apps/seq2seq/decoding/combinations.h"
#include "apps/seq2seq/decoding/unknown_characters.h"
#include "apps/seq2seq/decoding/windows.h"

namespace favras::seq2seq {

namespace {

std::u32string_view part(std::u32string_view line, const Span& place) {
  return line.substr(place.begin, place.end - place.begin);
}

// Where a place in the words' normal form C, an end of a word or a place between spaces, is in the words.
std::size_t place_in(std::u32string_view words, std::u32string_view normal, std::size_t place) {
  std::size_t at = 0;
  for (auto spaces = std::count(normal.begin(), normal.begin() + static_cast<std::ptrdiff_t>(place), U' ');
       spaces > 0; --spaces)
    at = words.find(U' ', at) + 1;
  const bool behind_word = place > 0 && normal[place - 1] != U' ';
  return behind_word ? std::min(words.find(U' ', at), words.size()) : at;
}

double sum(const std::vector<float>& log_probabilities) {
  return std::accumulate(log_probabilities.begin(), log_probabilities.end(), 0.0);
}

// What outputs of windows are compared by; a broken model's come last.
double score_of(const Decoded& output) {
  const double mean = mean_log_probability(output);
  return std::isnan(mean) ? -std::numeric_limits<double>::infinity() : mean;
}

// What a part of the line becomes by those changes that lie within it.
std::u32string changed(std::u32string_view line, const Span& place, std::span<const Change> changes) {
  std::vector<Change> within;
  for (Change change : changes) {
    if (change.place.begin < place.begin || change.place.end > place.end) continue;
    change.place = {change.place.begin - place.begin, change.place.end - place.begin};
    within.push_back(std::move(change));
  }
  return apply_changes(part(line, place), within);
}

}  // namespace

// What the model reads of a line at a time, and what it wrote for it, the best first.
struct Corrector::Piece {
  struct Output {
    Decoded decoded;
    std::u32string text;
  };
  std::u32string read;  // in normal form C
  std::vector<Output> outputs{};

  // Of the text being written, if it is known, as it is of one of the outputs that came to an end.
  std::optional<double> log_probability(std::u32string_view text) const {
    for (const Output& output : outputs)
      if (output.text == text && output.decoded.log_probabilities.size() > text.size())
        return sum(output.decoded.log_probabilities);
    return std::nullopt;
  }
};

struct Corrector::Line {
  std::u32string text;
  std::vector<Window> windows{};
  std::vector<Piece> pieces{};  // of the windows
};

// A correction while it is made.
struct Corrector::Draft {
  std::u32string text;
  std::vector<Change> changes{};
  double log_probability = 0.0;
};

Corrector::Corrector(const Model& model, const Vocabulary& vocabulary, std::int64_t maximum_length,
                     const CorrectorOptions& options)
    : Corrector([&model](std::span<const Ids> sources,
                         const DecodeOptions& how) { return seq2seq::decode(model, sources, how); },
                vocabulary, maximum_length, options,
                [&model](std::span<const Ids> sources, std::span<const Ids> outputs, bool weights) {
                  return force(model, sources, outputs, weights);
                }) {}

void Corrector::write(std::vector<Line>& lines) const {
  std::vector<Ids> sources;
  for (const Line& line : lines)
    for (const Piece& piece : line.pieces) sources.push_back(vocabulary_->encode(piece.read));
  std::vector<Decoded> outputs =
      decoder_(sources, {.beam = options_.beam,
                         .probabilities = options_.keep_unless > 0.0 || options_.confidence,
                         .alternatives = options_.n_best > 1});
  auto output = outputs.begin();
  const auto add = [&](Piece& piece, Decoded decoded) {
    std::u32string text = decode_utf8(vocabulary_->decode(decoded.ids));
    piece.outputs.push_back({std::move(decoded), std::move(text)});
  };
  for (Line& line : lines)
    for (Piece& piece : line.pieces) {
      std::vector<Decoded> others = std::move(output->alternatives);
      add(piece, std::move(*output++));
      for (Decoded& other : others) add(piece, std::move(other));
    }
  if (options_.copies_unknown) copy_unknown_characters(lines);
}

void Corrector::copy_unknown_characters(std::vector<Line>& lines) const {
  std::vector<std::pair<const Piece*, Piece::Output*>> places;
  std::vector<Ids> sources, outputs;
  for (Line& line : lines)
    for (Piece& piece : line.pieces)
      for (Piece::Output& output : piece.outputs) {
        const Ids& ids = output.decoded.ids;
        if (std::find(ids.begin(), ids.end(), kUnk) == ids.end()) continue;
        places.emplace_back(&piece, &output);
        sources.push_back(vocabulary_->encode(piece.read));
        outputs.push_back(ids);
      }
  if (places.empty()) return;
  const std::vector<Forced> forced = forcer_(sources, outputs, true);
  for (std::size_t i = 0; i < places.size(); ++i)
    copy_unknown(outputs[i], places[i].first->read, sources[i], forced[i].weights, places[i].second->text);
}

std::vector<Corrections> Corrector::decode_lines(std::span<const std::string> lines) const {
  std::vector<Line> whole;
  for (const std::string& text : lines) {
    Line& line = whole.emplace_back(Line{normalize(decode_utf8(text))});
    line.windows.push_back({{0, line.text.size()}, line.text.size()});
    line.pieces.push_back({line.text});
  }
  write(whole);
  std::vector<Drafts> drafts;
  for (const Line& line : whole) drafts.push_back(decoded(line));
  return corrections(whole, std::move(drafts));
}

std::vector<Corrections> Corrector::correct_lines(std::span<const std::string> lines) const {
  std::vector<Line> split;
  for (const std::string& text : lines) {
    Line& line = split.emplace_back(Line{decode_utf8(text)});
    line.windows = find_windows(line.text, *vocabulary_, maximum_length_, options_.copies_unknown);
    for (const Window& window : line.windows)
      line.pieces.push_back({normalize(std::u32string(part(line.text, window.place)))});
  }
  write(split);
  std::vector<Drafts> drafts;
  for (const Line& line : split) drafts.push_back(corrected(line));
  return corrections(split, std::move(drafts));
}

// An output is what the model wrote, unless it has to be sure.
Corrector::Drafts Corrector::decoded(const Line& line) const {
  Drafts drafts;
  for (const auto& [output, text] : line.pieces.front().outputs) {
    Draft& draft = drafts.emplace_back(Draft{text});
    if (options_.keep_unless == 0.0 && !options_.confidence) continue;
    draft.changes = find_changes(line.text, text, output.log_probabilities);
    if (options_.keep_unless == 0.0) continue;
    keep_unless(options_.keep_unless, draft.changes);
    draft.text = apply_changes(line.text, draft.changes);
  }
  return drafts;
}

Corrector::Drafts Corrector::corrected(const Line& line) const {
  std::vector<std::vector<std::vector<Change>>> changes(line.pieces.size());  // by piece and output
  std::vector<std::vector<double>> scores(line.pieces.size());
  for (std::size_t i = 0; i < line.pieces.size(); ++i) {
    const std::size_t outputs = line.pieces[i].outputs.size();
    for (std::size_t j = 0; j < outputs; ++j) {
      changes[i].push_back(changes_of(line, i, j));
      scores[i].push_back(outputs == 1 ? 0.0 : score_of(line.pieces[i].outputs[j].decoded));
    }
  }
  Drafts drafts;
  for (const auto& choice : best_combinations(scores, static_cast<std::size_t>(options_.beam))) {
    std::vector<std::vector<Change>> chosen;
    for (std::size_t i = 0; i < choice.size(); ++i) chosen.push_back(changes[i][choice[i]]);
    std::vector<Change> joined = join_changes(line.text, line.windows, chosen);
    drafts.push_back({apply_changes(line.text, joined), std::move(joined)});
  }
  return drafts;
}

// In the line.
std::vector<Change> Corrector::changes_of(const Line& line, std::size_t piece, std::size_t output) const {
  const std::u32string& normal = line.pieces[piece].read;
  const Piece::Output& written = line.pieces[piece].outputs[output];
  std::vector<Change> changes = find_changes(normal, written.text, written.decoded.log_probabilities);
  if (options_.keep_unless > 0.0) keep_unless(options_.keep_unless, changes);
  // Characters that the model does not know are lost or doubled by mistake only.
  std::erase_if(changes, [&](const Change& change) {
    return unknown_in(change.text, *vocabulary_) != unknown_in(part(normal, change.place), *vocabulary_);
  });
  const Span place = line.windows[piece].place;
  const std::u32string_view words = part(line.text, place);
  for (Change& change : changes) {
    if (normal != words)
      change.place = {place_in(words, normal, change.place.begin), place_in(words, normal, change.place.end)};
    change.place = {place.begin + change.place.begin, place.begin + change.place.end};
  }
  return changes;
}

// Where a change was held back, the text is none that the model wrote, and it is asked.
void Corrector::find_probabilities(std::span<const Line> lines, std::vector<Drafts>& drafts) const {
  using Asked = std::pair<std::size_t, std::u32string>;  // number of the piece, and what it becomes
  std::map<Asked, std::vector<Draft*>> asked;
  std::vector<const Piece*> pieces;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (Draft& draft : drafts[i])
      for (std::size_t j = 0; j < lines[i].pieces.size(); ++j) {
        const Piece& piece = lines[i].pieces[j];
        const std::u32string becomes = changed(lines[i].text, lines[i].windows[j].place, draft.changes),
                             normal = normalize(becomes);
        auto known = piece.log_probability(becomes);
        if (!known) known = piece.log_probability(normal);
        draft.log_probability += known.value_or(0.0);
        if (!known) asked[{pieces.size() + j, normal}].push_back(&draft);
      }
    for (const Piece& piece : lines[i].pieces) pieces.push_back(&piece);
  }
  std::vector<Ids> sources, outputs;
  for (const auto& [question, who] : asked) {
    sources.push_back(vocabulary_->encode(pieces[question.first]->read));
    outputs.push_back(vocabulary_->encode(question.second));
  }
  if (asked.empty()) return;
  const std::vector<Forced> answers = forcer_(sources, outputs, false);
  auto answer = answers.begin();
  for (const auto& [question, who] : asked) {
    for (Draft* draft : who) draft->log_probability += sum(answer->log_probabilities);
    ++answer;
  }
}

std::vector<Corrections> Corrector::corrections(std::span<const Line> lines,
                                                std::vector<Drafts> drafts) const {
  for (Drafts& of_line : drafts) {
    Drafts different;
    for (Draft& draft : of_line) {
      const bool seen = std::any_of(different.begin(), different.end(),
                                    [&](const Draft& earlier) { return earlier.text == draft.text; });
      if (!seen && different.size() < static_cast<std::size_t>(options_.n_best))
        different.push_back(std::move(draft));
    }
    of_line = std::move(different);
  }
  if (options_.confidence) find_probabilities(lines, drafts);
  std::vector<Corrections> corrections(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    for (const auto& [text, changes, log_probability] : drafts[i]) {
      Correction& correction = corrections[i].emplace_back(Correction{encode_utf8(text)});
      correction.log_probability = log_probability;
      if (!options_.confidence) continue;
      for (const Change& change : changes)
        correction.changes.push_back({encode_utf8(part(lines[i].text, change.place)),
                                      encode_utf8(change.text), change.log_probability});
    }
  return corrections;
}

namespace {

std::vector<std::string> best_of(std::vector<Corrections> lines) {
  std::vector<std::string> texts;
  for (Corrections& corrections : lines) texts.push_back(std::move(corrections.front().text));
  return texts;
}

}  // namespace

std::vector<std::string> Corrector::decode(std::span<const std::string> lines) const {
  return best_of(decode_lines(lines));
}

std::vector<std::string> Corrector::correct(std::span<const std::string> lines) const {
  return best_of(correct_lines(lines));
}

}  // namespace favras::seq2seq
