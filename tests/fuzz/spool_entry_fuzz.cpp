// A file of the spool.
#include <stdexcept>

#include "apps/mailer/spool_entry.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  const std::string_view bytes = fuzz::Input(data, size).rest();
  const auto entry = fuzz::parsed<std::runtime_error>([&] { return read_entry(bytes); });
  if (!entry) return 0;
  const Letter& letter = entry->letter;
  const std::size_t recipients = letter.envelope.to.size();
  fuzz::require(recipients > 0 && letter.outcomes.size() == recipients && entry->places.size() == recipients,
                "every recipient has an outcome and its place");
  for (std::size_t i = 0; i < recipients; ++i)
    fuzz::require(bytes.at(entry->places[i]) == symbol_of(letter.outcomes[i]),
                  "the places are those of the outcomes");
  fuzz::require(bytes.starts_with(write_entry(letter)),
                "a written entry is the same, but for what comes behind it");
  return 0;
}
