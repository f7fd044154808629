// Untrained models that write something worth looking at, and lines for them to read.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/decoding/decode.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

inline constexpr std::int64_t kLivelyVocabulary = 20;

inline void set_parameter(Model& model, const std::string& name,
                          const std::function<float(std::size_t, float)>& change) {
  Tensor tensor = model.parameters().at(name).value();
  std::vector<float> values = tensor.to_host<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = change(i, values[i]);
  tensor.copy_from_host(values.data(), tensor.bytes());
}

// What it writes depends on what it read and wrote, and it ends lines now and then.
inline void make_lively(Model& model) {
  set_parameter(model, "output.weight", [](std::size_t, float weight) { return 30 * weight; });
  set_parameter(model, "output.bias", [](std::size_t i, float) {
    return i == kEos ? 0.5f : i < kSpecialTokens ? -9.0f : 0.0f;
  });
}

inline ModelConfiguration small_configuration(std::int64_t layers,
                                              Architecture architecture = Architecture::kOriginal) {
  return {.architecture = architecture,
          .vocabulary = kLivelyVocabulary,
          .rnn_size = 24,
          .num_layers = layers,
          .encoding_embedding_size = 8,
          .decoding_embedding_size = 6};
}

inline std::vector<Ids> some_lines(std::size_t count) {
  std::vector<Ids> lines(count);
  std::uint32_t state = 1;
  const auto draw = [&](std::uint32_t bound) {
    return (state = state * 1664525u + 1013904223u) / 65536u % bound;
  };
  for (Ids& line : lines) {
    line.resize(draw(30));
    for (std::int32_t& id : line)
      id = static_cast<std::int32_t>(kSpecialTokens + draw(kLivelyVocabulary - kSpecialTokens));
  }
  return lines;
}

inline std::vector<Ids> ids_of(const std::vector<Decoded>& outputs) {
  std::vector<Ids> all;
  for (const Decoded& output : outputs) all.push_back(output.ids);
  return all;
}

}  // namespace favras::seq2seq
