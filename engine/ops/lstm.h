// A stack of LSTM layers as one operation; the mathematics and the meaning of lengths, reverse and dropout
// are those of kernels/lstm/lstm.h.
#pragma once

#include <span>
#include <vector>

#include "engine/variable.h"
#include "kernels/dropout/dropout.h"

namespace favras {

// One layer: weight_ih [4H, I], weight_hh [4H, H], bias [4H]; gates in the order i, f, g, o.
struct LstmParameters {
  Variable weight_ih, weight_hh, bias;
};

// What the first layer reads: a sequence [T, B, I], or an embedding table [V, I] and ids [T, B] (int32, each
// in [0, V) where t < lengths[b]). The product of table and weight_ih is made once per call and gathered,
// which spares the first layer's input product; it may be given, from project_embedding().
struct LstmInput {
  Variable sequence;
  Variable embedding;
  Tensor ids;
  Tensor projected;  // [V, 4H], or none; only while nothing is recorded
  Tensor packed;     // of pack_weights(), or none
};

struct LstmStates {
  Variable hidden, cell;  // [L, B, H]; none for zeros
};

enum class LstmOutputs { kNone, kTop, kAll };

// Whose kernels: ours, or cuDNN's on CUDA devices (kernels/lstm/lstm_cudnn.h), for comparison.
enum class LstmBackend { kFavras, kCudnn };

struct LstmOptions {
  LstmOutputs outputs = LstmOutputs::kTop;
  kernels::DropoutMask dropout;  // of every layer's output; layer l draws from stream + l
  bool reverse = false;
  LstmBackend backend = LstmBackend::kFavras;
};

struct LstmResult {
  std::vector<Variable> outputs;  // [T, B, H]: none, the top layer's, or every layer's
  LstmStates final;
};

// lengths: int32 [B], each in [0, T]. layers: L >= 1. Throws std::invalid_argument naming what does not fit.
LstmResult lstm(const LstmInput& input, const Tensor& lengths, std::span<const LstmParameters> layers,
                const LstmStates& initial = {}, const LstmOptions& options = {});

// The layers' weights as the device's products read them fastest, for many calls of a step each: `sequence`
// says whether the first layer will read a sequence. None where the device has no such layout.
Tensor pack_weights(std::span<const LstmParameters> layers, bool sequence);

// embedding weight_ih^T + bias: [V, 4H].
Tensor project_embedding(const Tensor& embedding, const LstmParameters& first_layer);

}  // namespace favras
