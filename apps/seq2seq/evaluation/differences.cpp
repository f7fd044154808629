#include "apps/seq2seq/evaluation/differences.h"

#include <cstdlib>
#include <unistd.h>

#include <fmt/format.h>

#include "apps/seq2seq/data/edits.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

std::string colour_differences(std::u32string_view line, std::u32string_view clean) {
  constexpr std::string_view kRed = "\x1b[1;31m", kNormal = "\x1b[0m";
  std::string text;
  std::size_t shown = 0;
  for (const Edit& edit : find_edits(line, clean)) {
    text += encode_utf8(line.substr(shown, edit.line.begin - shown));
    const bool missing = edit.kind == EditKind::kDelete;
    text += kRed;
    text += missing ? "_" : encode_utf8(line.substr(edit.line.begin, edit.line.end - edit.line.begin));
    text += kNormal;
    shown = edit.line.end;
  }
  return text + encode_utf8(line.substr(shown));
}

std::string mark_differences(std::u32string_view line, std::u32string_view clean) {
  std::string marks;
  for (const Edit& edit : find_edits(line, clean)) {
    const bool missing = edit.kind == EditKind::kDelete;
    const std::size_t end = missing ? edit.line.begin + 1 : edit.line.end;
    if (marks.size() < end) marks.resize(end, ' ');
    for (std::size_t i = edit.line.begin; i < end; ++i) marks[i] = missing ? '|' : '^';
  }
  return marks;
}

std::string show_correction(std::uint64_t number, std::string_view line, std::string_view corrected,
                            bool colours) {
  const std::string before = fmt::format("{} - ", number), after = fmt::format("{} + ", number);
  const std::u32string wrong = decode_utf8(line), right = decode_utf8(corrected);
  std::string text = before + (colours ? colour_differences(wrong, right) : std::string(line)) + "\n";
  if (!colours) text += std::string(before.size(), ' ') + mark_differences(wrong, right) + "\n";
  return text + after + std::string(corrected) + "\n";
}

bool shows_colours(int file_descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(file_descriptor) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace favras::seq2seq
