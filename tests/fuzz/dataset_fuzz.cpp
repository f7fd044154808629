// The lines of a data directory. Input: a byte, odd for pairs, then train.txt or train.tsv.
#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/data/dataset.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  fuzz::Input input(data, size);
  const bool pairs = input.byte() % 2 != 0;
  std::string text(input.rest());
  if (!text.empty() && text.back() != '\n') text += '\n';

  const std::filesystem::path directory = fuzz::scratch();
  write(training_file(directory, pairs), text);
  write(validation_file(directory, pairs), "");
  write(vocabulary_file(directory), Vocabulary(U" ab").to_json());
  DataDescription description;
  description.settings.task = pairs ? "pairs" : "text";
  description.counts.train = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  description.fingerprint = fingerprint_of(directory, pairs);
  write(description_file(directory), description.to_json());

  const auto dataset =
      fuzz::parsed<std::runtime_error>([&] { return load_dataset(directory); }, directory.string());
  if (!dataset) return 0;
  std::string together;
  for (const Line& line : dataset->train) together += (pairs ? line.source + '\t' : "") + line.target + '\n';
  fuzz::require(together == text && dataset->validation.empty(), "every line comes, in order");
  return 0;
}
