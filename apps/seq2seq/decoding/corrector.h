// Text in, text out: a model and its vocabulary applied to lines.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/changes.h"
#include "apps/seq2seq/decoding/decode.h"
#include "apps/seq2seq/decoding/teacher_forcing.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

struct CorrectorOptions {
  int beam = 1;
  // A change of words is made only if the model gives it at least this probability (changes.h); 0: always.
  double keep_unless = 0.0;
  int n_best = 1;           // corrections of a line, at most `beam`
  bool confidence = false;  // the probabilities of corrections and of their changes are wanted
  // The model has learnt to write UNK for what it read as UNK: it may read words with some characters that it
  // does not know, and these are copied (unknown_characters.h).
  bool copies_unknown = false;
};

// One way that a line may come out. The rest is there if it was asked for.
struct Correction {
  struct WordChange {
    std::string before, after;
    double log_probability;  // as Change has it
  };
  std::string text;
  std::vector<WordChange> changes{};
  // Of the text given the line: the sum over the pieces that the model read of what it gives each of them to
  // become what it is in the text, its end included. 0 if it read nothing.
  double log_probability = 0.0;
};
using Corrections = std::vector<Correction>;

class Corrector {
 public:
  // Outputs for any number of sources, in their order; and what force() gives.
  using Decoder =
      std::function<std::vector<Decoded>(std::span<const Ids> sources, const DecodeOptions& options)>;
  using Forcer = std::function<std::vector<Forced>(std::span<const Ids> sources, std::span<const Ids> outputs,
                                                   bool weights)>;

  // Both keep references. maximum_length: the longest line, in characters, that the model was trained on.
  Corrector(const Model& model, const Vocabulary& vocabulary, std::int64_t maximum_length,
            const CorrectorOptions& options = {});
  // The forcer is for confidence and copies_unknown.
  Corrector(Decoder decoder, const Vocabulary& vocabulary, std::int64_t maximum_length,
            const CorrectorOptions& options = {}, Forcer forcer = {})
      : decoder_(std::move(decoder)),
        forcer_(std::move(forcer)),
        vocabulary_(&vocabulary),
        maximum_length_(static_cast<std::size_t>(maximum_length)),
        options_(options) {}

  // The model's outputs for each line as a whole, the best first: one, or up to options.n_best that differ.
  std::vector<Corrections> decode_lines(std::span<const std::string> lines) const;

  // For use on any text (valid UTF-8): the model reads windows of what it knows (windows.h), and what it
  // would not change stays byte for byte. As many for each line as decode_lines() gives.
  std::vector<Corrections> correct_lines(std::span<const std::string> lines) const;

  // The best of each.
  std::vector<std::string> decode(std::span<const std::string> lines) const;  // of lines as in training
  std::vector<std::string> correct(std::span<const std::string> lines) const;

 private:
  struct Piece;
  struct Line;
  struct Draft;
  using Drafts = std::vector<Draft>;

  void write(std::vector<Line>& lines) const;
  void copy_unknown_characters(std::vector<Line>& lines) const;
  Drafts decoded(const Line& line) const;
  Drafts corrected(const Line& line) const;
  std::vector<Change> changes_of(const Line& line, std::size_t piece, std::size_t output) const;
  void find_probabilities(std::span<const Line> lines, std::vector<Drafts>& drafts) const;
  std::vector<Corrections> corrections(std::span<const Line> lines, std::vector<Drafts> drafts) const;

  Decoder decoder_;
  Forcer forcer_;
  const Vocabulary* vocabulary_;
  std::size_t maximum_length_;
  CorrectorOptions options_;
};

}  // namespace favras::seq2seq
