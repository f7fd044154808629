#include "apps/seq2seq/data/vocabulary.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <utf8proc.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

constexpr int kFormatVersion = 1;

}  // namespace

Vocabulary Vocabulary::from_counts(const std::map<char32_t, std::uint64_t>& counts, std::size_t kept) {
  std::vector<std::pair<char32_t, std::uint64_t>> ranked(counts.begin(), counts.end());
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  ranked.resize(std::min(kept, ranked.size()));
  std::u32string characters;
  for (const auto& [character, count] : ranked) characters.push_back(character);
  return Vocabulary(std::move(characters));
}

Vocabulary::Vocabulary(std::u32string characters) : characters_(std::move(characters)) {
  for (std::size_t i = 0; i < characters_.size(); ++i) {
    const char32_t character = characters_[i];
    if (!utf8proc_codepoint_valid(static_cast<utf8proc_int32_t>(character))) {
      throw std::runtime_error(
          fmt::format("vocabulary: 0x{:X} is not a character", static_cast<std::uint32_t>(character)));
    }
    if (contains(character)) {
      throw std::runtime_error(
          fmt::format("vocabulary: the character '{}' comes twice", encode_utf8(character)));
    }
    if (character >= ids_.size()) ids_.resize(character + 1, kUnk);
    ids_[character] = static_cast<std::int32_t>(i) + kSpecialTokens;
  }
}

std::vector<std::int32_t> Vocabulary::encode(std::string_view utf8) const {
  return encode(std::u32string_view(normalize(decode_utf8(utf8))));
}

std::vector<std::int32_t> Vocabulary::encode(std::u32string_view characters) const {
  std::vector<std::int32_t> ids(characters.size());
  std::transform(characters.begin(), characters.end(), ids.begin(), [this](char32_t c) { return id(c); });
  return ids;
}

std::string Vocabulary::decode(std::span<const std::int32_t> ids) const {
  std::u32string characters;
  for (const std::int32_t id : ids) {
    if (id == kEos) break;
    if (id == kPad || id == kGo) continue;
    const bool known = id >= kSpecialTokens && id < size();
    characters.push_back(known ? characters_[static_cast<std::size_t>(id - kSpecialTokens)]
                               : kReplacementCharacter);
  }
  return encode_utf8(characters);
}

std::string Vocabulary::to_json() const {
  return boost::json::serialize(boost::json::object{{"version", kFormatVersion},
                                                    {"special", {"PAD", "GO", "EOS", "UNK"}},
                                                    {"characters", encode_utf8(characters_)}});
}

Vocabulary Vocabulary::from_json(std::string_view json) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse({json.data(), json.size()}, error);
  if (error) throw std::runtime_error("vocabulary: not JSON: " + error.message());
  const auto* object = value.if_object();
  const auto* version = object ? object->if_contains("version") : nullptr;
  const auto* characters = object ? object->if_contains("characters") : nullptr;
  if (!version || !characters || !characters->is_string()) {
    throw std::runtime_error("vocabulary: needs an object with \"version\" and the string \"characters\"");
  }
  if (*version != kFormatVersion) {
    throw std::runtime_error(fmt::format("vocabulary: version {} is not the version {} read here",
                                         boost::json::serialize(*version), kFormatVersion));
  }
  return Vocabulary(decode_utf8(std::string_view(characters->as_string())));
}

}  // namespace favras::seq2seq
