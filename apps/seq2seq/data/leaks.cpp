#include "apps/seq2seq/data/leaks.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <string_view>
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

// Hashes of the words of a line, of a pair those of its target. Words of punctuation alone are none.
void find_words(std::string_view line, std::vector<Hash>& words) {
  words.clear();
  line.remove_prefix(line.find('\t') + 1);  // npos + 1 is 0
  Hash word = 0;
  const auto end_word = [&] {
    if (word != 0) words.push_back(word);
    word = 0;
  };
  for (const char c : line) {
    if (c == ' ') {
      end_word();
    } else if (const unsigned char letter = kFolded[static_cast<unsigned char>(c)]; letter != 0) {
      word = (word ^ letter) * kMultiplier;
      word ^= word >> 32;
    }
  }
  end_word();
}

enum class Key : Hash { kRunOf5, kRunOf8, kWholeLine };

// Calls visit(key, hash) for each run of `length` words.
template <class Visit>
void for_each_run(const std::vector<Hash>& words, std::size_t length, Key key, Visit visit) {
  Hash power = 1;
  for (std::size_t i = 0; i < length; ++i) power *= kMultiplier;
  Hash hash = 0;  // a polynomial in kMultiplier with the last words as coefficients
  for (std::size_t i = 0; i < words.size(); ++i) {
    hash = hash * kMultiplier + words[i];
    if (i >= length) hash -= power * words[i - length];
    if (i + 1 < length) continue;
    const Hash mixed = (hash ^ hash >> 32 ^ static_cast<Hash>(key)) * kMultiplier;
    visit(key, mixed ^ mixed >> 32);
  }
}

// What is compared of a line: its runs, and all its words if they are too few for a long one.
template <class Visit>
void for_each_key(const std::vector<Hash>& words, Visit visit) {
  for_each_run(words, kShortRun, Key::kRunOf5, visit);
  if (words.size() >= kLongRun) {
    for_each_run(words, kLongRun, Key::kRunOf8, visit);
  } else {
    for_each_run(words, words.size(), Key::kWholeLine, visit);
  }
}

// The keys of validation lines, and which of them training lines have. Open addressing; a slot's lowest bit
// is its mark. Most keys of training lines are not there: a filter small enough for the cache says so.
class KeySet {
 public:
  explicit KeySet(std::size_t slots) : slots_(std::bit_ceil(slots)), filter_(slots_.size() / 16) {}

  bool has_room_for(std::size_t keys) const { return (size_ + keys) * 4 <= slots_.size() * 3; }
  void insert(Hash hash) {
    Hash& slot = slots_[find(hash)];
    if (slot != 0) return;
    slot = name_of(hash);
    ++size_;
    filter_[filter_bit(hash) / 64] |= Hash{1} << filter_bit(hash) % 64;
  }
  // Calls may overlap.
  void mark(Hash hash) {
    if ((filter_[filter_bit(hash) / 64] >> filter_bit(hash) % 64 & 1) == 0) return;
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
  std::size_t filter_bit(Hash hash) const { return hash >> 2 & (slots_.size() * 4 - 1); }
  // The slot of the hash, or the free one where it belongs.
  std::size_t find(Hash hash) const {
    std::size_t index = hash >> 32 & (slots_.size() - 1);
    for (Hash slot; (slot = load(slots_[index])) != 0 && (slot & ~kMark) != name_of(hash);)
      index = (index + 1) & (slots_.size() - 1);
    return index;
  }

  std::vector<Hash> slots_;
  std::vector<Hash> filter_;  // four bits a slot
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
