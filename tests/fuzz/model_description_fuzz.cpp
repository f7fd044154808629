// What model.safetensors says of itself. Input: a line each for format_version, configuration, step and
// vocabulary.
#include <stdexcept>

#include "apps/seq2seq/model/model_file.h"
#include "engine/storage/safetensors_header.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

std::string model_of(fuzz::Input input) {
  SafetensorsHeader header;
  for (const char* key : {"format_version", "configuration", "step", "vocabulary"})
    header.metadata[key] = input.line();
  const std::string text = format_safetensors_header(header);
  std::string file(8, '\0');
  for (std::size_t i = 0; i < file.size(); ++i)
    file[i] = static_cast<char>(std::uint64_t{text.size()} >> 8 * i);
  return file + text;
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  const fuzz::MemoryFile file(seq2seq::model_of({data, size}));
  const auto description = fuzz::parsed<std::runtime_error>(
      [&] { return seq2seq::read_model_description(file.path()); }, file.path());
  if (!description) return 0;
  const auto& configuration = description->configuration;
  for (const std::int64_t count :
       {configuration.rnn_size, configuration.num_layers, description->maximum_length,
        configuration.encoding_embedding_size, configuration.decoding_embedding_size})
    fuzz::require(count >= 1, "sizes are positive");
  fuzz::require(configuration.vocabulary == description->vocabulary.size(), "the vocabulary has its size");
  return 0;
}
