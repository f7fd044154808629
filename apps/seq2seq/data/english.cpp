#include "apps/seq2seq/data/english.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

using std::string_view;

constexpr int kLeastLettersPercent = 70;
constexpr int kWordsThatNeedFunctionWord = 4;

// Articles, pronouns, prepositions, conjunctions, auxiliaries and the commonest adverbs.
constexpr auto kFunctionWords = std::to_array<string_view>({
    "a",     "about",   "above",  "after", "again",   "all",    "also",    "am",      "among", "an",
    "and",   "another", "any",    "are",   "as",      "at",     "be",      "because", "been",  "before",
    "being", "between", "both",   "but",   "by",      "can",    "could",   "did",     "do",    "does",
    "down",  "each",    "either", "ever",  "every",   "for",    "from",    "had",     "has",   "hath",
    "have",  "having",  "he",     "her",   "here",    "him",    "his",     "how",     "i",     "if",
    "in",    "into",    "is",     "it",    "its",     "like",   "may",     "me",      "might", "more",
    "most",  "much",    "must",   "my",    "neither", "never",  "no",      "nor",     "not",   "now",
    "of",    "off",     "on",     "one",   "only",    "or",     "other",   "our",     "out",   "over",
    "shall", "she",     "should", "so",    "some",    "such",   "than",    "that",    "the",   "thee",
    "their", "them",    "then",   "there", "these",   "they",   "this",    "those",   "thou",  "through",
    "thy",   "till",    "to",     "too",   "under",   "until",  "unto",    "up",      "upon",  "us",
    "very",  "was",     "we",     "were",  "what",    "when",   "where",   "which",   "while", "who",
    "whom",  "whose",   "why",    "will",  "with",    "within", "without", "would",   "ye",    "yet",
    "you",   "your",
});

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c); }

// Calls visit(word) for what stands between spaces until it returns true; whether it did.
template <class Visit>
bool any_word(string_view line, Visit visit) {
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    if (end > begin && visit(line.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

bool has_letter(string_view word) { return std::any_of(word.begin(), word.end(), is_letter); }

bool is_camel_case(string_view word) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (!is_upper(word[i]) || !is_lower(word[i - 1])) continue;
    const string_view before = word.substr(0, i);
    if (!before.ends_with("Mc") && !before.ends_with("Mac")) return true;
  }
  return false;
}

bool is_address(string_view word) {
  if (word.find('@') != word.npos || word.starts_with("www.") || word.find("://") != word.npos) return true;
  if (word.front() == '/' || std::count(word.begin(), word.end(), '/') > 1) return true;
  // A dot between letters, but for initials.
  for (std::size_t i = 2; i + 1 < word.size(); ++i) {
    if (word[i] == '.' && is_letter(word[i - 1]) && is_letter(word[i - 2]) && is_lower(word[i + 1]))
      return true;
  }
  return false;
}

// "(n.)", "(Obs.)": a dictionary's codes.
bool is_code(string_view word) { return word.front() == '(' && word.find(".)") != word.npos; }

bool has_markup(string_view line) {
  if (line.find_first_of("<>=*|#{}[]") != line.npos) return true;
  int depth = 0;
  for (const char c : line) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth < 0) return true;
  }
  return depth != 0 || any_word(line, is_code);
}

// The letters of a word up to an apostrophe, small, in a number; 0 if there are more than eight.
constexpr std::uint64_t key_of(string_view word) {
  std::uint64_t key = 0;
  std::size_t length = 0;
  for (const char c : word) {
    const char small = static_cast<char>(c | 0x20);
    if (small >= 'a' && small <= 'z') {
      if (++length > 8) return 0;
      key = key << 8 | static_cast<unsigned char>(small);
    } else if (length > 0) {
      break;
    }
  }
  return key;
}

constexpr auto make_function_word_keys() {
  std::array<std::uint64_t, kFunctionWords.size()> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = key_of(kFunctionWords[i]);
  std::sort(keys.begin(), keys.end());
  return keys;
}

bool is_function_word(string_view word) {
  static constexpr auto keys = make_function_word_keys();
  return std::binary_search(keys.begin(), keys.end(), key_of(word));
}

}  // namespace

EnglishFault english_fault(string_view line) {
  if (!is_ascii(line)) return EnglishFault::kNotAscii;
  const auto letters = std::count_if(line.begin(), line.end(), is_letter);
  const auto marks =
      std::count_if(line.begin(), line.end(), [](char c) { return c != ' ' && !is_letter(c); });
  if (letters * 100 < (letters + marks) * kLeastLettersPercent) return EnglishFault::kFewLetters;
  int words = 0;
  any_word(line, [&](string_view word) { return words += has_letter(word), false; });
  if (words < 2) return EnglishFault::kOneWord;
  if (any_word(line, is_camel_case)) return EnglishFault::kCamelCase;
  if (any_word(line, is_address)) return EnglishFault::kAddress;
  if (has_markup(line)) return EnglishFault::kMarkup;
  if (words >= kWordsThatNeedFunctionWord && !any_word(line, is_function_word)) {
    return EnglishFault::kNoFunctionWord;
  }
  return EnglishFault::kNone;
}

string_view name_of(EnglishFault fault) {
  static constexpr std::array<string_view, kEnglishFaults> names = {
      "English",         "not ASCII", "few letters",     "fewer than two words", "capital inside a word",
      "address or path", "markup",    "no function word"};
  return names[static_cast<std::size_t>(fault)];
}

}  // namespace favras::seq2seq
