// A whole safetensors file. Input: the file; or '=', a line with the header, and the data, before which the
// header's length is put.
#include <algorithm>
#include <stdexcept>

#include "engine/storage/safetensors.h"
#include "tests/fuzz/fuzz.h"

namespace favras {
namespace {

std::string file_of(fuzz::Input input) {
  if (!input.rest().starts_with('=')) return std::string(input.rest());
  input.byte();
  const std::string_view header = input.line();
  std::string file(8, '\0');
  for (std::size_t i = 0; i < file.size(); ++i)
    file[i] = static_cast<char>(std::uint64_t{header.size()} >> 8 * i);
  return file.append(header).append(input.rest());
}

bool same(const SafetensorsFile& a, const SafetensorsFile& b) {
  if (a.metadata() != b.metadata() || a.tensors().size() != b.tensors().size()) return false;
  return std::all_of(a.tensors().begin(), a.tensors().end(), [&](const TensorRecord& left) {
    const TensorRecord& right = b.at(left.name);
    return left.dtype == right.dtype && left.shape == right.shape &&
           std::equal(left.data.begin(), left.data.end(), right.data.begin(), right.data.end());
  });
}

}  // namespace
}  // namespace favras

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  const fuzz::MemoryFile memory(file_of({data, size}));
  const std::string path = memory.path();
  std::optional<SafetensorsFile> file;
  if (!fuzz::parsed<std::runtime_error>([&] { return &file.emplace(path); }, path)) return 0;

  const std::filesystem::path copy = fuzz::scratch() / "copy.safetensors";
  write_safetensors(copy, file->tensors(), file->metadata());
  fuzz::require(same(*file, SafetensorsFile(copy)), "a written file is read as the same");
  return 0;
}
