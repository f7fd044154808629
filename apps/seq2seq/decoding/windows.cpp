#include "apps/seq2seq/decoding/windows.h"

#include <algorithm>
#include <optional>
#include <string>

#include "apps/seq2seq/data/sentences.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

// Of maximum_length: context on either side of a core.
constexpr std::size_t kContextShare = 5;

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

struct Word {
  Span place;   // in the line
  Span normal;  // the same with all words of its run in normal form C
  bool begins_sentence = false;
};

using Words = std::span<const Word>;

// From the first word's beginning to the last one's end, in characters of normal form C.
std::size_t length_of(Words words) { return words.back().normal.end - words.front().normal.begin; }

class WordFinder {
 public:
  WordFinder(std::u32string_view line, const Vocabulary& vocabulary, std::size_t maximum_length,
             bool some_unknown)
      : line_(line), vocabulary_(vocabulary), maximum_length_(maximum_length), some_unknown_(some_unknown) {}

  // Runs of words with known spaces between them.
  std::vector<std::vector<Word>> find() {
    for (std::size_t begin = 0; begin < line_.size();) {
      std::size_t end = begin;
      while (end < line_.size() && !is_blank(line_[end])) ++end;
      add_word(begin, end);
      begin = end + 1;
    }
    return std::move(runs_);
  }

 private:
  void add_word(std::size_t begin, std::size_t end) {
    while (begin < end && is_unknown_mark(line_[begin])) ++begin;
    while (begin < end && is_unknown_mark(line_[end - 1])) --end;
    if (begin == end) return;
    const std::u32string_view written = line_.substr(begin, end - begin);
    const std::u32string word = normalize(std::u32string(written));
    const auto known = static_cast<std::size_t>(
        std::count_if(word.begin(), word.end(), [this](char32_t c) { return vocabulary_.contains(c); }));
    const bool readable =
        known == word.size() || (some_unknown_ && 2 * known > word.size() && word == written);
    if (!readable || word.size() > maximum_length_) return;
    std::size_t at = 0;
    if (follows_last_word(begin))
      at = runs_.back().back().normal.end + begin - runs_.back().back().place.end;
    else
      runs_.emplace_back();
    runs_.back().push_back({{begin, end}, {at, at + word.size()}});
  }

  bool follows_last_word(std::size_t begin) const {
    if (runs_.empty() || !vocabulary_.contains(U' ')) return false;
    const std::size_t end = runs_.back().back().place.end;
    const std::u32string_view gap = line_.substr(end, begin - end);
    return gap.find_first_not_of(U' ') == gap.npos;
  }

  bool is_unknown_mark(char32_t c) const { return is_punctuation(c) && !vocabulary_.contains(c); }

  std::u32string_view line_;
  const Vocabulary& vocabulary_;
  std::size_t maximum_length_;
  bool some_unknown_;
  std::vector<std::vector<Word>> runs_;
};

void mark_sentences(std::u32string_view line, std::vector<Word>& words) {
  // The words in UTF-8, one space between them.
  std::string text;
  std::vector<std::size_t> begins;
  for (const Word& word : words) {
    begins.push_back(text.size());
    text += encode_utf8(
        normalize(std::u32string(line.substr(word.place.begin, word.place.end - word.place.begin))));
    text += ' ';
  }
  text.pop_back();
  for (const std::string_view sentence : split_sentences(text)) {
    const auto begin = static_cast<std::size_t>(sentence.data() - text.data());
    const auto word = std::lower_bound(begins.begin(), begins.end(), begin);
    if (word != begins.end() && *word == begin)
      words[static_cast<std::size_t>(word - begins.begin())].begins_sentence = true;
  }
}

// A sentence, or some of a run, in windows that overlap, or in one.
void add_windows(Words words, std::size_t maximum_length, std::vector<Window>& windows) {
  const std::size_t context = maximum_length / kContextShare;
  const auto length = [&](std::size_t first, std::size_t last) {
    return length_of(words.subspan(first, last + 1 - first));
  };
  std::size_t begin = 0, unread = 0;  // where the next core begins, and the first word in no window yet
  while (unread < words.size()) {
    std::size_t first = begin;
    while (first > 0 && length(first - 1, begin - 1) <= context) --first;
    while (length(first, unread) > maximum_length) ++first;
    std::size_t last = unread;
    while (last + 1 < words.size() && length(first, last + 1) <= maximum_length) ++last;
    unread = last + 1;
    // The core ends where the words behind it are context for it, and the next window reaches further.
    std::size_t core_last = last;
    while (unread < words.size() && core_last > begin && length(core_last, last) <= context &&
           length(core_last, unread) <= maximum_length)
      --core_last;
    windows.push_back({{words[first].place.begin, words[last].place.end}, words[core_last].place.end});
    begin = core_last + 1;
  }
}

// Sentences together, as many as fit.
void add_sentences(Words words, std::size_t maximum_length, std::vector<Window>& windows) {
  const auto end_of_sentence = [&](std::size_t begin) {
    std::size_t end = begin + 1;
    while (end < words.size() && !words[end].begins_sentence) ++end;
    return end;
  };
  for (std::size_t begin = 0; begin < words.size();) {
    std::size_t end = end_of_sentence(begin);
    while (end < words.size()) {
      const std::size_t further = end_of_sentence(end);
      if (length_of(words.subspan(begin, further - begin)) > maximum_length) break;
      end = further;
    }
    add_windows(words.subspan(begin, end - begin), maximum_length, windows);
    begin = end;
  }
}

// The gap between words that begins at `place`, or that ends there.
Span gap_at(std::u32string_view line, std::size_t place) {
  Span gap{place, place};
  while (gap.begin > 0 && line[gap.begin - 1] == U' ') --gap.begin;
  while (gap.end < line.size() && line[gap.end] == U' ') ++gap.end;
  return gap;
}

using Changes = std::span<const Change>;

bool changes_gap(Changes changes, const Span& gap) {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    return change.place.begin < gap.end && change.place.end > gap.begin;
  });
}

// Whether two windows would have the same in place of what ends, or begins, there.
template <class Where>
bool agree(Changes a, Changes b, const Where& where) {
  const auto text_at = [&](Changes changes) {
    const auto found = std::find_if(changes.begin(), changes.end(), where);
    return found == changes.end() ? std::nullopt : std::optional(std::pair(found->place, found->text));
  };
  return text_at(a) == text_at(b);
}

// Whether the first window may have what is before the gap and the second one what is behind it: neither
// changes the gap, and the words beside it are the same for both, if both have them. Else what one takes for
// a change of the word before and the other for one of the word behind would come twice, or not at all.
bool is_seam(const Span& gap, const Span& window, const Span& next, Changes changes, Changes next_changes) {
  if (changes_gap(changes, gap) || changes_gap(next_changes, gap)) return false;
  const bool both_before = next.begin < gap.begin, both_behind = gap.end < window.end;
  const auto before = [&](const Change& change) { return change.place.end == gap.begin; };
  const auto behind = [&](const Change& change) { return change.place.begin == gap.end; };
  return (!both_before || agree(changes, next_changes, before)) &&
         (!both_behind || agree(changes, next_changes, behind));
}

// Up to where the first window's changes are taken, and from where on the next one's: around the gap nearest
// to the end of the core that may be a seam, of those from `from` on. If there is none, around the end of the
// core, and neither window may change the words beside it.
Span find_seam(std::u32string_view line, const Window& window, const Window& next, Changes changes,
               Changes next_changes, std::size_t from) {
  if (next.place.begin >= window.place.end) return {window.place.end, next.place.begin};
  const std::size_t first = std::max(next.place.begin, from), last = window.place.end;
  const auto distance = [&](const Span& gap) {
    return gap.begin < window.core_end ? window.core_end - gap.begin : gap.begin - window.core_end;
  };
  std::optional<Span> best;
  for (std::size_t place = first; place <= last; ++place) {
    const Span gap = gap_at(line, place);
    if (gap.begin < from || gap.begin == gap.end) continue;
    if ((!best || distance(gap) < distance(*best)) &&
        is_seam(gap, window.place, next.place, changes, next_changes))
      best = gap;
  }
  if (best) return *best;
  std::size_t place = std::max(window.core_end, from);
  while (place < last && line[place] != U' ') ++place;
  const Span gap = gap_at(line, place);
  return {gap.begin - 1, gap.end + 1};
}

}  // namespace

std::vector<Window> find_windows(std::u32string_view line, const Vocabulary& vocabulary,
                                 std::size_t maximum_length, bool some_unknown) {
  std::vector<Window> windows;
  for (std::vector<Word>& run : WordFinder(line, vocabulary, maximum_length, some_unknown).find()) {
    if (length_of(run) > maximum_length) mark_sentences(line, run);
    add_sentences(run, maximum_length, windows);
  }
  return windows;
}

std::vector<Change> join_changes(std::u32string_view line, std::span<const Window> windows,
                                 std::span<const std::vector<Change>> changes) {
  std::vector<Change> joined;
  std::size_t from = 0;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Span seam = i + 1 < windows.size()
                          ? find_seam(line, windows[i], windows[i + 1], changes[i], changes[i + 1], from)
                          : Span{line.size(), line.size()};
    for (const Change& change : changes[i])
      if (change.place.begin >= from && change.place.end <= seam.begin) joined.push_back(change);
    from = seam.end;
  }
  return joined;
}

}  // namespace favras::seq2seq
