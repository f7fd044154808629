// mailer send: a message from files, at once or by way of a spool.
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "apps/mailer/commands/commands.h"
#include "apps/mailer/commands/sending.h"
#include "apps/mailer/delivery.h"
#include "apps/mailer/options.h"

namespace favras::mailer {

namespace po = boost::program_options;

namespace {

std::string content_of(const std::string& path) {
  if (path.empty()) return "";
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error(fmt::format("'{}' cannot be read", path));
  return bytes;
}

// Durable first; what cannot be sent now waits for `mailer flush`.
int send_by_spool(const CommandLine& line, const Message& message) {
  std::optional<SmtpSettings> settings;  // refused, if they are, before the message is kept
  if (!line.text("smtp-url").empty()) settings = smtp_settings(line.values());
  Spool spool(line.text("spool"), print_error);
  spool.put(message, line.given("digest") ? Urgency::kDigest : Urgency::kCritical);
  if (!settings) return kExitDone;
  SmtpClient client(*settings);
  Delivery delivery(spool, client, print_error);
  try {
    const SpoolLock lock(spool);
    const Delivery::Pass pass = delivery.run(Delivery::Clock::now());
    if (!pass.failure.empty()) throw SessionError(pass.failure);
    return pass.refusals == 0 ? kExitDone : kExitFailed;
  } catch (const SessionError& error) {
    print_error(fmt::format("mailer send: {}; the message waits in '{}'", error.what(), line.text("spool")));
    return kExitDone;
  }
}

}  // namespace

int run_send(int argc, char** argv) {
  CommandLine line("send",
                   "Sends a message. With a spool, it is kept there until the server has taken it, and the\n"
                   "command succeeds once it is there.");
  add_message_options(line);
  const auto word = [](const char* name) { return po::value<std::string>()->value_name(name); };
  // clang-format off
  line.options().add_options()
      ("mail-bcc", word("ADDRESS,..."), "more recipients, whom the message does not name")
      ("subject", word("TEXT"), "the subject")
      ("text", word("FILE"), "the plain text; - for standard input, the default")
      ("html", word("FILE"), "the same in HTML")
      ("picture", word("FILE"), "a PNG, which the HTML shows as cid:picture")
      ("thread", word("NAME"), "messages with the same name are shown together")
      ("spool", word("DIR"), "by way of this spool; without --smtp-url, only into it")
      ("digest", "of the spool's digests for a thread, one message is made");
  // clang-format on
  add_smtp_options(line.options());
  if (!line.parse(argc, argv)) return kExitDone;
  Message message = addressed_message(line);
  if (line.given("mail-bcc")) message.bcc = parse_mailboxes(line.text("mail-bcc"));
  message.subject = line.needed("subject");
  message.thread = line.text("thread");
  message.html = content_of(line.text("html"));
  message.picture = content_of(line.text("picture"));
  message.text = content_of(line.given("text") ? line.text("text") : "-");
  if (line.given("dry-run")) {
    write_dry_run(line.text("dry-run"), message);
    return kExitDone;
  }
  if (line.given("spool")) return send_by_spool(line, message);
  return send_now(smtp_settings(line.values()), message, [](const std::string&) {}) ? kExitDone : kExitFailed;
}

}  // namespace favras::mailer
