// Reads back what compose() wrote.
#include <ctime>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "apps/mailer/encoding.h"
#include "apps/mailer/message.h"

namespace favras::mailer {
namespace {

[[noreturn]] void fail(std::string_view why) {
  throw std::runtime_error(fmt::format("not a message of this mailer: {}", why));
}

// A message or one of its parts.
struct Entity {
  std::vector<std::pair<std::string, std::string>> headers;  // unfolded
  std::string_view body;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return "";
  }
};

Entity read_entity(std::string_view text) {
  Entity entity;
  for (;;) {
    const std::size_t end = text.find("\r\n");
    if (end == text.npos) fail("it ends within its headers");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) break;
    if (line[0] == ' ' && !entity.headers.empty()) {
      entity.headers.back().second += line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == line.npos) fail("a header has no colon");
    entity.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  for (auto& header : entity.headers)  // the space after the colon
    header.second.erase(0, header.second.starts_with(' ') ? 1 : 0);
  entity.body = text;
  return entity;
}

std::vector<Entity> read_parts(std::string_view body, std::string_view boundary) {
  std::vector<Entity> parts;
  const std::string delimiter = fmt::format("--{}", boundary);
  if (!body.starts_with(delimiter)) fail("a boundary is missing");
  while (!body.substr(delimiter.size()).starts_with("--")) {
    body.remove_prefix(delimiter.size());
    const std::size_t end = body.find("\r\n" + delimiter);
    if (!body.starts_with("\r\n") || end == body.npos) fail("a boundary is missing");
    parts.push_back(read_entity(body.substr(2, end < 2 ? 0 : end - 2)));
    body.remove_prefix(end + 2);
  }
  return parts;
}

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  if (!text.starts_with(before) || !text.ends_with(after) || text.size() < before.size() + after.size())
    return "";
  return std::string(text.substr(before.size(), text.size() - before.size() - after.size()));
}

std::string without_picture_id(std::string html, const std::string& id) {
  const std::string place = "cid:picture." + id;
  for (std::size_t at = 0; (at = html.find(place, at)) != html.npos; at += 11)
    html.erase(at + 11, id.size() + 1);
  return html;
}

void read_body(const Entity& entity, Message& message) {
  const std::string type = entity.header("Content-Type");
  if (type == "text/plain; charset=utf-8") {
    message.text = decode_quoted_printable(entity.body);
  } else if (type == "text/html; charset=utf-8") {
    message.html = decode_quoted_printable(entity.body);
  } else if (type == "image/png") {
    message.picture = decode_base64(entity.body);
  } else if (type.starts_with("multipart/")) {
    const std::size_t boundary = type.find("boundary=\"");
    if (boundary == type.npos) fail("a boundary is missing");
    for (const Entity& part : read_parts(entity.body, between(type.substr(boundary), "boundary=\"", "\"")))
      read_body(part, message);
  } else {
    fail(fmt::format("a part of type '{}'", type));
  }
}

std::int64_t read_date(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S +0000", &parts);
  if (end == nullptr || *end != '\0') fail("its date cannot be read");
  return ::timegm(&parts);
}

std::vector<Mailbox> read_mailboxes(const std::string& header) {
  std::vector<Mailbox> mailboxes = parse_mailboxes(header);
  for (Mailbox& mailbox : mailboxes) mailbox.name = decode_words(mailbox.name);
  return mailboxes;
}

}  // namespace

Message read_message(std::string_view eml) {
  const Entity entity = read_entity(eml);
  Message message;
  message.from = read_mailboxes(entity.header("From")).front();
  message.to = read_mailboxes(entity.header("To"));
  message.subject = decode_words(entity.header("Subject"));
  message.id = between(entity.header("Message-ID"), "<", ">");
  message.thread = between(entity.header("References"), "<", "@favras.invalid>");
  message.date = read_date(entity.header("Date"));
  read_body(entity, message);
  if (!message.picture.empty()) message.html = without_picture_id(message.html, message.id);
  return message;
}

}  // namespace favras::mailer
