// The loss of a model on lines that it does not train on: mean over real target characters, no dropout.
#pragma once

#include <limits>

#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

class MeanLoss {
 public:
  explicit MeanLoss(const Model& model) : model_(&model), state_(model.device()) {}

  void add(const Batch& batch) {
    const NoGradient no_gradient;
    const Loss loss = model_->loss(batch, 1.0f, state_);
    sum_ += loss.sum.to_host<float>()[0];
    count_ += loss.count.to_host<float>()[0];
  }
  // Over all batches added; not a number if they hold no line.
  double value() const { return count_ > 0.0 ? sum_ / count_ : std::numeric_limits<double>::quiet_NaN(); }

 private:
  const Model* model_;
  DeviceStepState state_;
  double sum_ = 0.0, count_ = 0.0;
};

}  // namespace favras::seq2seq
