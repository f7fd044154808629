// Files of `name = value`: what is read, and values as they are written.
#include "apps/seq2seq/command_line/config_file.h"
#include "apps/seq2seq/command_line/usage_error.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

void check_written(const std::string& line, const std::string& name, const std::string& value) {
  const fuzz::MemoryFile file(line);
  const std::vector<ConfigEntry> entries = read_config_file(file.path());
  fuzz::require(entries.size() == 1 && entries[0].name == name && entries[0].value == value,
                "a written value is read as the same");
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  const std::string text(fuzz::Input(data, size).rest());
  if (const auto line = fuzz::parsed<UsageError>([&] { return config_line("name", text); }))
    check_written(*line, "name", text);
  const fuzz::MemoryFile file(text);
  const auto entries = fuzz::parsed<UsageError>([&] { return read_config_file(file.path()); }, file.path());
  if (!entries) return 0;
  int last = 0;
  for (const ConfigEntry& entry : *entries) {
    fuzz::require(entry.line > last, "lines are counted");
    last = entry.line;
    const auto line = fuzz::parsed<UsageError>([&] { return config_line(entry.name, entry.value); });
    fuzz::require(line || entry.value.starts_with('#'), "what was read can be written, but for name=#value");
    if (line) check_written(*line, entry.name, entry.value);
  }
  return 0;
}
