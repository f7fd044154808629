// What mail a training sends, to whom and how: the options of the command line under "Mail".
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/mailer/address.h"
#include "apps/mailer/smtp_client.h"
#include "apps/seq2seq/command_line/command_line.h"

namespace favras::seq2seq {

// Which of a training's events make a mail.
struct MailOccasions {
  std::set<std::string> events;     // names of events, and "best" and "failed"
  std::chrono::seconds stalled{0};  // without news for so long; 0: never
  std::chrono::seconds digest{0};   // what happened in each such span; 0: none
};

// "epoch,diverged,stalled=30m,digest=2h". Throws UsageError naming the word that is none of them.
MailOccasions parse_mail_occasions(const std::string& text);

struct MailSettings {
  mailer::Mailbox from;
  std::vector<mailer::Mailbox> to;
  MailOccasions occasions;
  std::string dry_run;                       // a directory for .eml files, instead of a server; or ""
  std::optional<mailer::SmtpSettings> smtp;  // none for a dry run
};

void add_mail_options(CommandLine& line);
// Nothing if no mail is asked for. Throws UsageError.
std::optional<MailSettings> mail_settings(const CommandLine& line);

}  // namespace favras::seq2seq
