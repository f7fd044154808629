// Beam search of one line, apart from the model: the best beginnings so far, and the outputs that have ended.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/seq2seq/decoding/decode.h"

namespace favras::seq2seq {

// What outputs are compared by: the sum of its log-probabilities, the end of the line among them, divided by
// their number, so that a long output is not worse for being long. It must have some.
double mean_log_probability(const Decoded& output);

// In every step, the most probable continuations of the beginnings, `width` less the outputs that have ended,
// live on: those that end the line, or are as long as the limit, have ended. Of equally probable ones, that
// of the earlier beginning lives, and of the same beginning the one that was named first.
class Beam {
 public:
  struct Continuation {
    std::size_t parent = 0;  // the beginning that it continues
    std::int32_t id = 0;
    float log_probability = 0.0f;  // given the beginning
  };

  // width >= 1; limit: the most characters of an output, at least 1. Starts with one empty beginning.
  Beam(std::size_t width, std::int64_t limit);

  std::size_t size() const { return beginnings_.size(); }  // 0 when all have ended
  std::int32_t last(std::size_t beginning) const { return beginnings_[beginning].output.ids.back(); }

  // Of every beginning its `width` most probable continuations, or as many as there are, in falling order.
  // Gives the parents of the beginnings that there are now.
  std::vector<std::size_t> advance(const std::vector<Continuation>& continuations);

  // The outputs, once all have ended: by falling mean log-probability, of equals the one that ended first.
  std::vector<Decoded> take_all();

 private:
  struct Hypothesis {
    Decoded output;
    double log_probability = 0.0;  // of all
  };

  std::size_t width_;
  std::size_t limit_;
  std::vector<Hypothesis> beginnings_;  // the most probable first
  std::vector<Decoded> ended_;
};

}  // namespace favras::seq2seq
