// The characters a model knows and their ids, one set for both sides: PAD, GO, EOS, UNK, then the kept
// characters in order of frequency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace favras::seq2seq {

inline constexpr std::int32_t kPad = 0, kGo = 1, kEos = 2, kUnk = 3;
inline constexpr int kSpecialTokens = 4;

class Vocabulary {
 public:
  // The `kept` most frequent characters; equally frequent ones by code point.
  static Vocabulary from_counts(const std::map<char32_t, std::uint64_t>& counts, std::size_t kept);

  Vocabulary() = default;
  // Ids 4, 5, ... in this order. Throws std::runtime_error if a character comes twice or is none.
  explicit Vocabulary(std::u32string characters);

  // With the four special tokens.
  std::int32_t size() const { return static_cast<std::int32_t>(characters_.size()) + kSpecialTokens; }
  // The ids of the line's characters after NFC, kUnk for unknown ones; no EOS is added.
  std::vector<std::int32_t> encode(std::string_view utf8) const;
  // The same for characters as they are.
  std::vector<std::int32_t> encode(std::u32string_view characters) const;
  // Stops at EOS, skips PAD and GO. UNK, and an id past the end (the output layer may be rounded up),
  // becomes U+FFFD.
  std::string decode(std::span<const std::int32_t> ids) const;
  bool contains(char32_t character) const { return id(character) != kUnk; }
  const std::u32string& characters() const { return characters_; }

  std::string to_json() const;
  // Throws std::runtime_error that says what is wrong with the text.
  static Vocabulary from_json(std::string_view json);

 private:
  std::int32_t id(char32_t character) const { return character < ids_.size() ? ids_[character] : kUnk; }

  std::u32string characters_;
  std::vector<std::int32_t> ids_;  // by code point, up to the highest one known
};

}  // namespace favras::seq2seq
