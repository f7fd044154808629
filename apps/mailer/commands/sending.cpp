#include "apps/mailer/commands/sending.h"

#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "apps/mailer/durable_file.h"

namespace favras::mailer {

namespace po = boost::program_options;

void print_line(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void print_error(const std::string& line) { fmt::print(stderr, "{}\n", line); }

void add_message_options(CommandLine& line) {
  // clang-format off
  line.options().add_options()
      ("mail-from", po::value<std::string>()->value_name("ADDRESS"), "the sender: a@b.c, or \"Name <a@b.c>\"")
      ("mail-to", po::value<std::string>()->value_name("ADDRESS,..."), "the recipients")
      ("dry-run", po::value<std::string>()->value_name("DIR"), "send nothing, write the message to DIR");
  // clang-format on
}

Message addressed_message(const CommandLine& line) {
  Message message;
  message.from = parse_mailbox(line.needed("mail-from"));
  message.to = parse_mailboxes(line.needed("mail-to"));
  stamp(message);
  return message;
}

void write_dry_run(const std::string& directory, const Message& message) {
  create_private_directory(directory);
  const std::filesystem::path path =
      std::filesystem::path(directory) / (message.id.substr(0, message.id.find('@')) + ".eml");
  write_new_file(path.string() + ".tmp", path, compose(message));
  print_line(path.string());
}

bool send_now(const SmtpSettings& settings, const Message& message, const Report& report) {
  const Envelope envelope = envelope_of(message);
  const std::string eml = compose(message);
  std::size_t accepted = 0;
  SmtpClient client(settings, report);
  client.open();
  client.send(envelope, eml, [&](const Verdict& verdict) {
    if (verdict.outcome == Outcome::kAccepted) {
      ++accepted;
    } else {
      print_error(fmt::format("{} is {}: {}", envelope.to[verdict.recipient],
                              verdict.outcome == Outcome::kRefused ? "refused" : "refused for now",
                              verdict.reply));
    }
  });
  client.close();
  return accepted == envelope.to.size();
}

}  // namespace favras::mailer
