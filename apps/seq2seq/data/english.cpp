#include "apps/seq2seq/data/english.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace favras::seq2seq {

namespace {

using std::string_view;

constexpr std::size_t kLeastLettersPercent = 70;
constexpr int kWordsThatNeedFunctionWord = 4;

// Articles, pronouns, prepositions, conjunctions, auxiliaries and the commonest adverbs; of "don't" and
// "it's" what is before the apostrophe.
constexpr auto kFunctionWords = std::to_array<string_view>(
    {"a",       "about",   "above",   "after",   "again",   "against", "all",     "also",  "although",
     "am",      "among",   "an",      "and",     "another", "any",     "are",     "aren",  "around",
     "as",      "at",      "be",      "because", "been",    "before",  "being",   "below", "between",
     "both",    "but",     "by",      "can",     "cannot",  "could",   "couldn",  "did",   "didn",
     "do",      "does",    "doesn",   "don",     "done",    "down",    "during",  "each",  "either",
     "else",    "ever",    "every",   "few",     "for",     "from",    "had",     "hadn",  "has",
     "hasn",    "hath",    "have",    "haven",   "having",  "he",      "her",     "here",  "hers",
     "him",     "himself", "his",     "how",     "i",       "if",      "in",      "into",  "is",
     "isn",     "it",      "its",     "itself",  "just",    "least",   "less",    "like",  "many",
     "may",     "me",      "might",   "mine",    "more",    "most",    "much",    "must",  "my",
     "neither", "never",   "no",      "none",    "nor",     "not",     "nothing", "now",   "of",
     "off",     "often",   "on",      "once",    "one",     "only",    "or",      "other", "others",
     "our",     "out",     "over",    "own",     "per",     "same",    "shall",   "shalt", "she",
     "should",  "since",   "so",      "some",    "such",    "than",    "that",    "the",   "thee",
     "their",   "them",    "then",    "thence",  "there",   "these",   "they",    "this",  "those",
     "thou",    "though",  "through", "thus",    "thy",     "till",    "to",      "too",   "toward",
     "towards", "under",   "unless",  "until",   "unto",    "up",      "upon",    "us",    "very",
     "was",     "wasn",    "we",      "were",    "weren",   "what",    "when",    "where", "whether",
     "which",   "while",   "who",     "whom",    "whose",   "why",     "will",    "with",  "within",
     "without", "would",   "wouldn",  "ye",      "yes",     "yet",     "you",     "your"});

// A word in a number: its letters, small, if there are not more than eight.
constexpr std::uint64_t kTooLong = ~std::uint64_t{0};
constexpr std::uint64_t append(std::uint64_t key, char letter) {
  return key >> 56 != 0 ? kTooLong : key << 8 | static_cast<unsigned char>(letter | 0x20);
}

constexpr auto kFunctionWordKeys = [] {
  std::array<std::uint64_t, kFunctionWords.size()> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (const char c : kFunctionWords[i]) keys[i] = append(keys[i], c);
  std::sort(keys.begin(), keys.end());
  return keys;
}();

static_assert(kFunctionWordKeys.back() != kTooLong);

enum CharacterClass : std::uint8_t {
  kUpper = 1,
  kLower = 2,
  kLetter = kUpper | kLower,
  kDigit = 4,
  kBracket = 8,
  kDotOrSlash = 16,  // and @: perhaps an address
  kNoProse = 32,
  kBeyondAscii = 64,
};

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0x80; c < classes.size(); ++c) classes[c] = kBeyondAscii;
  for (unsigned c = 'A'; c <= 'Z'; ++c) classes[c] = kUpper, classes[c | 0x20] = kLower;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  for (const char c : string_view("<>=*|#{}[]")) classes[static_cast<unsigned char>(c)] = kNoProse;
  for (const char c : string_view("./@")) classes[static_cast<unsigned char>(c)] = kDotOrSlash;
  classes['('] = classes[')'] = kBracket;
  return classes;
}();

std::uint8_t class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

// What one pass over a line finds.
struct Signs {
  std::size_t letters = 0, others = 0;
  int words = 0, open_brackets = 0;
  bool has_capital_within = false, has_address = false, has_markup = false, has_function_word = false;
  std::uint8_t seen = 0;  // classes
};

// Whether word[at], a capital or digit after a letter, is as it should be: McDonald, MacArthur.
bool is_name(string_view word, std::size_t at) {
  const string_view before = word.substr(0, at);
  return (before.ends_with("Mc") || before.ends_with("Mac")) && class_of(word[at]) == kUpper;
}

bool is_address(string_view word) {
  if (word.find('@') != word.npos || word.front() == '/' || std::count(word.begin(), word.end(), '/') > 1)
    return true;
  // A dot within a word, behind two letters of one case: not in initials, a.m., Ph.D.
  for (std::size_t dot = word.find('.', 2); dot != word.npos && dot + 1 < word.size();
       dot = word.find('.', dot + 1)) {
    const std::uint8_t before = class_of(word[dot - 1]), first = class_of(word[dot - 2]);
    const std::uint8_t after = class_of(word[dot + 1]);
    if ((before & first & kLetter) != 0 && after == kLower) return true;
    if ((before & first & kLower) != 0 && after == kUpper) return true;
  }
  return false;
}

// Marks that belong to no word; dashes, "..." and "&" may stand alone. A code of dictionaries, "(Obs.)" or
// "n.", and the page of a reference: "p." or "pp."
bool is_markup(string_view word, std::uint8_t seen) {
  if ((seen & (kLetter | kDigit)) == 0)
    return word.find_first_not_of('-') != word.npos && word != "..." && word != "&";
  if (word.front() == '(') {
    if (word.find(".)") != word.npos) return true;
    word.remove_prefix(1);
  }
  const bool is_letter = word.size() >= 2 && word[1] == '.' && class_of(word[0]) == kLower;
  return (is_letter && (word.size() == 2 || class_of(word[2]) != kLower)) || word == "pp.";
}

// Takes in what stands between two spaces.
void look_at(string_view word, Signs& signs) {
  std::uint8_t seen = 0, previous = 0;
  std::uint64_t key = 0;
  std::size_t letters = 0;
  bool in_first_part = true;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::uint8_t now = class_of(word[i]);
    seen |= now;
    if ((now & kLetter) != 0) {
      ++letters;
      // Of what hyphens or apostrophes join only the first part counts.
      in_first_part = letters == 1 || (in_first_part && (previous & kLetter) != 0);
      if (in_first_part) key = append(key, word[i]);
    }
    if (now == kBracket) {
      signs.open_brackets += word[i] == '(' ? 1 : -1;
      signs.has_markup |= signs.open_brackets < 0;
    }
    const bool is_within =
        (now == kUpper && previous == kLower) || (now == kDigit && (previous & kLetter) != 0);
    if (is_within && !is_name(word, i)) signs.has_capital_within = true;
    previous = now;
  }
  signs.letters += letters;
  signs.others += word.size() - letters;
  signs.words += letters > 0;
  signs.seen |= seen;
  if ((seen & kDotOrSlash) != 0) signs.has_address |= is_address(word);
  if ((seen & (kBracket | kDotOrSlash)) != 0 || letters == 0) signs.has_markup |= is_markup(word, seen);
  if (!signs.has_function_word) {
    signs.has_function_word = std::binary_search(kFunctionWordKeys.begin(), kFunctionWordKeys.end(), key);
  }
}

}  // namespace

EnglishFault english_fault(string_view line) {
  Signs signs;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    if (end > begin) look_at(line.substr(begin, end - begin), signs);
    begin = end + 1;
  }
  if ((signs.seen & kBeyondAscii) != 0) return EnglishFault::kNotAscii;
  if (signs.letters * 100 < (signs.letters + signs.others) * kLeastLettersPercent)
    return EnglishFault::kFewLetters;
  if (signs.words < 2) return EnglishFault::kOneWord;
  if (signs.has_capital_within) return EnglishFault::kCamelCase;
  if (signs.has_address) return EnglishFault::kAddress;
  if (signs.has_markup || signs.open_brackets != 0 || (signs.seen & kNoProse) != 0)
    return EnglishFault::kMarkup;
  if (signs.words >= kWordsThatNeedFunctionWord && !signs.has_function_word)
    return EnglishFault::kNoFunctionWord;
  return EnglishFault::kNone;
}

string_view name_of(EnglishFault fault) {
  static constexpr std::array<string_view, kEnglishFaults> names = {"none",
                                                                    "not ASCII",
                                                                    "few letters",
                                                                    "fewer than two words",
                                                                    "capital or digit in a word",
                                                                    "address or path",
                                                                    "markup",
                                                                    "no function word"};
  return names[static_cast<std::size_t>(fault)];
}

}  // namespace favras::seq2seq
