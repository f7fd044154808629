#include "apps/mailer/options.h"

#include <array>
#include <cmath>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "apps/mailer/error.h"

namespace favras::mailer {

namespace po = boost::program_options;

namespace {

constexpr std::array kAuthentications{
    std::pair{"auto", Authentication::kAuto}, std::pair{"plain", Authentication::kPlain},
    std::pair{"login", Authentication::kLogin}, std::pair{"xoauth2", Authentication::kXoauth2}};

constexpr std::array kTimeouts{
    std::pair{"connect", &Timeouts::connect},       std::pair{"tls", &Timeouts::tls},
    std::pair{"greeting", &Timeouts::greeting},     std::pair{"command", &Timeouts::command},
    std::pair{"data-start", &Timeouts::data_start}, std::pair{"data-block", &Timeouts::data_block},
    std::pair{"data-end", &Timeouts::data_end}};

template <class Table>
auto find(const Table& table, const std::string& name, const char* option) {
  std::string names;
  for (const auto& [known, value] : table) {
    if (name == known) return value;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known);
  }
  throw UsageError(fmt::format("{} '{}': expected one of {}", option, name, names));
}

std::string text(const po::variables_map& values, const char* name) {
  return values.count(name) == 0 ? "" : values[name].as<std::string>();
}

}  // namespace

void add_smtp_options(po::options_description& options) {
  const auto word = [](const char* name) { return po::value<std::string>()->value_name(name); };
  // clang-format off
  options.add_options()
      ("smtp-url", word("URL"), "the server: smtps://user@host:465 (TLS from the first byte) or "
                                "smtp://user@host:587 (STARTTLS); never in plain text")
      ("auth", word("NAME"), "auto (PLAIN, else LOGIN), plain, login or xoauth2 (the password is a token)")
      ("password-command", word("COMMAND"), "run by sh; its output is the password")
      ("password-file", word("FILE"), "holds the password; for its owner alone (mode 0600). With neither of the two "
                                      "it is in FAVRAS_SMTP_PASSWORD")
      ("ca-file", word("FILE"), "certificates of authorities (PEM) instead of the system's")
      ("timeouts", word("NAME=SECONDS,..."), "other than connect=30, tls=30, greeting=300, command=300, "
                                             "data-start=120, data-block=180, data-end=600");
  // clang-format on
}

Timeouts parse_timeouts(const std::string& list) {
  Timeouts timeouts;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t equals = part.find('=');
    const auto member = find(kTimeouts, part.substr(0, equals), "--timeouts");
    std::istringstream number(equals == part.npos ? "" : part.substr(equals + 1));
    double seconds = 0;
    if (!(number >> seconds) || !(number >> std::ws).eof() || !(seconds >= 0.001 && seconds <= 86400))
      throw UsageError(fmt::format("--timeouts '{}': expected NAME=SECONDS", part));
    timeouts.*member = std::chrono::milliseconds(std::llround(seconds * 1000));
  }
  return timeouts;
}

SmtpSettings smtp_settings(const po::variables_map& values) {
  SmtpSettings settings;
  if (text(values, "smtp-url").empty()) throw UsageError("--smtp-url is needed");
  settings.server = parse_smtp_url(text(values, "smtp-url"));
  settings.ca_file = text(values, "ca-file");
  if (const std::string name = text(values, "auth"); !name.empty())
    settings.authentication = find(kAuthentications, name, "--auth");
  settings.password.command = text(values, "password-command");
  settings.password.file = text(values, "password-file");
  if (!settings.password.command.empty() && !settings.password.file.empty())
    throw UsageError("--password-command and --password-file exclude each other");
  settings.timeouts = parse_timeouts(text(values, "timeouts"));
  return settings;
}

}  // namespace favras::mailer
