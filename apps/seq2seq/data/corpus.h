// From text files to the lines of a data set: cleaning, counting, filtering, removing duplicates and
// splitting into training and validation. The result depends on the lines alone, not on the order or
// division of the files or on the number of threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/seq2seq/data/description.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

// Lines as they stand in the data files: text, or source<TAB>target. In the order of their content hash.
struct PreparedData {
  std::vector<std::string> train, validation;
  Vocabulary vocabulary;
  LineCounts counts;
};

// Text: the side of a line is decided by its content. Pairs: by the content of the target, so that all
// pairs with the same target fall on the same side. Throws std::runtime_error that names file and line
// for bad input, and says what was dropped if nothing is left.
PreparedData prepare_corpus(const std::vector<std::filesystem::path>& files, const DataSettings& settings,
                            int threads);

struct HashedLine {
  std::uint64_t hash;  // of the content
  std::string content;
};
// The contents in the order of their hashes, each once.
std::vector<std::string> sort_and_deduplicate(std::vector<HashedLine> lines);

}  // namespace favras::seq2seq
