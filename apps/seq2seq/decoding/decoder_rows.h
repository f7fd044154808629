// The decoder while it writes: rows side by side, one for each line or hypothesis, whose states stay on the
// device.
#pragma once

#include <span>

#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

class DecoderRows {
 public:
  // Reads the sources, of which there is at least one: row i has read sources[i] and written nothing yet.
  DecoderRows(const Model& model, std::span<const Ids> sources);

  std::size_t size() const { return rows_; }

  // Logits [size(), V] of what follows the last character of every row, kGo at the start. weights, if wanted
  // and the model has attention: how much each character that was read was looked at, [size(), T].
  Tensor step(const Ids& last, Tensor* weights = nullptr);

  // Row i becomes a copy of what was row parents[i]; there may be fewer or more rows than before.
  void select(const Ids& parents);

 private:
  const Model* model_;
  std::size_t rows_;
  Encoded encoded_;
  PreparedDecoder prepared_;
  Tensor alive_;
};

}  // namespace favras::seq2seq
