#include "apps/seq2seq/data/noise/edit_statistics.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "apps/seq2seq/data/noise/words.h"

namespace favras::seq2seq {

namespace {

enum PlaceInWord : std::size_t { kFirst, kInside, kLast, kRepeated, kPlaces };

PlaceInWord place_in_word(std::u32string_view word, std::size_t letter) {
  if (letter == 0) return kFirst;
  if (word[letter] == word[letter - 1]) return kRepeated;
  return letter + 1 == word.size() ? kLast : kInside;
}

bool is_word(std::u32string_view text) {
  const std::vector<Span> words = find_words(text);
  return words.size() == 1 && words.front() == Span{0, text.size()};
}

bool can_learn_from(const LowerCasePair& pair) {
  return pair.right.size() > 1 && is_word(pair.right) && is_word(pair.wrong);
}

}  // namespace

EditStatistics::EditStatistics(const std::vector<LowerCasePair>& pairs) {
  number_letters(pairs);
  letters_.resize(kPlaces * letter_numbers_ * letter_numbers_);
  std::vector<Learnt> learnt;
  for (const LowerCasePair& pair : pairs)
    if (can_learn_from(pair)) learn(pair, learnt);
  std::sort(learnt.begin(), learnt.end());
  for (const auto& [context, change] : learnt) {
    first_change_.resize(context + 1, changes_.size());
    changes_.push_back(change);
  }
  first_change_.resize(letters_.size() + 1, changes_.size());
  set_rates();
}

void EditStatistics::number_letters(const std::vector<LowerCasePair>& pairs) {
  std::u32string seen;
  for (const LowerCasePair& pair : pairs)
    if (can_learn_from(pair)) seen += pair.right;
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  numbers_.resize(seen.empty() ? 0 : seen.back() + 1);
  for (const char32_t letter : seen) numbers_[letter] = static_cast<std::uint16_t>(letter_numbers_++);
}

std::size_t EditStatistics::context_of(std::u32string_view word, std::size_t letter) const {
  const auto number = [&](char32_t c) { return c < numbers_.size() ? numbers_[c] : std::size_t{0}; };
  const std::size_t previous = letter == 0 ? 0 : number(word[letter - 1]);
  return (place_in_word(word, letter) * letter_numbers_ + number(word[letter])) * letter_numbers_ + previous;
}

EditStatistics::PlacedChange EditStatistics::change_of(const Edit& edit, const LowerCasePair& pair) {
  std::size_t letter = edit.clean.begin;
  switch (edit.kind) {
    case EditKind::kReplace:
      return {letter, {Kind::kReplace, pair.wrong[edit.line.begin]}};
    case EditKind::kDelete:
      while (letter + 1 < pair.right.size() && pair.right[letter + 1] == pair.right[letter]) ++letter;
      return {letter, {Kind::kDelete}};
    case EditKind::kSwap:
      return {letter + 1, {Kind::kSwapWithPrevious}};
    case EditKind::kInsert:
      break;
  }
  const char32_t added = pair.wrong[edit.line.begin];
  if (letter < pair.right.size() && pair.right[letter] == added) return {letter, {Kind::kInsertAfter, added}};
  if (letter > 0) return {letter - 1, {Kind::kInsertAfter, added}};
  return {0, {Kind::kInsertBefore, added}};
}

void EditStatistics::learn(const LowerCasePair& pair, std::vector<Learnt>& learnt) {
  const std::vector<Edit> edits = find_edits(pair.wrong, pair.right);
  if (edits.empty() || edits.size() > kMostEdits) return;
  ++pairs_[edits.size() - 1];
  for (std::size_t i = 0; i < pair.right.size(); ++i) ++letters_[context_of(pair.right, i)];
  for (const Edit& edit : edits) {
    const auto [letter, change] = change_of(edit, pair);
    learnt.push_back({context_of(pair.right, letter), change});
  }
}

void EditStatistics::set_rates() {
  rates_.resize(letters_.size());
  prior_.resize(letters_.size());
  double sum = 0.0, seen = 0.0;
  for (std::size_t context = 0; context < letters_.size(); ++context) {
    const std::size_t first = first_alike(context), last = first + letter_numbers_;
    const std::uint32_t alike = std::accumulate(&letters_[first], &letters_[first] + letter_numbers_, 0u);
    if (alike > 0)
      prior_[context] =
          kPriorLetters * static_cast<double>(first_change_[last] - first_change_[first]) / alike;
    const auto own = static_cast<double>(first_change_[context + 1] - first_change_[context]);
    rates_[context] = (own + prior_[context]) / (letters_[context] + kPriorLetters);
    sum += letters_[context] * rates_[context];
    seen += letters_[context];
  }
  for (double& rate : rates_) rate *= sum > 0.0 ? seen / sum : 0.0;
}

double EditStatistics::rate(std::u32string_view word) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < word.size(); ++i) sum += rates_[context_of(word, i)];
  return sum;
}

std::u32string EditStatistics::misspell(std::u32string word, NoiseStream& random) const {
  const std::uint64_t pairs = std::accumulate(pairs_.begin(), pairs_.end(), std::uint64_t{0});
  std::uint64_t pair = random.below(pairs);
  for (std::size_t i = 0; i < kMostEdits; ++i) {
    edit_once(word, random);
    if (pair < pairs_[i]) break;
    pair -= pairs_[i];
  }
  return word;
}

void EditStatistics::edit_once(std::u32string& word, NoiseStream& random) const {
  const double sum = rate(word);
  if (word.size() < 2 || sum == 0.0) return;
  double left = random.share() * sum;
  std::size_t letter = 0;
  for (std::size_t i = 0; i < word.size() && left >= 0.0; ++i) {
    const double rate = rates_[context_of(word, i)];
    if (rate > 0.0) letter = i;
    left -= rate;
  }
  apply(draw(context_of(word, letter), random), letter, word);
}

const EditStatistics::Change& EditStatistics::draw(std::size_t context, NoiseStream& random) const {
  std::size_t first = first_change_[context], last = first_change_[context + 1];
  const auto own = static_cast<double>(last - first);
  if (random.share() * (own + prior_[context]) >= own) {
    first = first_change_[first_alike(context)];
    last = first_change_[first_alike(context) + letter_numbers_];
  }
  return changes_[first + random.below(last - first)];
}

void EditStatistics::apply(const Change& change, std::size_t letter, std::u32string& word) {
  switch (change.kind) {
    case Kind::kDelete:
      word.erase(letter, 1);
      break;
    case Kind::kReplace:
      word[letter] = change.letter;
      break;
    case Kind::kInsertAfter:
      word.insert(letter + 1, 1, change.letter);
      break;
    case Kind::kInsertBefore:
      word.insert(letter, 1, change.letter);
      break;
    case Kind::kSwapWithPrevious:
      std::swap(word[letter - 1], word[letter]);
      break;
  }
}

}  // namespace favras::seq2seq
