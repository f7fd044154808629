// UTF-8 as mail needs it: well formed, and cut between characters only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace favras::mailer {

// Bytes of the well-formed character at the start of a non-empty text; 0 if there is none.
std::size_t character_size(std::string_view text);

// Every byte that belongs to no well-formed character becomes U+FFFD.
std::string well_formed(std::string_view text);

inline bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

// Printable ASCII, the space included.
inline bool is_printable(char c) { return c >= ' ' && c <= '~'; }

}  // namespace favras::mailer
