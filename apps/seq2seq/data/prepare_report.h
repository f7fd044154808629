// What prepare tells of its work, as tables.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/seq2seq/data/description.h"

namespace favras::seq2seq {

// Why lines are dropped ("empty", "longer than 60 characters"), in the order of the rules, and how many are;
// rules that the settings leave out are missing.
std::vector<std::pair<std::string, std::uint64_t>> dropped_lines(const LineCounts& counts,
                                                                 const DataSettings& settings);

// Lines read, what was made of them and which rule dropped how many. Ends in a newline.
std::string counts_table(const LineCounts& counts, const DataSettings& settings);

// Near-duplicates between the sides. Ends in a newline.
std::string leaks_table(const LeakReport& leaks, const LineCounts& counts);

// How unevenly large groups split: "3 of 120 groups are held out, 12.1 % of the lines where 10 % are asked
// for". Empty where no groups decide.
std::string groups_note(const DataDescription& description);

}  // namespace favras::seq2seq
