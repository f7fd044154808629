// Mixtures of noise: human=0.5,uniform=1.
#include "apps/seq2seq/command_line/usage_error.h"
#include "apps/seq2seq/training/noise_text.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  const std::string text(fuzz::Input(data, size).rest());
  const auto mix = fuzz::parsed<UsageError>([&] { return parse_noise(text); });
  if (!mix) return 0;
  for (const double weight : {mix->human, mix->keyboard, mix->uniform})
    fuzz::require(weight >= 0.0 && weight <= 5.0, "weights are within their bounds");
  NoiseMix again = parse_noise(to_string(*mix));
  if (mix->keyboard == 0.0) again.layout = mix->layout;  // a model that is left out has no layout
  fuzz::require(again == *mix, "a written mixture is read as the same");
  return 0;
}
