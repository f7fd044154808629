#include "apps/seq2seq/data/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <utf8proc.h>

namespace favras::seq2seq {

namespace {

const utf8proc_uint8_t* as_bytes(const char* text) { return reinterpret_cast<const utf8proc_uint8_t*>(text); }

// Length of the sequence that starts at `position`, and its code point; negative if it is not valid.
utf8proc_ssize_t read_sequence(std::string_view bytes, std::size_t position, utf8proc_int32_t& code_point) {
  return utf8proc_iterate(as_bytes(bytes.data()) + position,
                          static_cast<utf8proc_ssize_t>(bytes.size() - position), &code_point);
}

// Code points that normal form C never changes, next to whatever neighbours of the same kind: below the
// combining marks, and typographic punctuation. Most text needs no more than this test.
bool is_always_normal(char32_t character) {
  return character < 0x300 || (character >= 0x2002 && character < 0x20D0);
}

}  // namespace

bool is_ascii(std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
  }
  const auto is_ascii_at = [&](std::size_t i) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    return (word & 0x8080808080808080u) == 0;
  };
  for (std::size_t i = 0; i + sizeof(std::uint64_t) < bytes.size(); i += sizeof(std::uint64_t)) {
    if (!is_ascii_at(i)) return false;
  }
  return is_ascii_at(bytes.size() - sizeof(std::uint64_t));
}

std::optional<std::size_t> first_invalid_byte(std::string_view bytes) {
  if (is_ascii(bytes)) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size();) {
    utf8proc_int32_t code_point;
    const utf8proc_ssize_t length = read_sequence(bytes, i, code_point);
    if (length < 0) return i;
    i += static_cast<std::size_t>(length);
  }
  return std::nullopt;
}

std::size_t count_characters(std::string_view utf8) {
  if (is_ascii(utf8)) return utf8.size();
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

std::u32string decode_utf8(std::string_view utf8) {
  std::u32string characters;
  characters.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      characters.push_back(byte);
      ++i;
      continue;
    }
    utf8proc_int32_t code_point;
    const utf8proc_ssize_t length = read_sequence(utf8, i, code_point);
    characters.push_back(length < 0 ? kReplacementCharacter : static_cast<char32_t>(code_point));
    i += length < 0 ? 1 : static_cast<std::size_t>(length);
  }
  return characters;
}

std::string encode_utf8(std::u32string_view characters) {
  std::string utf8;
  utf8.reserve(characters.size());
  for (char32_t character : characters) {
    if (character < 0x80) {
      utf8 += static_cast<char>(character);
      continue;
    }
    if (!utf8proc_codepoint_valid(static_cast<utf8proc_int32_t>(character)))
      character = kReplacementCharacter;
    utf8proc_uint8_t sequence[4];
    const utf8proc_ssize_t length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), sequence);
    utf8.append(reinterpret_cast<const char*>(sequence), static_cast<std::size_t>(length));
  }
  return utf8;
}

std::string encode_utf8(char32_t character) { return encode_utf8(std::u32string_view(&character, 1)); }

std::u32string normalize(std::u32string characters) {
  if (std::all_of(characters.begin(), characters.end(), is_always_normal)) return characters;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const std::string utf8 = encode_utf8(characters);
  const auto decompose = [&](utf8proc_int32_t* buffer, utf8proc_ssize_t size) {
    const utf8proc_ssize_t needed = utf8proc_decompose(
        as_bytes(utf8.data()), static_cast<utf8proc_ssize_t>(utf8.size()), buffer, size, options);
    if (needed < 0)
      throw std::runtime_error(std::string("Unicode normalisation: ") + utf8proc_errmsg(needed));
    return needed;
  };
  // One spare element: utf8proc writes a terminator when it re-encodes in place.
  std::u32string buffer(static_cast<std::size_t>(decompose(nullptr, 0)) + 1, U'\0');
  auto* code_points = reinterpret_cast<utf8proc_int32_t*>(buffer.data());
  utf8proc_ssize_t length = decompose(code_points, static_cast<utf8proc_ssize_t>(buffer.size()));
  length = utf8proc_normalize_utf32(code_points, length, options);
  if (length < 0) throw std::runtime_error(std::string("Unicode normalisation: ") + utf8proc_errmsg(length));
  buffer.resize(static_cast<std::size_t>(length));
  return buffer;
}

}  // namespace favras::seq2seq
