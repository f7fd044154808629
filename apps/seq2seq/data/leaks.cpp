#include "apps/seq2seq/data/leaks.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/seq2seq/data/block_reader.h"

namespace favras::seq2seq {

namespace {

using Hash = std::uint64_t;

constexpr Hash kMultiplier = 0x9E3779B97F4A7C15;  // odd, of random bits
constexpr std::size_t kShortRun = 5, kLongRun = 8;

// Small letters, digits and all beyond ASCII as they are, capitals as small letters, 0 for punctuation.
constexpr std::array<unsigned char, 256> kFolded = [] {
  std::array<unsigned char, 256> table{};
  for (unsigned c = 0; c < table.size(); ++c) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
      table[c] = static_cast<unsigned char>(capital ? c + ('a' - 'A') : c);
  }
  return table;
}();

Hash mix(Hash hash) {
  hash *= kMultiplier;
  return hash ^ hash >> 32;
}

// Hashes of the words of a line, of a pair those of its target. Words of punctuation alone are none.
void find_words(std::string_view line, std::vector<Hash>& words) {
  words.clear();
  line.remove_prefix(line.find('\t') + 1);  // npos + 1 is 0
  Hash word = 0, letters = 0;               // the latter up to eight at a time
  const auto end_word = [&] {
    if (word != 0 || letters != 0) words.push_back(mix(word ^ letters));
    word = letters = 0;
  };
  for (const char c : line) {
    if (c == ' ') {
      end_word();
    } else if (const unsigned char letter = kFolded[static_cast<unsigned char>(c)]; letter != 0) {
      if (letters >> 56 != 0) word = mix(word ^ std::exchange(letters, 0));
      letters = letters << 8 | letter;
    }
  }
  end_word();
}

enum class Key { kRunOf5, kRunOf8, kWholeLine };

Hash joined(Hash left, Hash right) { return (left ^ left >> 32) * kMultiplier + right; }

// Calls visit(key, hash) for what is compared of a line: its runs of 5 and of 8 words, and all its words if
// they are fewer than 8. The three are made in different ways: none is taken for another.
template <class Visit>
void for_each_key(const std::vector<Hash>& words, Visit visit) {
  const auto visit_key = [&](Key key, Hash hash) { visit(key, mix(hash)); };
  const std::size_t count = words.size();
  if (count < kLongRun) {
    Hash line = 0;
    for (const Hash word : words) line = joined(line, word);
    if (count > 0) visit_key(Key::kWholeLine, line);
  }
  const auto run_of_4 = [&](std::size_t i) {
    return joined(joined(words[i], words[i + 1]), joined(words[i + 2], words[i + 3]));
  };
  for (std::size_t i = 0; i + kShortRun <= count; ++i) {
    const Hash four = run_of_4(i);
    visit_key(Key::kRunOf5, joined(four, words[i + 4]));
    if (i + kLongRun <= count) visit_key(Key::kRunOf8, joined(four, run_of_4(i + 4)));
  }
}

// The keys of validation lines, and which of them training lines have. Open addressing; a slot's lowest bit
// is its mark. Most keys of training lines are not there: a Bloom filter small enough for the cache says so.
class KeySet {
 public:
  explicit KeySet(std::size_t slots) : slots_(std::bit_ceil(slots)), filter_(slots_.size() / 8) {}

  bool has_room_for(std::size_t keys) const { return (size_ + keys) * 4 <= slots_.size() * 3; }
  void insert(Hash hash) {
    Hash& slot = slots_[find(hash)];
    if (slot != 0) return;
    slot = name_of(hash);
    ++size_;
    filter_[filter_word(hash)] |= filter_bits(hash);
  }
  // Calls may overlap.
  void mark(Hash hash) {
    if ((filter_[filter_word(hash)] & filter_bits(hash)) != filter_bits(hash)) return;
    Hash& slot = slots_[find(hash)];
    if (load(slot) != 0) std::atomic_ref(slot).fetch_or(kMark, std::memory_order_relaxed);
  }
  bool is_marked(Hash hash) const { return (slots_[find(hash)] & kMark) != 0; }

 private:
  static constexpr Hash kMark = 1, kTaken = 2;

  static Hash name_of(Hash hash) { return (hash & ~kMark) | kTaken; }
  static Hash load(const Hash& slot) {
    return std::atomic_ref(const_cast<Hash&>(slot)).load(std::memory_order_relaxed);
  }
  std::size_t filter_word(Hash hash) const { return hash >> 8 & (filter_.size() - 1); }
  static Hash filter_bits(Hash hash) { return Hash{1} << (hash >> 58) | Hash{1} << (hash >> 52 & 63); }
  // The slot of the hash, or the free one where it belongs.
  std::size_t find(Hash hash) const {
    std::size_t index = hash >> 32 & (slots_.size() - 1);
    for (Hash slot; (slot = load(slots_[index])) != 0 && (slot & ~kMark) != name_of(hash);)
      index = (index + 1) & (slots_.size() - 1);
    return index;
  }

  std::vector<Hash> slots_;
  std::vector<Hash> filter_;  // eight bits a slot
  std::size_t size_ = 0;
};

// Puts the keys of the first lines into the set until it is full; how many lines these are.
std::uint64_t insert_lines(const std::filesystem::path& file, KeySet& keys) {
  std::uint64_t lines = 0;
  bool full = false;
  std::vector<Hash> words;
  for_each_block({file}, 1, [&](int, const Block& block) {
    for_each_line(block, [&](std::uint64_t, std::string_view line) {
      if (full) return;
      find_words(line, words);
      full = !keys.has_room_for(2 * words.size());
      if (full) return;
      for_each_key(words, [&](Key, Hash hash) { keys.insert(hash); });
      ++lines;
    });
  });
  return lines;
}

void mark_lines(const std::filesystem::path& file, int threads, KeySet& keys) {
  for_each_block({file}, threads, [&](int, const Block& block) {
    std::vector<Hash> words;
    for_each_line(block, [&](std::uint64_t, std::string_view line) {
      find_words(line, words);
      for_each_key(words, [&](Key, Hash hash) { keys.mark(hash); });
    });
  });
}

LeakReport report_of_line(const std::vector<Hash>& words, const KeySet& keys) {
  std::array<std::size_t, 3> marked{};
  for_each_key(words,
               [&](Key key, Hash hash) { marked[static_cast<std::size_t>(key)] += keys.is_marked(hash); });
  const auto [short_runs, long_runs, whole] = marked;
  const bool is_long = words.size() >= kLongRun;
  return {.lines = 1,
          .with_5 = words.size() >= kShortRun,
          .shared_5 = short_runs > 0,
          .with_8 = is_long,
          .shared_8 = long_runs > 0,
          .mostly_8 = is_long && 2 * long_runs > words.size() - kLongRun + 1,
          .same_words = whole > 0};
}

LeakReport report_of_lines(const std::filesystem::path& file, std::uint64_t lines, int threads,
                           const KeySet& keys) {
  LeakReport total;
  std::mutex mutex;
  for_each_block({file}, threads, [&](int, const Block& block) {
    LeakReport report;
    std::vector<Hash> words;
    for_each_line(block, [&](std::uint64_t number, std::string_view line) {
      if (number > lines) return;
      find_words(line, words);
      report += report_of_line(words, keys);
    });
    const std::lock_guard lock(mutex);
    total += report;
  });
  return total;
}

}  // namespace

LeakReport& LeakReport::operator+=(const LeakReport& part) {
  lines += part.lines;
  with_5 += part.with_5;
  shared_5 += part.shared_5;
  with_8 += part.with_8;
  shared_8 += part.shared_8;
  mostly_8 += part.mostly_8;
  same_words += part.same_words;
  return *this;
}

LeakReport find_leaks(const std::filesystem::path& training_file,
                      const std::filesystem::path& validation_file, int threads, std::size_t memory) {
  // English has a key in every 6 bytes.
  const std::size_t wanted = static_cast<std::size_t>(std::filesystem::file_size(validation_file)) / 4;
  KeySet keys(std::clamp<std::size_t>(wanted, 1024, std::bit_floor(memory / sizeof(Hash))));
  const std::uint64_t lines = insert_lines(validation_file, keys);
  mark_lines(training_file, threads, keys);
  return report_of_lines(validation_file, lines, threads, keys);
}

}  // namespace favras::seq2seq
