// The sequence-to-sequence network: an LSTM encoder reads a line, an LSTM decoder that starts from its final
// states writes one (Sutskever et al., NIPS 2014). Parameters: encoder.embedding, encoder.lstm,
// decoder.embedding, decoder.lstm, output.
//
// With attention (Luong, Pham and Manning, EMNLP 2015) the encoder reads both ways, and every step of the
// decoder looks at all that it has written: h~ = tanh(W [context; h] + b) takes the place of h before the
// output. Parameters also: attention.
#pragma once

#include <cstdint>
#include <optional>

#include "apps/seq2seq/model/architecture.h"
#include "apps/seq2seq/model/batch.h"
#include "engine/modules.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "engine/step_state.h"

namespace favras::seq2seq {

struct ModelConfiguration {
  Architecture architecture = Architecture::kOriginal;
  std::int64_t vocabulary = 0;  // with the four special tokens
  std::int64_t rnn_size = 512;  // with attention, of both ways of the encoder together: even
  std::int64_t num_layers = 2;
  std::int64_t encoding_embedding_size = 512;
  std::int64_t decoding_embedding_size = 512;

  friend bool operator==(const ModelConfiguration&, const ModelConfiguration&) = default;
};

// Dropout streams of the two stacks; layer l draws from the stack's first + l, or + 2 l and + 2 l + 1. And
// that of what attention gives.
inline constexpr std::uint32_t kEncoderStream = 256, kDecoderStream = 512, kAttentionStream = 768;

// What has been read: states [L, B, H] to go on from and, with attention, the encoder's outputs [T, B, H]
// with the lengths [B] of their rows.
struct Encoded {
  LstmStates states;
  Variable memory;
  Tensor lengths;
};

// What all steps of the decoder share, as long as the weights stay.
struct PreparedDecoder {
  Tensor projected, packed;  // as LstmInput has them
};

class Model {
 public:
  // dtype: of activations and of the parameters as operations read them. lstm: whose kernels train; decoding
  // takes ours. Without a seed the weights are zeros, for those of a file.
  Model(const ModelConfiguration& configuration, std::optional<std::uint64_t> seed,
        DType dtype = DType::kFloat32, Device device = {}, LstmBackend lstm = LstmBackend::kFavras);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const ModelConfiguration& configuration() const { return configuration_; }
  ParameterArena& parameters() { return parameters_; }
  const ParameterArena& parameters() const { return parameters_; }
  std::int64_t parameter_count() const;  // those that are trained; the arena also has padding between them
  Device device() const { return parameters_.device(); }

  // The mean loss over the batch's real target characters, under teacher forcing. keep < 1 drops out with
  // the masks of *state.
  Loss loss(const Batch& batch, float keep, const DeviceStepState& state, float label_smoothing = 0.0f) const;

  // For source ids [T, B] and lengths [B], after what led to the initial states; with attention, whole lines
  // alone can be read.
  Encoded encode(const Tensor& source, const Tensor& lengths, float keep, const DeviceStepState& state,
                 const LstmStates& initial = {}) const;

  // One step of the decoder without dropout or gradient: ids [1, B], alive [B] (1, or 0 for a row whose
  // state stays) -> logits [1, B, V]; the states are replaced. `prepared` is from prepare_decoder().
  // weights, if wanted and there is attention: how much the step looked at what was read, [1, B, T].
  Tensor decode_step(const Tensor& ids, const Tensor& alive, const PreparedDecoder& prepared,
                     Encoded& encoded, Tensor* weights = nullptr) const;
  PreparedDecoder prepare_decoder() const;

 private:
  bool attends() const { return configuration_.architecture == Architecture::kAttention; }
  // Of the decoder's outputs [U, B, H], of rows of so many steps. With weights, without a gradient.
  Variable logits(const Variable& hidden, const Encoded& encoded, const Tensor& lengths,
                  const kernels::DropoutMask& dropout, Tensor* weights = nullptr) const;

  ModelConfiguration configuration_;
  LstmBackend lstm_;
  ParameterArena parameters_;
  Embedding encoder_embedding_;
  std::optional<Lstm> encoder_;                        // of the original
  std::optional<BidirectionalLstm> attended_encoder_;  // or this
  Embedding decoder_embedding_;
  Lstm decoder_;
  std::optional<Linear> attention_;
  Linear output_;
};

}  // namespace favras::seq2seq
