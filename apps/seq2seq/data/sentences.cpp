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
    {"Adm",  "Bp",  "Brig",  "Bros",   "Capt", "Cf",  "Col",    "Dr",   "Fr",  "Ft", "Gen",
     "Gov",  "Hon", "Lieut", "Lt",     "MM",   "Maj", "Messrs", "Mlle", "Mme", "Mr", "Mrs",
     "Ms",   "Mt",  "Mts",   "Pres",   "Prof", "Rep", "Rev",    "Sen",  "Sgt", "St", "Sts",
     "Supt", "Viz", "al",    "approx", "cf",   "e.g", "esp",    "i.e",  "viz", "vs"});
// These may: they do if a word follows that begins sentences rather than names.
constexpr auto kPerhapsLast =
    std::to_array<string_view>({"Ave", "Bart", "Blvd", "Co", "Corp", "Dec", "Esq", "Feb", "Inc", "Jan", "Jr",
                                "Ltd", "Nov", "Oct", "Ph.D", "Rd", "Sept", "Sr", "etc"});
// What stands before a number; besides these, any short word with a capital ("Ps. 23", "Vol. 2").
constexpr auto kBeforeNumber = std::to_array<string_view>(
    {"Art", "Chap", "Fig", "No", "Nos",  "Op", "Vol", "art", "ch",   "chap", "chs", "fig",  "figs", "fol",
     "lib", "no",   "nos", "op", "para", "pp", "pt",  "sec", "sect", "ver",  "vol", "vols", "vv"});
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
bool is_stop(char c) { return c == '.' || c == '!' || c == '?'; }
bool is_closer(char c) { return c == '"' || c == '\'' || c == ')'; }
bool is_opener(char c) { return c == '"' || c == '\'' || c == '('; }
bool is_end_of_word(char c) { return c == ' ' || c == '-' || is_opener(c); }

// Index of the first character at or after `at` for which `belongs` is false.
template <class Belongs>
std::size_t skip(string_view text, std::size_t at, Belongs belongs) {
  while (at < text.size() && belongs(text[at])) ++at;
  return at;
}

// What stands before the mark at `stop`, back to a space, dash, quote or bracket, or to `begin`.
string_view word_before(string_view text, std::size_t begin, std::size_t stop) {
  std::size_t start = stop;
  while (start > begin && !is_end_of_word(text[start - 1])) --start;
  return text.substr(start, stop - start);
}

bool is_roman(string_view word) { return !word.empty() && word.find_first_not_of("IVXLC") == word.npos; }
bool is_number(string_view word) { return !word.empty() && std::all_of(word.begin(), word.end(), is_digit); }

bool begins_lower_case(string_view rest) {
  if (rest.empty()) return false;
  if (static_cast<unsigned char>(rest.front()) < 0x80) return is_lower(rest.front());
  utf8proc_int32_t code_point;
  utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                   static_cast<utf8proc_ssize_t>(rest.size()), &code_point);
  return utf8proc_category(code_point) == UTF8PROC_CATEGORY_LL;
}

// Whether `rest`, which follows a mark and a space, begins with a word that begins sentences.
bool begins_with_starter(string_view rest) {
  const std::size_t end = skip(rest, 0, is_letter);
  const bool is_word = end < rest.size() && (rest[end] == ' ' || rest[end] == ',' || rest[end] == '\'');
  return is_word && contains(kStarters, rest.substr(0, end));
}

// Whether a single full stop behind `word` belongs to it alone. `is_first`: nothing comes before the word.
bool is_abbreviation(string_view word, bool is_first, string_view rest) {
  if (word.empty()) return false;
  if (is_first && (is_number(word) || is_roman(word))) return true;  // of a list
  if (contains(kNeverLast, word)) return true;
  const string_view next = rest.substr(0, skip(rest, 0, [](char c) { return is_letter(c) || is_digit(c); }));
  if (!next.empty() && is_digit(next.front())) {
    const bool short_name = word.size() <= 5 && is_upper(word.front()) && is_lower(word.back());
    if (short_name || word.size() == 1 || contains(kBeforeNumber, word)) return !is_digit(word.front());
  }
  if (is_roman(next) && contains(kBeforeNumber, word)) return true;
  const bool initials = is_letter(word.back()) && (word.size() == 1 || word[word.size() - 2] == '.');
  return (initials || contains(kPerhapsLast, word)) && !begins_with_starter(rest);
}

// Whether the marks in text[stop, end) end the sentence that began at `begin`; `next` is where a following
// one would start.
bool ends_sentence(string_view text, std::size_t begin, std::size_t stop, std::size_t end, std::size_t next) {
  const string_view rest = text.substr(skip(text, next, is_opener));
  if (begins_lower_case(rest)) return false;
  if (end - stop > 1 || text[stop] != '.') return true;
  const string_view word = word_before(text, begin, stop);
  const auto before = static_cast<std::size_t>(word.data() - text.data());
  return !is_abbreviation(word, skip(text, begin, is_end_of_word) >= before, rest);
}

// Adds text[begin, end) but for spaces and dashes at its ends.
void add(string_view text, std::size_t begin, std::size_t end, std::vector<string_view>& pieces) {
  while (end > begin && text[end - 1] == ' ') --end;
  if (begin < end) pieces.push_back(text.substr(begin, end - begin));
}

// Where a sentence may begin at or after `at`: behind spaces and dashes that stand alone.
std::size_t skip_dashes(string_view text, std::size_t at) {
  const std::size_t next = skip(text, at, [](char c) { return c == ' ' || c == '-'; });
  return next == text.size() || next == at || text[next - 1] == ' ' || next - at > 1 ? next : at;
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
  if (mark == 0) return false;
  if (text[mark - 1] == '.') return mark > 2 && text[mark - 2] == '.';
  return string_view(",;:-!?").find(text[mark - 1]) != string_view::npos;
}

}  // namespace

std::vector<string_view> split_sentences(string_view text) {
  std::vector<string_view> sentences;
  std::size_t begin = skip_dashes(text, 0);
  for (std::size_t stop = begin;
       (stop = skip(text, stop, [](char c) { return !is_stop(c); })) < text.size();) {
    const std::size_t end = skip(text, stop, is_stop);
    const std::size_t closed = skip(text, end, is_closer);
    const std::size_t next = closed < text.size() && (text[closed] == ' ' || text[closed] == '-')
                                 ? skip_dashes(text, closed)
                                 : closed;
    if (next > closed && next < text.size() && ends_sentence(text, begin, stop, end, next)) {
      add(text, begin, closed, sentences);
      begin = next;
    }
    stop = closed;
  }
  add(text, begin, text.size(), sentences);
  return sentences;
}

std::vector<string_view> cut_sentence(string_view sentence, std::size_t maximum_length) {
  std::vector<string_view> pieces;
  std::size_t begin = 0;
  for (;;) {
    const string_view rest = sentence.substr(begin);
    const std::size_t limit = bytes_of(rest, maximum_length);
    if (limit == rest.size()) break;
    const std::size_t last = rest.rfind(' ', limit);
    if (last == rest.npos) {
      const std::size_t end = std::min(rest.find(' ', limit), rest.size());
      add(rest, 0, end, pieces);
      begin = std::min(begin + end + 1, sentence.size());
      continue;
    }
    std::size_t cut = last;
    while (cut != rest.npos && cut > limit * 2 / 5 && !follows_clause_mark(rest, cut)) {
      cut = rest.rfind(' ', cut - 1);
    }
    if (cut == rest.npos || cut <= limit * 2 / 5) cut = last;
    add(rest, 0, cut, pieces);
    begin += cut + 1;
  }
  add(sentence, begin, sentence.size(), pieces);
  return pieces;
}

}  // namespace favras::seq2seq
