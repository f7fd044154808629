// Characters that the vocabulary does not have: a model reads UNK for each of them, and may have learnt to
// write UNK where one belongs. Which one it is, is where the decoder looked.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model/batch.h"

namespace favras::seq2seq {

// The unknown characters of a text in their order; U+FFFD, which stands for what a model could not name, is
// one even if the vocabulary has it.
std::u32string unknown_in(std::u32string_view text, const Vocabulary& vocabulary);

// What is written in the places of an output's UNKs: for each, of the unknown characters that were read, the
// one that had the largest weight while it was written (teacher_forcing.h), or, without weights, the one that
// is as many unknown characters from the beginning. U+FFFD if none was read.
// text: the output's characters, which are changed.
void copy_unknown(const Ids& output, std::u32string_view read, const Ids& source,
                  std::span<const std::vector<float>> weights, std::u32string& text);

}  // namespace favras::seq2seq
