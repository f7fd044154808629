// What several commands share: whose message it is, and one message on its way without a spool.
#pragma once

#include <string>

#include "apps/mailer/command_line.h"
#include "apps/mailer/message.h"
#include "apps/mailer/smtp_client.h"

namespace favras::mailer {

// --mail-from, --mail-to and --dry-run.
void add_message_options(CommandLine& line);
Message addressed_message(const CommandLine& line);

// DIR/<id>.eml, whose name goes to standard output.
void write_dry_run(const std::string& directory, const Message& message);

// Sends at once; whether every recipient was accepted. `report` hears of the steps, and standard error of
// those who were not. Throws SessionError.
bool send_now(const SmtpSettings& settings, const Message& message, const Report& report);

// A line on standard output, or on standard error, at once.
void print_line(const std::string& line);
void print_error(const std::string& line);

}  // namespace favras::mailer
