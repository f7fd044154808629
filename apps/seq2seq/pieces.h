// Any line of text cut into pieces that a model can read and the rest, which it must not touch.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

struct Piece {
  std::string text;
  bool for_model = false;  // else it stays as it is

  friend bool operator==(const Piece&, const Piece&) = default;
};

// The texts of the pieces, one after the other, are the line (valid UTF-8), byte for byte.
// A piece for the model is one or more words and the spaces between them: at most maximum_length characters
// of the vocabulary, counted in normal form C. What stays as it is: blanks at the ends of the line and of
// pieces, and blanks other than known spaces; punctuation that the vocabulary does not have, at a word's
// ends; words with any other unknown character, for the parts of a word mean nothing to a model; words that
// are too long.
std::vector<Piece> split_into_pieces(std::string_view line, const Vocabulary& vocabulary,
                                     std::size_t maximum_length);

}  // namespace favras::seq2seq
