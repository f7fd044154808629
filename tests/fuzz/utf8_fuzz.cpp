// UTF-8, normal form C and letters; the mailer's UTF-8 beside it.
#include <cstring>

#include "apps/mailer/utf8.h"
#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/utf8.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

void check_bytes(std::string_view bytes) {
  const bool valid = !first_invalid_byte(bytes);
  const std::u32string characters = decode_utf8(bytes);
  const std::string text = encode_utf8(characters);
  fuzz::require(!first_invalid_byte(text) && decode_utf8(text) == characters, "what is written is valid");
  fuzz::require((text == bytes) == valid, "valid text stays, and no other");
  fuzz::require(count_characters(text) == characters.size(), "characters are counted");
  fuzz::require(mailer::well_formed(bytes) == text, "the mailer replaces the same bytes");
  fuzz::require(mailer::is_ascii(bytes) == is_ascii(bytes), "the mailer sees the same ASCII");
  const std::u32string normal = normalize(characters);
  fuzz::require(normalize(normal) == normal, "normal form C stays");
  const std::u32string lower = to_lower(characters);
  fuzz::require(to_lower(lower) == lower, "small letters stay");
}

void check_character(char32_t character) {
  const std::u32string back = decode_utf8(encode_utf8(character));
  fuzz::require(back.size() == 1 && (back[0] == character || back[0] == kReplacementCharacter),
                "a character stays or is replaced");
  fuzz::require(!is_upper(character) || to_lower(character) != character, "capitals have small letters");
  is_letter(character);
  to_upper(character);
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  seq2seq::check_bytes(fuzz::Input(data, size).rest());
  for (std::size_t at = 0; at + sizeof(char32_t) <= size; at += sizeof(char32_t)) {
    char32_t character;
    std::memcpy(&character, data + at, sizeof character);
    seq2seq::check_character(character);
  }
  return 0;
}
