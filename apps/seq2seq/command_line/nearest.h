// What a mistyped name was probably meant to be.
#pragma once

#include <string>
#include <vector>

namespace favras::seq2seq {

// The candidate at the smallest edit distance from `word` (the first of equals), or "" if even that one
// differs in more than a third of the word.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace favras::seq2seq
