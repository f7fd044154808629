// data.json.
#include <stdexcept>

#include "apps/seq2seq/data/description.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using seq2seq::DataDescription;
  const std::string_view text = fuzz::Input(data, size).rest();
  const auto description = fuzz::parsed<std::runtime_error>([&] { return DataDescription::from_json(text); },
                                                            "not a data description");
  if (!description) return 0;
  fuzz::require(DataDescription::from_json(description->to_json()) == *description,
                "a written description is read as the same");
  return 0;
}
