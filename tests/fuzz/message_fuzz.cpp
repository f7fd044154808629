// A message as a file: what is read, and what becomes of it when it is written again.
#include <stdexcept>

#include "apps/mailer/digest.h"
#include "apps/mailer/error.h"
#include "apps/mailer/message.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  const std::string_view eml = fuzz::Input(data, size).rest();
  const auto message = fuzz::parsed<std::runtime_error>([&] { return read_message(eml); });
  if (!message) return 0;
  fold_digests({*message, *message});
  const auto written = fuzz::parsed<UsageError>([&] { return compose(*message); });
  if (!written) return 0;
  const Message again = read_message(*written);
  fuzz::require(compose(again) == *written, "a written message is read as the same");
  return 0;
}
