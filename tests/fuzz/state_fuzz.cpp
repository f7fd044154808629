// state.json of a checkpoint.
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "apps/seq2seq/training/training_state.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

std::string written(const TrainingState& state) {
  const std::filesystem::path path = fuzz::scratch() / "state.json";
  write_state(path, state);
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  const fuzz::MemoryFile file(fuzz::Input(data, size).rest());
  const auto state = fuzz::parsed<std::runtime_error>([&] { return read_state(file.path()); }, file.path());
  if (!state) return 0;
  const std::string text = written(*state);
  const fuzz::MemoryFile copy(text);
  fuzz::require(written(read_state(copy.path())) == text, "a written state is read as the same");
  return 0;
}
