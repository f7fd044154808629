// How good a model is on the lines it was not trained on, as the training log reports it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/seq2seq/decoding/corrector.h"
#include "apps/seq2seq/model/model.h"
#include "apps/seq2seq/training/line_source.h"

namespace favras::seq2seq {

// The validation lines of lowest hash that the loss and the accuracy of the log look at.
inline constexpr std::size_t kLossLines = 2048, kAccuracyLines = 10000;

class Validation {
 public:
  // Keeps references; batches for the loss are made once.
  Validation(const Dataset& dataset, const LineSource& lines, std::int64_t batch_size, Device device);

  bool empty() const { return loss_batches_.empty(); }

  // Mean over real target characters without dropout, frozen noise; not a number if there are no lines.
  // between() is called after each batch.
  double loss(
      const Model& model, const std::function<void()>& between = [] {}) const;

  struct Example {
    std::string noisy, output, clean;
  };
  struct Accuracy {
    double model = 0.0, do_nothing = 0.0;  // shares of exact lines; not numbers if there are no lines
    std::size_t lines = 0;
    std::vector<Example> examples;  // the first few whose mistakes were mended, then of those not right
  };
  // By greedy decoding, a thousand lines at a time: nothing if stop() says so in between.
  std::optional<Accuracy> accuracy(
      const Model& model, const std::function<bool()>& stop = [] { return false; }) const;

 private:
  const Dataset* dataset_;
  std::vector<Batch> loss_batches_;
  std::vector<std::string> sources_;  // of the lines for the accuracy
};

}  // namespace favras::seq2seq
