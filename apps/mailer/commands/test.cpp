// mailer test: one message, and every step of its way.
#include "apps/mailer/commands/commands.h"
#include "apps/mailer/commands/sending.h"
#include "apps/mailer/options.h"

namespace favras::mailer {

int run_test(int argc, char** argv) {
  CommandLine line("test", "Sends one message and says step by step what happens; never a password.");
  add_message_options(line);
  add_smtp_options(line.options());
  if (!line.parse(argc, argv)) return kExitDone;
  Message message = addressed_message(line);
  message.subject = "favras: a test message";
  message.text = "If you can read this, mail from favras reaches you.\n";
  if (line.given("dry-run")) {
    write_dry_run(line.text("dry-run"), message);
    return kExitDone;
  }
  if (!send_now(smtp_settings(line.values()), message, print_line)) return kExitFailed;
  print_line("sent: now look whether it has arrived, and not among the spam");
  return kExitDone;
}

}  // namespace favras::mailer
