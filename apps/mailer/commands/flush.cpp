// mailer flush: one attempt at everything that waits in a spool.
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "apps/mailer/commands/commands.h"
#include "apps/mailer/commands/sending.h"
#include "apps/mailer/delivery.h"
#include "apps/mailer/options.h"

namespace favras::mailer {

int run_flush(int argc, char** argv) {
  CommandLine line("flush", "Sends what waits in a spool. Fails if anything is left or refused.");
  line.options().add_options()("spool", boost::program_options::value<std::string>()->value_name("DIR"),
                               "the spool")("retry-refused",
                                            "also what a server has refused for good before");
  add_smtp_options(line.options());
  if (!line.parse(argc, argv)) return kExitDone;
  const SmtpSettings settings = smtp_settings(line.values());
  const std::filesystem::path directory = line.needed("spool");
  if (!is_directory(directory))
    throw std::runtime_error(fmt::format("there is no spool {}", directory.string()));
  Spool spool(directory, print_error);
  const SpoolLock lock(spool);
  if (line.given("retry-refused")) spool.retry_failed();
  SmtpClient client(settings);
  Delivery delivery(spool, client, print_error);
  const Delivery::Pass pass = delivery.run(Delivery::Clock::now());
  if (!pass.failure.empty()) print_error(fmt::format("mailer flush: {}", pass.failure));
  if (pass.pause.count() != 0)
    print_error(
        fmt::format("mailer flush: the server should be left alone for {} minutes", pass.pause.count() / 60));
  print_line(fmt::format("{} sent, {} refused (see {}/failed), {} left", pass.accepted, pass.refused,
                         spool.directory().string(), pass.left));
  return pass.left == 0 && pass.refused == 0 ? kExitDone : kExitFailed;
}

}  // namespace favras::mailer
