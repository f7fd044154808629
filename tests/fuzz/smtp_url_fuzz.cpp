// The server's URL and the options beside it.
#include <chrono>

#include "apps/mailer/error.h"
#include "apps/mailer/options.h"
#include "apps/mailer/smtp_url.h"
#include "tests/fuzz/fuzz.h"

namespace favras::mailer {
namespace {

std::string written(const SmtpServer& server) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string url = server.implicit_tls ? "smtps://" : "smtp://";
  for (const char c : server.user) {
    const auto byte = static_cast<std::uint8_t>(c);
    url += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  if (!server.user.empty()) url += '@';
  const bool numeric = server.host.find(':') != server.host.npos;
  return url + (numeric ? "[" : "") + server.host + (numeric ? "]:" : ":") + std::to_string(server.port);
}

}  // namespace
}  // namespace favras::mailer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::mailer;
  const std::string text(fuzz::Input(data, size).rest());
  if (const auto server = fuzz::parsed<UsageError>([&] { return parse_smtp_url(text); }, "the SMTP URL")) {
    fuzz::require(!server->host.empty() && server->port != 0, "there is somebody to call");
    fuzz::require(parse_smtp_url(written(*server)) == *server, "a written URL is read as the same");
  }
  if (const auto timeouts = fuzz::parsed<UsageError>([&] { return parse_timeouts(text); }, "--timeouts"))
    for (const auto span : {timeouts->connect, timeouts->tls, timeouts->greeting, timeouts->command,
                            timeouts->data_start, timeouts->data_block, timeouts->data_end})
      fuzz::require(span >= std::chrono::milliseconds(1) && span <= std::chrono::hours(24),
                    "time-outs are sensible");
  return 0;
}
