#include "apps/seq2seq/data/misspellings.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/columns.h"
#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/letters.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

constexpr double kHeldOutShare = 0.1;
constexpr std::uint64_t kHeldOutSeed = 0;  // one for all data, so that no model may know another's test

Misspelling parse(std::string_view line) {
  if (first_invalid_byte(line)) throw std::runtime_error("is not valid UTF-8");
  if (line.find('\0') != line.npos) throw std::runtime_error("has a NUL in it");
  const auto [wrong, right] = two_columns(line, "wrong<TAB>right");
  Misspelling pair{clean_field(wrong), clean_field(right)};
  if (pair.wrong.empty() || pair.right.empty()) throw std::runtime_error("has an empty column");
  if (pair.wrong == pair.right) throw std::runtime_error("has the same text in both columns");
  return pair;
}

std::string line_of(const Misspelling& pair) { return pair.wrong + '\t' + pair.right; }

}  // namespace

std::vector<Misspelling> read_misspellings(const std::filesystem::path& file) {
  std::ifstream stream = open_for_reading(file);
  std::vector<std::pair<std::uint64_t, Misspelling>> hashed;
  std::size_t number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    try {
      Misspelling pair = parse(line);
      const std::uint64_t hash = content_hash(line_of(pair));
      hashed.emplace_back(hash, std::move(pair));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: line {} {}", file.string(), number, error.what()));
    }
  }
  require_read(stream, file);
  if (hashed.empty()) throw std::runtime_error(file.string() + ": holds no misspellings");
  std::sort(hashed.begin(), hashed.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.wrong, a.second.right) <
           std::tie(b.first, b.second.wrong, b.second.right);
  });
  std::vector<Misspelling> pairs;
  for (auto& [hash, pair] : hashed)
    if (pairs.empty() || !(pairs.back() == pair)) pairs.push_back(std::move(pair));
  return pairs;
}

std::string to_tsv(const std::vector<Misspelling>& misspellings) {
  std::string text;
  for (const Misspelling& pair : misspellings) text += line_of(pair) + '\n';
  return text;
}

bool is_held_out(const Misspelling& misspelling) {
  const std::string right = encode_utf8(to_lower(decode_utf8(misspelling.right)));
  return is_validation(content_hash(right), kHeldOutSeed, kHeldOutShare);
}

}  // namespace favras::seq2seq
