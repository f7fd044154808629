#include "apps/seq2seq/model/model.h"

#include "apps/seq2seq/data/vocabulary.h"

namespace favras::seq2seq {

Model::Model(const ModelConfiguration& c, std::optional<std::uint64_t> seed, DType dtype, Device device,
             LstmBackend lstm)
    : configuration_(c),
      lstm_(lstm),
      parameters_(dtype, device),
      encoder_embedding_(parameters_, "encoder.embedding", c.vocabulary, c.encoding_embedding_size),
      encoder_(parameters_, "encoder.lstm", c.encoding_embedding_size, c.rnn_size, c.num_layers),
      decoder_embedding_(parameters_, "decoder.embedding", c.vocabulary, c.decoding_embedding_size),
      decoder_(parameters_, "decoder.lstm", c.decoding_embedding_size, c.rnn_size, c.num_layers),
      output_(parameters_, "output", c.rnn_size, c.vocabulary) {
  parameters_.allocate(seed);
}

std::int64_t Model::parameter_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters_.parameters()) count += parameter.value.elements();
  return count;
}

LstmStates Model::encode(const Tensor& source, const Tensor& lengths, float keep,
                         const DeviceStepState& state, const LstmStates& initial) const {
  const LstmOptions options{.outputs = LstmOutputs::kNone,
                            .dropout = {.keep = keep, .stream = kEncoderStream, .state = state.pointer()},
                            .backend = lstm_};
  return encoder_({.embedding = encoder_embedding_.weight(), .ids = source}, lengths, initial, options).final;
}

Loss Model::loss(const Batch& batch, float keep, const DeviceStepState& state, float label_smoothing) const {
  const LstmStates encoded = encode(batch.source, batch.source_lengths, keep, state);
  const LstmOptions options{.dropout = {.keep = keep, .stream = kDecoderStream, .state = state.pointer()},
                            .backend = lstm_};
  const LstmResult decoded = decoder_({.embedding = decoder_embedding_.weight(), .ids = batch.decoder_input},
                                      batch.target_lengths, encoded, options);
  return softmax_cross_entropy(output_(decoded.outputs[0]), batch.targets, kPad, label_smoothing);
}

Tensor Model::decode_step(const Tensor& ids, const Tensor& alive, const PreparedDecoder& prepared,
                          LstmStates& states) const {
  const NoGradient no_gradient;
  LstmResult step = decoder_({.embedding = decoder_embedding_.weight(),
                              .ids = ids,
                              .projected = prepared.projected,
                              .packed = prepared.packed},
                             alive, states, {});
  states = step.final;
  return output_(step.outputs[0]).value();
}

PreparedDecoder Model::prepare_decoder() const {
  const std::vector<LstmParameters> layers = decoder_.layers();
  return {project_embedding(decoder_embedding_.weight().value(), layers[0]), pack_weights(layers, false)};
}

}  // namespace favras::seq2seq
