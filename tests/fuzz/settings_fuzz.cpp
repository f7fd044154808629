// RUN/config.ini: the text forms of all settings.
#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/training/train_options.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

using Values = std::map<std::string, std::string>;

std::optional<TrainOptions> options_of(const Values& values) {
  return fuzz::parsed<UsageError>([&] {
    TrainOptions options;
    apply(options, values);
    return options;
  });
}

Values texts_of(const TrainOptions& options) {
  Values texts;
  for (const Setting& setting : settings())
    if (const std::string text = setting.get(options); !text.empty()) texts[setting.name] = text;
  return texts;
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  const fuzz::MemoryFile file(fuzz::Input(data, size).rest());
  const auto values = fuzz::parsed<UsageError>([&] { return read_config(file.path()); }, file.path());
  if (!values) return 0;
  const auto options = options_of(*values);
  if (!options || options->device.empty()) return 0;  // what is empty is not written
  noise_mix(*options);
  const Values texts = texts_of(*options);
  const auto again = options_of(texts);
  fuzz::require(again && texts_of(*again) == texts, "written settings are read as the same");
  const std::filesystem::path copy = fuzz::scratch() / "config.ini";
  if (fuzz::parsed<UsageError>([&] { return write_config(copy, *options), true; }))
    fuzz::require(read_config(copy) == texts, "a written config.ini is read as the same");
  return 0;
}
