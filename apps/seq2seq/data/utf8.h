// UTF-8 text and Unicode code points: conversion, validity and normal form C. A "character" in this
// program is a code point after NFC.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace favras::seq2seq {

inline constexpr char32_t kReplacementCharacter = U'\uFFFD';

bool is_ascii(std::string_view bytes);

// Index of the first byte that does not belong to a valid UTF-8 sequence; none if all is valid.
std::optional<std::size_t> first_invalid_byte(std::string_view bytes);

// Number of code points in valid UTF-8.
std::size_t count_characters(std::string_view utf8);

// Each invalid byte becomes U+FFFD.
std::u32string decode_utf8(std::string_view utf8);

// A value that is no Unicode scalar becomes U+FFFD.
std::string encode_utf8(std::u32string_view characters);
std::string encode_utf8(char32_t character);

// Unicode normal form C.
std::u32string normalize(std::u32string characters);

}  // namespace favras::seq2seq
