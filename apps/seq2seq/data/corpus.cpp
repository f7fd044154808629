#include "apps/seq2seq/data/corpus.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "apps/seq2seq/data/block_reader.h"
#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

using Files = std::vector<std::filesystem::path>;
using Kept = std::vector<HashedLine>;

// What is wrong with the bytes of a line, if anything is.
std::optional<std::string> fault(std::string_view line) {
  if (const std::size_t nul = line.find('\0'); nul != line.npos) {
    return fmt::format("byte {} of the line is NUL: not a text file in UTF-8", nul + 1);
  }
  if (const auto invalid = first_invalid_byte(line)) {
    return fmt::format("byte {} of the line (0x{:02x}) is not valid UTF-8", *invalid + 1,
                       static_cast<unsigned char>(line[*invalid]));
  }
  return std::nullopt;
}

// Source and target of "source<TAB>target"; the target alone where there is no TAB.
std::pair<std::string_view, std::string_view> columns_of(std::string_view content) {
  const std::size_t tab = content.find('\t');
  if (tab == content.npos) return {content, content};
  return {content.substr(0, tab), content.substr(tab + 1)};
}

// Reads and cleans lines one by one; the same for both passes over the files.
class LineCleaner {
 public:
  LineCleaner(const Files& files, const DataSettings& settings) : files_(files), settings_(settings) {}

  // Nothing if the line is not to be examined further; then it has been counted.
  std::optional<std::string> operator()(const Block& block, std::uint64_t number, std::string_view line,
                                        LineCounts& counts) const {
    ++counts.read;
    if (line.size() > kLongestLineBytes) {
      ++counts.too_long;
      return std::nullopt;
    }
    if (const auto wrong = fault(line)) {
      if (!settings_.skip_invalid)
        fail(block, number, *wrong + " (--invalid-utf8 skip leaves out such lines)");
      ++counts.invalid;
      return std::nullopt;
    }
    std::string content = settings_.has_pairs() ? clean_pair(block, number, line) : clean_text(line);
    if (content.empty()) {
      ++counts.empty;
      return std::nullopt;
    }
    return content;
  }

 private:
  [[noreturn]] void fail(const Block& block, std::uint64_t number, const std::string& message) const {
    throw std::runtime_error(fmt::format("{}: line {}: {}", files_[block.file].string(), number, message));
  }

  std::string clean_pair(const Block& block, std::uint64_t number, std::string_view line) const {
    const auto tabs = std::count(line.begin(), line.end(), '\t');
    if (tabs == 0 && clean_field(line).empty()) return {};
    if (tabs != 1)
      fail(block, number, fmt::format("needs 2 columns, source<TAB>target, but has {}", tabs + 1));
    const auto [source, target] = columns_of(line);
    return clean_field(source) + '\t' + clean_field(target);
  }

  const Files& files_;
  const DataSettings& settings_;
};

class CharacterCounter {
 public:
  void add(std::string_view content) {
    if (is_ascii(content)) {
      for (const char c : content) ++ascii_[static_cast<unsigned char>(c)];
    } else {
      for (const char32_t c : decode_utf8(content)) ++(c < ascii_.size() ? ascii_[c] : others_[c]);
    }
  }
  void add_to(std::map<char32_t, std::uint64_t>& total) const {
    for (char32_t c = 0; c < ascii_.size(); ++c) {
      if (ascii_[c] != 0 && c != U'\t') total[c] += ascii_[c];
    }
    for (const auto& [c, count] : others_) total[c] += count;
  }

 private:
  std::array<std::uint64_t, 128> ascii_{};
  std::map<char32_t, std::uint64_t> others_;
};

// First pass.
Vocabulary count_vocabulary(const Files& files, const DataSettings& settings, const LineCleaner& clean,
                            int threads) {
  std::vector<CharacterCounter> counters(static_cast<std::size_t>(threads));
  for_each_block(files, threads, [&](int thread, const Block& block) {
    LineCounts ignored;  // the second pass counts
    for_each_line(block, [&](std::uint64_t number, std::string_view line) {
      if (const auto content = clean(block, number, line, ignored)) {
        counters[static_cast<std::size_t>(thread)].add(*content);
      }
    });
  });
  std::map<char32_t, std::uint64_t> counts;
  for (const CharacterCounter& counter : counters) counter.add_to(counts);
  const auto all = std::numeric_limits<std::size_t>::max();
  Vocabulary vocabulary =
      Vocabulary::from_counts(counts, settings.characters == 0 ? all : settings.characters);
  if (vocabulary.characters().size() == 1) {
    throw std::runtime_error(
        fmt::format("the input has no character but '{}': a model can learn nothing from it",
                    encode_utf8(vocabulary.characters())));
  }
  return vocabulary;
}

// What one thread keeps in the second pass.
struct Share {
  Kept train, validation;
  LineCounts counts;
};

bool all_known(std::string_view content, const Vocabulary& vocabulary) {
  const auto known = [&](char32_t c) { return c == U'\t' || vocabulary.contains(c); };
  if (is_ascii(content)) {
    return std::all_of(content.begin(), content.end(),
                       [&](char c) { return known(static_cast<unsigned char>(c)); });
  }
  const std::u32string characters = decode_utf8(content);
  return std::all_of(characters.begin(), characters.end(), known);
}

void filter(std::string content, const DataSettings& settings, const Vocabulary& vocabulary, Share& share) {
  const auto [source, target] = columns_of(content);
  const auto [shortest, longest] = std::minmax({count_characters(source), count_characters(target)});
  if (shortest < static_cast<std::size_t>(settings.minimum_length)) {
    ++share.counts.too_short;
  } else if (longest > static_cast<std::size_t>(settings.maximum_length)) {
    ++share.counts.too_long;
  } else if (!all_known(content, vocabulary)) {
    ++share.counts.rare_characters;
  } else {
    const std::uint64_t hash = content_hash(content);
    const std::uint64_t side_hash = settings.has_pairs() ? content_hash(target) : hash;
    const bool validation = is_validation(side_hash, settings.seed, settings.validation_share);
    (validation ? share.validation : share.train).push_back({hash, std::move(content)});
  }
}

// Second pass.
std::vector<Share> filter_lines(const Files& files, const DataSettings& settings, const LineCleaner& clean,
                                const Vocabulary& vocabulary, int threads) {
  std::vector<Share> shares(static_cast<std::size_t>(threads));
  for_each_block(files, threads, [&](int thread, const Block& block) {
    Share& share = shares[static_cast<std::size_t>(thread)];
    for_each_line(block, [&](std::uint64_t number, std::string_view line) {
      if (auto content = clean(block, number, line, share.counts)) {
        filter(std::move(*content), settings, vocabulary, share);
      }
    });
  });
  return shares;
}

void add(LineCounts& total, const LineCounts& part) {
  total.read += part.read;
  total.invalid += part.invalid;
  total.empty += part.empty;
  total.too_short += part.too_short;
  total.too_long += part.too_long;
  total.rare_characters += part.rare_characters;
}

void append(Kept& all, Kept& part) {
  all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
  Kept().swap(part);
}

void require_lines(const PreparedData& data, const DataSettings& settings) {
  const LineCounts& c = data.counts;
  if (!data.train.empty()) return;
  if (!data.validation.empty()) {
    throw std::runtime_error(
        fmt::format("all {} lines kept fell on the validation side: give more text or a "
                    "smaller --validation-share",
                    data.validation.size()));
  }
  throw std::runtime_error(fmt::format(
      "no line is left of the {} read: {} empty, {} shorter than {} characters, {} longer than {}, {} with "
      "rare characters, {} not UTF-8",
      c.read, c.empty, c.too_short, settings.minimum_length, c.too_long, settings.maximum_length,
      c.rare_characters, c.invalid));
}

}  // namespace

std::vector<std::string> sort_and_deduplicate(std::vector<HashedLine> lines) {
  std::sort(lines.begin(), lines.end(), [](const HashedLine& left, const HashedLine& right) {
    return std::tie(left.hash, left.content) < std::tie(right.hash, right.content);
  });
  std::vector<std::string> contents;
  contents.reserve(lines.size());
  for (HashedLine& line : lines) {
    if (contents.empty() || contents.back() != line.content) contents.push_back(std::move(line.content));
  }
  return contents;
}

PreparedData prepare_corpus(const Files& files, const DataSettings& settings, int threads) {
  const LineCleaner clean(files, settings);
  PreparedData data;
  data.vocabulary = count_vocabulary(files, settings, clean, threads);
  Kept train, validation;
  for (Share& share : filter_lines(files, settings, clean, data.vocabulary, threads)) {
    add(data.counts, share.counts);
    append(train, share.train);
    append(validation, share.validation);
  }
  data.counts.duplicates = train.size() + validation.size();
  data.train = sort_and_deduplicate(std::move(train));
  data.validation = sort_and_deduplicate(std::move(validation));
  data.counts.train = data.train.size();
  data.counts.validation = data.validation.size();
  data.counts.duplicates -= data.counts.train + data.counts.validation;
  require_lines(data, settings);
  return data;
}

}  // namespace favras::seq2seq
