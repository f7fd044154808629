// Text in, text out: a model and its vocabulary applied to lines.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model.h"

namespace favras::seq2seq {

class Corrector {
 public:
  // maximum_length: the longest line, in characters, that the model was trained on.
  Corrector(const Model& model, const Vocabulary& vocabulary, std::int64_t maximum_length)
      : model_(&model), vocabulary_(&vocabulary), maximum_length_(maximum_length) {}

  // The model's output for each line as it is: what accuracy is measured on. Lines of similar length are
  // decoded together; the order of the results is that of the lines.
  std::vector<std::string> decode(std::span<const std::string> lines) const;

  // For use on any text: a line longer than the model knows is cut at spaces into pieces that fit, characters
  // outside the vocabulary and blanks at the ends pass through unchanged, and the pieces are joined again.
  std::vector<std::string> correct(std::span<const std::string> lines) const;

 private:
  const Model* model_;
  const Vocabulary* vocabulary_;
  std::int64_t maximum_length_;
};

}  // namespace favras::seq2seq
