#include "apps/seq2seq/plot/markup.h"

#include "apps/seq2seq/data/utf8.h"

namespace favras::plot {

std::string escape_markup(std::string_view text) {
  std::string escaped;
  for (const char32_t character : seq2seq::decode_utf8(text)) {
    const bool is_allowed = character >= 0x20 || character == '\t' || character == '\n';
    const bool is_no_character = character == 0xFFFE || character == 0xFFFF;
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped +=
            seq2seq::encode_utf8(is_allowed && !is_no_character ? character : seq2seq::kReplacementCharacter);
    }
  }
  return escaped;
}

}  // namespace favras::plot
