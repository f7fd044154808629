// The header of a safetensors file. Input: a line with how many bytes of data there are, then the header.
#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <tuple>

#include "engine/storage/safetensors_header.h"
#include "tests/fuzz/fuzz.h"

namespace favras {
namespace {

bool same(const SafetensorsHeader& a, const SafetensorsHeader& b) {
  const auto fields = [](const SafetensorsEntry& entry) {
    return std::tie(entry.name, entry.dtype, entry.shape, entry.begin, entry.end);
  };
  return a.metadata == b.metadata &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(),
                    [&](const auto& x, const auto& y) { return fields(x) == fields(y); });
}

}  // namespace
}  // namespace favras

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  fuzz::Input input(data, size);
  const std::string_view digits = input.line();
  std::uint64_t bytes = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), bytes);
  const auto header =
      fuzz::parsed<std::runtime_error>([&] { return parse_safetensors_header(input.rest(), bytes); });
  if (!header) return 0;

  std::uint64_t covered = 0;
  for (const SafetensorsEntry& entry : header->entries) {
    fuzz::require(entry.begin == covered && entry.end >= entry.begin, "tensors follow each other");
    covered = entry.end;
    std::uint64_t taken = dtype_size(entry.dtype);
    for (const std::int64_t length : entry.shape) {
      fuzz::require(length >= 0, "sizes are not negative");
      taken *= static_cast<std::uint64_t>(length);
    }
    fuzz::require(taken == entry.end - entry.begin, "shape and place agree");
  }
  fuzz::require(covered == bytes, "tensors cover the data");
  const std::string text = format_safetensors_header(*header);
  fuzz::require((8 + text.size()) % kSafetensorsAlignment == 0, "a written header is aligned");
  fuzz::require(same(parse_safetensors_header(text, bytes), *header), "a written header is read as the same");
  return 0;
}
