// Lines wrong<TAB>right.
#include <stdexcept>

#include "apps/seq2seq/data/misspellings.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  const fuzz::MemoryFile file(fuzz::Input(data, size).rest());
  const auto pairs =
      fuzz::parsed<std::runtime_error>([&] { return seq2seq::read_misspellings(file.path()); }, file.path());
  if (!pairs) return 0;
  for (const seq2seq::Misspelling& pair : *pairs) {
    fuzz::require(!pair.wrong.empty() && !pair.right.empty() && pair.wrong != pair.right, "pairs differ");
    is_held_out(pair);
  }
  const fuzz::MemoryFile again(to_tsv(*pairs));
  fuzz::require(seq2seq::read_misspellings(again.path()) == *pairs, "written pairs are read as the same");
  return 0;
}
