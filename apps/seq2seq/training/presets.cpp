#include "apps/seq2seq/training/presets.h"

#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

namespace {

using Values = std::map<std::string, std::string>;

// Of all with attention. Without dropout, since text with fresh mistakes is never seen twice.
Values attention(const char* rnn_size, const char* embedding_size, const char* learning_rate) {
  return {{"architecture", "attention"},
          {"rnn-size", rnn_size},
          {"num-layers", "1"},
          {"encoding-embedding-size", embedding_size},
          {"decoding-embedding-size", embedding_size},
          {"keep-probability", "1"},
          {"learning-rate", learning_rate},
          {"warmup-steps", "300"},
          {"schedule", "linear"},
          {"clip", "0"},
          {"clip-norm", "1"},
          {"average-weights", "0.999"},
          {"unknown-share", "0.002"}};
}

const std::vector<std::pair<std::string, Values>>& table() {
  static const std::vector<std::pair<std::string, Values>> presets{
      {"original", {}},
      {"tiny", attention("128", "32", "0.005")},
      {"small", attention("256", "128", "0.004")},
      {"base", attention("512", "128", "0.003")}};
  return presets;
}

}  // namespace

const Values& preset(const std::string& name) {
  for (const auto& [other, values] : table())
    if (name == other) return values;
  std::vector<std::string> names;
  for (const auto& [other, values] : table()) names.push_back(other);
  throw UsageError(fmt::format("'{}' will not do: expected one of {}", name, fmt::join(names, ", ")));
}

}  // namespace favras::seq2seq
