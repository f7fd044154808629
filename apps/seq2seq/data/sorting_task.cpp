#include "apps/seq2seq/data/sorting_task.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/random_keys.h"

namespace favras::seq2seq {

namespace {

// Candidate `index`; a pure function of seed and index.
std::string random_string(std::uint64_t seed, std::uint32_t index) {
  const auto draw = [&](std::uint32_t number, std::size_t bound) {
    const auto words = kernels::philox({index, number, 0, 0}, data_key(seed, RandomPurpose::kSorting));
    return scale_to(words[0], bound);
  };
  std::string letters(1 + draw(0, kSortingMaximumLength), ' ');
  for (std::uint32_t i = 0; i < letters.size(); ++i) letters[i] = static_cast<char>('a' + draw(1 + i, 26));
  return letters;
}

std::string sorted(std::string letters) {
  std::sort(letters.begin(), letters.end());
  return letters;
}

std::vector<std::string> make_lines(const std::string* begin, const std::string* end) {
  std::vector<std::string> lines;
  for (; begin != end; ++begin) lines.push_back(*begin + '\t' + sorted(*begin));
  std::sort(lines.begin(), lines.end(), [](const std::string& left, const std::string& right) {
    return content_hash(left) < content_hash(right);
  });
  return lines;
}

}  // namespace

SortingData make_sorting_data(std::uint64_t seed) {
  std::set<std::string> distinct;
  for (std::uint32_t index = 0; distinct.size() < kSortingTrainingLines + kSortingHeldOutLines; ++index) {
    distinct.insert(random_string(seed, index));
  }
  std::vector<std::string> strings(distinct.begin(), distinct.end());
  std::sort(strings.begin(), strings.end(), [&](const std::string& left, const std::string& right) {
    return split_value(content_hash(left), seed) < split_value(content_hash(right), seed);
  });
  std::map<char32_t, std::uint64_t> counts;
  for (const std::string& letters : strings) {
    for (const char letter : letters) counts[static_cast<unsigned char>(letter)] += 2;  // in both columns
  }
  SortingData data;
  data.vocabulary = Vocabulary::from_counts(counts, counts.size());
  const std::string* held_out_end = strings.data() + kSortingHeldOutLines;
  data.validation = make_lines(strings.data(), held_out_end);
  data.train = make_lines(held_out_end, strings.data() + strings.size());
  return data;
}

}  // namespace favras::seq2seq
