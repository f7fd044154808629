#include "apps/seq2seq/mail/mail_settings.h"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/mailer/error.h"
#include "apps/mailer/options.h"
#include "apps/seq2seq/training/period.h"

namespace favras::seq2seq {
namespace {

namespace po = boost::program_options;

constexpr char kDefaultOccasions[] =
    "epoch,resumed,save_failed,rolled_back,diverged,interrupted,finished,failed,stalled=30m";
constexpr std::array kEvents{"started",     "resumed",  "epoch",       "best",     "save_failed",
                             "rolled_back", "diverged", "interrupted", "finished", "failed"};

[[noreturn]] void refuse(const std::string& word) {
  throw UsageError(fmt::format("--mail-on '{}': expected words of {}, stalled=30m, digest=2h", word,
                               fmt::join(kEvents, ", ")));
}

std::chrono::seconds span(const std::string& word, const std::string& text) {
  const auto period = parse_period(text);
  if (!period || period->seconds == 0) refuse(word);
  return std::chrono::seconds(period->seconds);
}

}  // namespace

MailOccasions parse_mail_occasions(const std::string& text) {
  MailOccasions occasions;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    if (word.starts_with("stalled="))
      occasions.stalled = span(word, word.substr(8));
    else if (word.starts_with("digest="))
      occasions.digest = span(word, word.substr(7));
    else if (std::ranges::find(kEvents, word) != kEvents.end())
      occasions.events.insert(word);
    else
      refuse(word);
  }
  return occasions;
}

void add_mail_options(CommandLine& line) {
  auto& options = line.group("Mail (docs/mail.md)");
  const auto word = [](const char* name) { return po::value<std::string>()->value_name(name); };
  // clang-format off
  options.add_options()
      ("mail-to", word("ADDRESS,..."), "who hears how the training gets on")
      ("mail-from", word("ADDRESS"), "the sender")
      ("mail-on", word("EVENT,..."), kDefaultOccasions)
      ("mail-dry-run", word("DIR"), "send nothing: write each mail to DIR, as .eml");
  // clang-format on
  mailer::add_smtp_options(options);
}

std::optional<MailSettings> mail_settings(const CommandLine& line) {
  const auto text = [&](const char* name) {
    return line.given(name) ? line.get<std::string>(name) : std::string();
  };
  MailSettings settings;
  settings.occasions = parse_mail_occasions(line.given("mail-on") ? text("mail-on") : kDefaultOccasions);
  if (text("mail-to").empty()) {
    if (!text("mail-dry-run").empty()) throw UsageError("--mail-dry-run needs --mail-to and --mail-from");
    return std::nullopt;
  }
  if (text("mail-from").empty()) throw UsageError("--mail-to needs --mail-from");
  try {
    settings.from = mailer::parse_mailbox(text("mail-from"));
    settings.to = mailer::parse_mailboxes(text("mail-to"));
    settings.dry_run = text("mail-dry-run");
    if (settings.dry_run.empty()) settings.smtp = mailer::smtp_settings(line.values());
    // A password that is missing shall not be found out at the end of the first epoch.
    if (settings.smtp && !settings.smtp->server.user.empty()) mailer::read_password(settings.smtp->password);
  } catch (const std::runtime_error& error) {
    throw UsageError(error.what());
  }
  return settings;
}

}  // namespace favras::seq2seq
