#include "apps/seq2seq/model/model.h"

#include <stdexcept>

#include "apps/seq2seq/data/vocabulary.h"
#include "engine/ops/attention.h"
#include "engine/ops/concatenate.h"
#include "engine/ops/dropout.h"
#include "engine/ops/tanh.h"

namespace favras::seq2seq {

Model::Model(const ModelConfiguration& c, std::optional<std::uint64_t> seed, DType dtype, Device device,
             LstmBackend lstm)
    : configuration_(c),
      lstm_(lstm),
      parameters_(dtype, device),
      encoder_embedding_(parameters_, "encoder.embedding", c.vocabulary, c.encoding_embedding_size),
      encoder_(attends() ? std::nullopt
                         : std::optional<Lstm>(std::in_place, parameters_, "encoder.lstm",
                                               c.encoding_embedding_size, c.rnn_size, c.num_layers)),
      attended_encoder_(
          attends() ? std::optional<BidirectionalLstm>(std::in_place, parameters_, "encoder.lstm",
                                                       c.encoding_embedding_size, c.rnn_size, c.num_layers)
                    : std::nullopt),
      decoder_embedding_(parameters_, "decoder.embedding", c.vocabulary, c.decoding_embedding_size),
      decoder_(parameters_, "decoder.lstm", c.decoding_embedding_size, c.rnn_size, c.num_layers),
      attention_(attends() ? std::optional<Linear>(std::in_place, parameters_, "attention", 2 * c.rnn_size,
                                                   c.rnn_size)
                           : std::nullopt),
      output_(parameters_, "output", c.rnn_size, c.vocabulary) {
  parameters_.allocate(seed);
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters_.parameters()) count += parameter.value.elements();
  return count;
}

Encoded Model::encode(const Tensor& source, const Tensor& lengths, float keep, const DeviceStepState& state,
                      const LstmStates& initial) const {
  const kernels::DropoutMask dropout{.keep = keep, .stream = kEncoderStream, .state = state.pointer()};
  const LstmInput input{.embedding = encoder_embedding_.weight(), .ids = source};
  if (attended_encoder_) {
    if (initial.hidden) throw std::logic_error("an encoder that reads both ways cannot go on from a state");
    LstmResult read = (*attended_encoder_)(input, lengths, dropout);
    return {std::move(read.final), std::move(read.outputs[0]), lengths};
  }
  const LstmOptions options{.outputs = LstmOutputs::kNone, .dropout = dropout, .backend = lstm_};
  return {(*encoder_)(input, lengths, initial, options).final, {}, {}};
}

Variable Model::logits(const Variable& hidden, const Encoded& encoded, const Tensor& lengths,
                       const kernels::DropoutMask& dropout, Tensor* weights) const {
  if (!attention_) return output_(hidden);
  Variable context;
  if (weights) {
    Alignment aligned = alignment(hidden.value(), encoded.memory.value(), encoded.lengths, lengths);
    context = Variable(std::move(aligned.context));
    *weights = std::move(aligned.weights);
  } else {
    context = attention(hidden, encoded.memory, encoded.lengths, lengths);
  }
  const Variable attended = favras::tanh((*attention_)(concatenate({context, hidden})));
  return output_(favras::dropout(attended, dropout));
}

Loss Model::loss(const Batch& batch, float keep, const DeviceStepState& state, float label_smoothing) const {
  const Encoded encoded = encode(batch.source, batch.source_lengths, keep, state);
  const auto dropout = [&](std::uint32_t stream) {
    return kernels::DropoutMask{.keep = keep, .stream = stream, .state = state.pointer()};
  };
  const LstmResult decoded =
      decoder_({.embedding = decoder_embedding_.weight(), .ids = batch.decoder_input}, batch.target_lengths,
               encoded.states, {.dropout = dropout(kDecoderStream), .backend = lstm_});
  return softmax_cross_entropy(
      logits(decoded.outputs[0], encoded, batch.target_lengths, dropout(kAttentionStream)), batch.targets,
      kPad, label_smoothing);
}

Tensor Model::decode_step(const Tensor& ids, const Tensor& alive, const PreparedDecoder& prepared,
                          Encoded& encoded, Tensor* weights) const {
  const NoGradient no_gradient;
  LstmResult step = decoder_({.embedding = decoder_embedding_.weight(),
                              .ids = ids,
                              .projected = prepared.projected,
                              .packed = prepared.packed},
                             alive, encoded.states, {});
  encoded.states = step.final;
  return logits(step.outputs[0], encoded, {}, {}, weights).value();
}

PreparedDecoder Model::prepare_decoder() const {
  const std::vector<LstmParameters> layers = decoder_.layers();
  return {project_embedding(decoder_embedding_.weight().value(), layers[0]), pack_weights(layers, false)};
}

}  // namespace favras::seq2seq
