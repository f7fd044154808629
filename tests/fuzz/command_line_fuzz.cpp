// A command's options: words up to an empty line, a --config file behind it.
#include "apps/seq2seq/command_line/command_line.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

namespace po = boost::program_options;

CommandLine command() {
  CommandLine line("fuzz", "Takes options of every type.", "FILE...");
  // clang-format off
  line.add_options()
      ("name,n", po::value<std::string>(), "")
      ("seed", po::value<std::uint64_t>()->default_value(1), "")
      ("count", po::value<int>()->default_value(-1), "")
      ("share", po::value<double>()->default_value(0.1), "")
      ("file", po::value<std::vector<std::string>>()->composing(), "")
      ("quiet", po::bool_switch(), "");
  // clang-format on
  return line;
}

// The values that hold, as text; nothing if the words will not do or ask for more than options.
std::optional<std::string> values_of(std::vector<std::string> words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const auto parse = [&]() -> std::optional<std::string> {
    CommandLine line = command();
    if (!line.parse(static_cast<int>(words.size()), pointers.data())) return std::nullopt;
    return line.dump_config();
  };
  return fuzz::parsed<UsageError>(parse).value_or(std::nullopt);
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  fuzz::Input input(data, size);
  std::vector<std::string> words{"fuzz"};
  for (std::string_view line; !(line = input.line()).empty();) {
    words.emplace_back(line.substr(0, line.find('\0')));
    const std::string_view word = words.back();
    // These print and are done.
    if (word.starts_with("-h") || word.find("-help") != word.npos || word.find("-version") != word.npos ||
        word.find("-dump-config") != word.npos)
      return 0;
  }
  const fuzz::MemoryFile config(input.rest());
  words.push_back("--config=" + config.path());
  const auto values = seq2seq::values_of(words);
  if (!values) return 0;
  const fuzz::MemoryFile dumped(*values);
  fuzz::require(seq2seq::values_of({"fuzz", "--config=" + dumped.path()}) == values,
                "--dump-config gives what --config takes");
  return 0;
}
