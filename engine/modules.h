// Parameters that belong together, and the operation they feed. A module declares its parameters in an
// arena under a prefix; names and layouts are PyTorch's.
#pragma once

#include <string>
#include <vector>

#include "engine/ops/lstm.h"
#include "engine/parameters.h"
#include "engine/variable.h"

namespace favras {

// PREFIX.weight [vocabulary, size]
class Embedding {
 public:
  Embedding(ParameterArena& arena, const std::string& prefix, std::int64_t vocabulary, std::int64_t size);
  const Variable& weight() const { return arena_->at(prefix_ + ".weight"); }
  Variable operator()(const Tensor& ids) const;

 private:
  const ParameterArena* arena_;
  std::string prefix_;
};

// PREFIX.weight [outputs, inputs], PREFIX.bias [outputs]
class Linear {
 public:
  Linear(ParameterArena& arena, const std::string& prefix, std::int64_t inputs, std::int64_t outputs);
  Variable operator()(const Variable& x) const;

 private:
  const ParameterArena* arena_;
  std::string prefix_;
};

// PREFIX.weight_ih_lK [4H, I], PREFIX.weight_hh_lK [4H, H], PREFIX.bias_ih_lK [4H]: the one bias that
// PyTorch's two add up to.
class Lstm {
 public:
  Lstm(ParameterArena& arena, const std::string& prefix, std::int64_t inputs, std::int64_t hidden_size,
       std::int64_t layers);
  LstmResult operator()(const LstmInput& input, const Tensor& lengths, const LstmStates& initial,
                        const LstmOptions& options) const;
  std::vector<LstmParameters> layers() const;

 private:
  const ParameterArena* arena_;
  std::string prefix_;
  std::int64_t layers_;
};

// A stack whose every layer is two of half the size, one that walks each row from its first element to its
// last and one that walks back; what both write, side by side, is the next layer's input. PREFIX.weight_ih_lK
// [2H, I] and so on as of Lstm, and the same with _reverse at the end.
class BidirectionalLstm {
 public:
  // hidden_size: H of both together; even
  BidirectionalLstm(ParameterArena& arena, const std::string& prefix, std::int64_t inputs,
                    std::int64_t hidden_size, std::int64_t layers);
  // outputs: the top layer's [T, B, H]; final: [L, B, H], of each way after its last element. Layer l drops
  // out with stream + 2 l forwards, stream + 2 l + 1 backwards.
  LstmResult operator()(const LstmInput& input, const Tensor& lengths,
                        const kernels::DropoutMask& dropout) const;

 private:
  const ParameterArena* arena_;
  std::string prefix_;
  std::int64_t layers_;
};

}  // namespace favras
