// Text in, text out: a model and its vocabulary applied to lines.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/changes.h"
#include "apps/seq2seq/decoding/decode.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

struct CorrectorOptions {
  int beam = 1;
  // A change of words is made only if the model gives it at least this probability (changes.h); 0: always.
  double keep_unless = 0.0;
};

class Corrector {
 public:
  // Outputs for any number of sources, in their order.
  using Decoder =
      std::function<std::vector<Decoded>(std::span<const Ids> sources, const DecodeOptions& options)>;

  // Both keep references. maximum_length: the longest line, in characters, that the model was trained on.
  Corrector(const Model& model, const Vocabulary& vocabulary, std::int64_t maximum_length,
            const CorrectorOptions& options = {});
  Corrector(Decoder decoder, const Vocabulary& vocabulary, std::int64_t maximum_length,
            const CorrectorOptions& options = {})
      : decoder_(std::move(decoder)),
        vocabulary_(&vocabulary),
        maximum_length_(static_cast<std::size_t>(maximum_length)),
        options_(options) {}

  // The model's output for each line as a whole: what accuracy is measured on.
  std::vector<std::string> decode(std::span<const std::string> lines) const;

  // For use on any text (valid UTF-8): the model reads windows of what it knows (windows.h), and what it
  // would not change stays byte for byte.
  std::vector<std::string> correct(std::span<const std::string> lines) const;

 private:
  std::vector<Decoded> decode_ids(std::span<const Ids> sources) const;
  std::u32string text_of(const Decoded& output) const;
  std::vector<Change> changes_of(std::u32string_view words, const Decoded& output) const;

  Decoder decoder_;
  const Vocabulary* vocabulary_;
  std::size_t maximum_length_;
  CorrectorOptions options_;
};

}  // namespace favras::seq2seq
