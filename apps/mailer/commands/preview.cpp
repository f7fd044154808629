// mailer preview: a message as its reader will see it, as far as a terminal can show it.
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "apps/mailer/commands/commands.h"
#include "apps/mailer/commands/sending.h"
#include "apps/mailer/durable_file.h"
#include "apps/mailer/encoding.h"
#include "apps/mailer/utf8.h"

namespace favras::mailer {

namespace {

// Without what would move a terminal's cursor.
std::string shown(std::string_view text) {
  std::string result;
  for (const char c : well_formed(text)) {
    const bool plain = is_printable(c) || c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x80;
    result += plain ? c : '?';
  }
  return result;
}

std::string listed(const std::vector<Mailbox>& mailboxes) {
  std::string text;
  for (const Mailbox& mailbox : mailboxes)
    text += fmt::format(
        "{}{}", text.empty() ? "" : ", ",
        mailbox.name.empty() ? mailbox.address : fmt::format("{} <{}>", mailbox.name, mailbox.address));
  return text;
}

// The HTML with the picture inside, for a browser.
std::string self_contained(const Message& message) {
  std::string html = message.html;
  const std::string place = "cid:picture", data = "data:image/png;base64," + base64(message.picture);
  if (message.picture.empty()) return html;
  for (std::size_t at = 0; (at = html.find(place, at)) != html.npos; at += data.size())
    html.replace(at, place.size(), data);
  return html;
}

}  // namespace

int run_preview(int argc, char** argv) {
  CommandLine line("preview", "Shows a message that --dry-run wrote.", "FILE.eml");
  line.options().add_options()("html", boost::program_options::value<std::string>()->value_name("FILE"),
                               "write the HTML part to FILE, its picture inside, for a browser");
  if (!line.parse(argc, argv)) return kExitDone;
  if (line.words().size() != 1) throw UsageError("one message is needed: mailer preview FILE.eml");
  const Message message = read_message(read_file(line.words().front()));
  fmt::print("From: {}\nTo: {}\nSubject: {}\n", shown(listed({message.from})), shown(listed(message.to)),
             shown(message.subject));
  if (!message.thread.empty()) fmt::print("Thread: {}\n", message.thread);
  fmt::print("Parts: text ({} bytes)", message.text.size());
  if (!message.html.empty()) fmt::print(", HTML ({} bytes)", message.html.size());
  if (!message.picture.empty()) fmt::print(", picture ({} bytes)", message.picture.size());
  fmt::print("\n\n{}", shown(message.text));
  if (line.given("html")) {
    if (message.html.empty()) throw std::runtime_error("the message has no HTML");
    std::ofstream file(line.text("html"), std::ios::binary);
    if (!(file << self_contained(message) << std::flush))
      throw std::runtime_error(fmt::format("'{}' cannot be written", line.text("html")));
  }
  return kExitDone;
}

}  // namespace favras::mailer
