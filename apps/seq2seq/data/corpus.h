// From text files to the lines of a data set: made, sorted, rid of duplicates and rare characters, and given
// to training or validation. The result depends on the lines and their groups alone, not on the order or
// division of the files, the number of threads or the memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/description.h"
#include "apps/seq2seq/data/inputs.h"
#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

struct Resources {
  int threads = 1;
  // Bytes for sorting: what needs more goes to the disk in between.
  std::size_t memory = std::size_t{256} << 20;
};

struct Preparation {
  Vocabulary vocabulary;
  std::string overlong;  // the first line that is too long to be looked at, "FILE: line 3"; empty: none is
  double seconds_reading = 0, seconds_merging = 0;
};

// Reads every file once and gives the lines to the writer, in the order of their content hashes. A line
// without a group goes where the hash of its content says, a pair where that of its target says; a line that
// is met in several groups goes to validation if any of them does. Fills in the description's sources and
// counts. Throws std::runtime_error that names file and line for bad input, and says what was dropped if
// nothing is left.
Preparation prepare_corpus(const std::vector<InputFile>& files, const Resources& resources,
                           DataDescription& description, DataDirectoryWriter& writer);

}  // namespace favras::seq2seq
