// Messages for the mailer's tests: one as people write it, and any that rapidcheck can think of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rapidcheck.h>

#include "apps/mailer/message.h"

namespace favras::test {

constexpr std::string_view kPngBytes("\x89PNG\r\n\x1a\n\0\1\2", 11);

inline mailer::Message example_message() {
  mailer::Message message;
  message.from = {"Run", "run@example.org"};
  message.to = {{"", "ann@example.org"}};
  message.subject = "Completed training epoch 3 - Accuracy = 70.4%";
  message.text = "Model training for 21h:2m:48s and saved.\nCurrent accuracy = 70.4%\n";
  message.thread = "run-7";
  message.id = "1795827111271398143.8e44f411718ed8f7@example.org";
  message.date = 1795827111;
  return message;
}

// Well-formed UTF-8: mostly plain, with what is special in mail, some of each length.
inline rc::Gen<std::string> any_text(bool with_line_breaks) {
  std::vector<std::string> pieces{"a",
                                  "Z",
                                  "0",
                                  " ",
                                  "  ",
                                  "=",
                                  "=?",
                                  "?=",
                                  "=?utf-8?B?YQ==?=",
                                  ".",
                                  "..",
                                  "From ",
                                  "\t",
                                  "\"",
                                  "\\",
                                  "<",
                                  ">",
                                  ",",
                                  ";",
                                  ":",
                                  "@",
                                  "--",
                                  "=20",
                                  "ä",
                                  "ß",
                                  "€",
                                  "\u2013",
                                  "\U0001F600",
                                  "\x7f",
                                  "\x1b",
                                  "word word ",
                                  "0123456789012345678901234567890123456789"};
  if (with_line_breaks) pieces.insert(pieces.end(), {"\n", "\n\n", " \n", "\n.\n", "--=_related\n"});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces)),
                      [](const std::vector<std::string>& chosen) {
                        std::string text;
                        for (const std::string& piece : chosen) text += piece;
                        return text;
                      });
}

// As compose() takes it.
inline mailer::Message normalised(mailer::Message message) {
  const auto clean = [](std::string& text) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  };
  clean(message.subject);
  clean(message.from.name);
  for (mailer::Mailbox& mailbox : message.to) clean(mailbox.name);
  for (std::string* text : {&message.text, &message.html})  // a last line without end gets one
    if (!text->empty() && !text->ends_with('\n')) *text += '\n';
  return message;
}

inline rc::Gen<mailer::Mailbox> any_mailbox() {
  return rc::gen::build<mailer::Mailbox>(
      rc::gen::set(&mailer::Mailbox::name,
                   rc::gen::map(any_text(false),
                                [](std::string name) {  // blanks around it are nobody's name
                                  const std::size_t start = name.find_first_not_of(" \t");
                                  if (start == name.npos) return std::string();
                                  return name.substr(start, name.find_last_not_of(" \t") + 1 - start);
                                })),
      rc::gen::set(
          &mailer::Mailbox::address,
          rc::gen::element<std::string>("ann@example.org", "x+y.z@a-b.example", "q@[127.0.0.1]",
                                        "long.local.part.of.some.length@a.very.long.domain.example.org")));
}

inline rc::Gen<mailer::Message> any_message() {
  return rc::gen::exec([] {
    mailer::Message message = example_message();
    message.from = *any_mailbox();
    message.to = *rc::gen::resize(
        5, rc::gen::nonEmpty(rc::gen::container<std::vector<mailer::Mailbox>>(any_mailbox())));
    message.subject = *any_text(false);
    message.text = *any_text(true);
    if (*rc::gen::arbitrary<bool>()) message.html = "<p>" + *any_text(true) + "cid:picture</p>";
    if (!message.html.empty() && *rc::gen::arbitrary<bool>())
      message.picture = std::string(kPngBytes) + *rc::gen::arbitrary<std::string>();
    message.thread = *rc::gen::element<std::string>("", "run-7", "A.b_c-0");
    message.date = *rc::gen::inRange<std::int64_t>(0, 4'000'000'000);
    return message;
  });
}

}  // namespace favras::test
