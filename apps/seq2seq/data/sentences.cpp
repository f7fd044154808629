#include "apps/seq2seq/data/sentences.h"

#include <algorithm>
#include <array>

#include <utf8proc.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

using std::string_view;

// Followed by a name or an explanation: these never end a sentence.
constexpr auto kNeverLast = std::to_array<string_view>(
    {"Adm", "Bp",     "Brig", "Bros", "Capt", "Cf",     "Col",  "Dr",  "Fr", "Ft",  "Gen",  "Gov",
     "Hon", "Lieut",  "Lt",   "MM",   "Maj",  "Messrs", "Mlle", "Mme", "Mr", "Mrs", "Ms",   "Mt",
     "Mts", "Op",     "Pres", "Prof", "Rep",  "Rev",    "Sen",  "Sgt", "St", "Sts", "Supt", "Viz",
     "al",  "approx", "cf",   "e.g",  "esp",  "i.e",    "op",   "viz", "vs"});
// These may: they do if a word follows that begins sentences rather than names.
constexpr auto kPerhapsLast =
    std::to_array<string_view>({"Ave", "Bart", "Blvd", "Co", "Corp", "Dec", "Esq", "Feb", "Inc", "Jan", "Jr",
                                "Ltd", "Nov", "Oct", "Ph.D", "Rd", "Sept", "Sr"});
// What stands before a number; besides these, any short word with a capital ("Ps. 23", "Vol. 2").
constexpr auto kBeforeNumber = std::to_array<string_view>(
    {"Art", "Chap", "Fig", "No",  "Nos",  "Vol", "art", "ca",  "ch",   "chap", "chs", "fig",  "figs",
     "fol", "lib",  "no",  "nos", "para", "pp",  "pt",  "sec", "sect", "ver",  "vol", "vols", "vv"});
constexpr auto kStarters = std::to_array<string_view>(
    {"A",     "After", "All",   "Although", "An",     "And",  "As",      "At",    "But",   "By",   "For",
     "From",  "He",    "Her",   "Here",     "His",    "How",  "However", "I",     "If",    "In",   "It",
     "Its",   "Many",  "My",    "No",       "Not",    "Now",  "Of",      "On",    "One",   "Only", "Or",
     "Our",   "She",   "Since", "So",       "Some",   "Such", "That",    "The",   "Their", "Then", "There",
     "These", "They",  "This",  "Those",    "Though", "Thus", "To",      "Under", "We",    "What", "When",
     "Where", "Which", "While", "Who",      "With",   "Yet",  "You",     "Your"});

template <class Words>
constexpr bool is_sorted(const Words& words) {
  return std::is_sorted(words.begin(), words.end());
}
static_assert(is_sorted(kNeverLast) && is_sorted(kPerhapsLast) && is_sorted(kBeforeNumber) &&
              is_sorted(kStarters));

template <class Words>
bool contains(const Words& words, string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c); }
bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
bool is_stop(char c) { return c == '.' || c == '!' || c == '?'; }
bool is_closer(char c) { return c == '"' || c == '\'' || c == ')'; }
bool is_opener(char c) { return c == '"' || c == '\'' || c == '('; }

// Index of the first character at or after `at` for which `belongs` is false.
template <class Belongs>
std::size_t skip(string_view text, std::size_t at, Belongs belongs) {
  while (at < text.size() && belongs(text[at])) ++at;
  return at;
}

// What stands before the mark at `stop`, back to a space, dash, quote or bracket, or to `begin`.
string_view word_before(string_view text, std::size_t begin, std::size_t stop) {
  std::size_t start = stop;
  for (; start > begin; --start) {
    const char c = text[start - 1];
    const bool is_apostrophe = c == '\'' && start - 1 > begin && is_letter(text[start - 2]);
    if (!is_apostrophe && (c == ' ' || c == '-' || is_opener(c))) break;
  }
  return text.substr(start, stop - start);
}

bool is_number(string_view word) { return !word.empty() && std::all_of(word.begin(), word.end(), is_digit); }
bool is_roman(string_view word) {
  return !word.empty() &&
         (word.find_first_not_of("IVXLC") == word.npos || word.find_first_not_of("ivxlc") == word.npos);
}

bool begins_lower_case(string_view rest) {
  if (rest.empty()) return false;
  if (static_cast<unsigned char>(rest.front()) < 0x80) return is_lower(rest.front());
  utf8proc_int32_t code_point;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                   static_cast<utf8proc_ssize_t>(rest.size()), &code_point);
  return utf8proc_category(code_point) == UTF8PROC_CATEGORY_LL;
}

// Whether `rest` begins with a word that begins sentences rather than names.
bool begins_with_starter(string_view rest) {
  const std::size_t end = skip(rest, 0, is_letter);
  const bool is_word = end < rest.size() && (rest[end] == ' ' || rest[end] == ',' || rest[end] == '\'');
  return is_word && contains(kStarters, rest.substr(0, end));
}

// The length of the list label that `rest` begins with: "12.", "IV.", "(a)", "2)"; 0 if it begins with none.
// "V." may be somebody's initial.
std::size_t label_length(string_view rest) {
  const bool opens = rest.starts_with('(');
  const std::size_t end = skip(rest, opens, is_letter_or_digit);
  const string_view name = rest.substr(opens, end - opens);
  const bool has_stop = end < rest.size() && rest[end] == '.';
  const std::size_t bracket = end + has_stop;
  const bool closes = bracket < rest.size() && rest[bracket] == ')';
  const std::size_t length = bracket + closes;
  if (name.empty() || name.size() > 4 || length >= rest.size() || rest[length] != ' ') return 0;
  const bool numeral = is_number(name) || is_roman(name);
  const bool is_label =
      closes ? numeral || name.size() == 1
             : !opens && has_stop && numeral && (is_digit(name[0]) || (is_upper(name[0]) && name.size() > 1));
  return is_label ? length : 0;
}

bool is_between(char c) { return c == ' ' || c == '-'; }

// Behind spaces and dashes, but for the sign of a negative number.
std::size_t skip_dashes(string_view text, std::size_t at) {
  const std::size_t next = skip(text, at, is_between);
  const bool is_negative = next > at && next < text.size() && is_digit(text[next]) && text[next - 1] == '-';
  return next - is_negative;
}

// Where the words of a sentence begin at or after `at`: behind dashes and labels.
std::size_t skip_labels(string_view text, std::size_t at) {
  for (;;) {
    at = skip_dashes(text, at);
    const std::size_t label = label_length(text.substr(at));
    if (label == 0) return at;
    at += label;
  }
}

// Whether a single full stop behind `word` belongs to it alone; `rest` is what follows.
bool is_abbreviation(string_view word, string_view rest) {
  if (contains(kNeverLast, word)) return true;
  const string_view next = rest.substr(0, skip(rest, 0, is_letter_or_digit));
  if ((is_number(next) || (is_roman(next) && next != "I")) && contains(kBeforeNumber, word)) return true;
  const bool is_initial =
      !word.empty() && is_letter(word.back()) && (word.size() == 1 || word[word.size() - 2] == '.');
  if (!next.empty() && is_digit(next.front())) {
    const bool is_short_name =
        !word.empty() && word.size() <= 5 && is_upper(word.front()) && is_lower(word.back());
    return is_initial || (is_short_name && label_length(rest) == 0);
  }
  return (is_initial || contains(kPerhapsLast, word)) && !begins_with_starter(rest);
}

// Whether the marks in text[stop, end) end the sentence that began at `begin`, `rest` being what comes behind
// them, closing quotes, spaces and dashes.
bool ends_sentence(string_view text, std::size_t begin, std::size_t stop, std::size_t end, string_view rest) {
  const string_view words = rest.substr(skip(rest, 0, is_opener));
  if (begins_lower_case(words) && label_length(rest) == 0) return false;
  if (end - stop > 1 || text[stop] != '.') return true;
  if (stop == begin || text[stop - 1] == ' ') return false;  // one of dots with spaces between
  return !is_abbreviation(word_before(text, begin, stop), words);
}

// Adds text[begin, end) without spaces, and dashes that belong to no word, at its ends.
void add(string_view text, std::size_t begin, std::size_t end, std::vector<string_view>& pieces) {
  begin = std::min(skip_dashes(text, begin), end);
  for (;;) {
    while (end > begin && text[end - 1] == ' ') --end;
    std::size_t word = end;
    while (word > begin && text[word - 1] == '-') --word;
    if (word == end || (word > begin && text[word - 1] != ' ')) break;
    end = word;
  }
  if (begin < end) pieces.push_back(text.substr(begin, end - begin));
}

// The byte behind `count` characters.
std::size_t bytes_of(string_view text, std::size_t count) {
  if (count >= text.size()) return text.size();
  if (is_ascii(text.substr(0, count))) return count;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (starts_character && count-- == 0) break;
  }
  return at;
}

// Whether the text may be cut at this space: it follows a clause mark, perhaps with quotes between.
bool follows_clause_mark(string_view text, std::size_t space) {
  std::size_t mark = space;
  while (mark > 0 && is_closer(text[mark - 1])) --mark;
  if (mark < 2) return false;
  const char last = text[mark - 1], previous = text[mark - 2];
  if (last == '.') return previous == '.';
  if (last == '-') return previous == '-' || previous == ' ';
  return last == ',' || last == ';' || last == ':' || last == '!' || last == '?';
}

}  // namespace

std::vector<string_view> split_sentences(string_view text) {
  std::vector<string_view> sentences;
  std::size_t begin = skip_labels(text, 0), at = begin;
  for (;;) {
    const std::size_t stop = skip(text, at, [](char c) { return !is_stop(c); });
    if (stop == text.size()) break;
    const std::size_t end = skip(text, stop, is_stop);
    at = skip(text, end, is_closer);
    const std::size_t next = skip_dashes(text, at);
    if (next == at) continue;
    if (!ends_sentence(text, begin, stop, end, text.substr(next))) continue;
    add(text, begin, at, sentences);
    begin = at = skip_labels(text, next);
  }
  add(text, begin, text.size(), sentences);
  return sentences;
}

std::vector<string_view> cut_sentence(string_view sentence, std::size_t maximum_length) {
  std::vector<string_view> pieces;
  string_view rest = sentence;
  for (std::size_t limit; (limit = bytes_of(rest, maximum_length)) < rest.size();) {
    std::size_t cut = rest.rfind(' ', limit);
    if (cut == rest.npos) {
      cut = std::min(rest.find(' ', limit), rest.size());
    } else {
      const std::size_t least = limit * 2 / 5;
      std::size_t mark = cut;
      while (mark != rest.npos && mark > least && !follows_clause_mark(rest, mark))
        mark = rest.rfind(' ', mark - 1);
      if (mark != rest.npos && mark > least) cut = mark;
    }
    add(rest, 0, cut, pieces);
    rest.remove_prefix(std::min(cut + 1, rest.size()));
  }
  add(rest, 0, rest.size(), pieces);
  return pieces;
}

}  // namespace favras::seq2seq
