// What a model makes of outputs that it is given: how probable they are to it, and where it looks while it
// writes them.
#pragma once

#include <span>
#include <vector>

#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

struct Forced {
  // The logarithms of the probabilities of each character, and of the end of the line behind them, given all
  // that stands before.
  std::vector<float> log_probabilities;
  // For each of these, how much every character of the source was looked at: they sum to 1. None if they were
  // not asked for, or the model has no attention.
  std::vector<std::vector<float>> weights;
};

// Any number of lines: outputs[i] is what the model writes for sources[i].
std::vector<Forced> force(const Model& model, std::span<const Ids> sources, std::span<const Ids> outputs,
                          bool weights = false);

}  // namespace favras::seq2seq
