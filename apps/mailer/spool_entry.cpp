#include "apps/mailer/spool_entry.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

namespace favras::mailer {
namespace {

constexpr std::string_view kFirstLine = "favras mail 1";

[[noreturn]] void fail() { throw std::runtime_error("not an entry of the spool, or a damaged one"); }

Outcome outcome_of(char symbol) {
  for (const Outcome outcome : {Outcome::kLater, Outcome::kAccepted, Outcome::kRefused})
    if (symbol_of(outcome) == symbol) return outcome;
  fail();
}

// The entry's bytes, taken line by line.
class Lines {
 public:
  explicit Lines(std::string_view bytes) : bytes_(bytes) {}

  std::size_t place() const { return place_; }
  std::string_view rest() const { return bytes_.substr(place_); }
  bool next_is(std::string_view name) const { return rest().starts_with(name); }

  // The rest of the line that starts with this name.
  std::string_view take(std::string_view name) {
    const std::size_t end = rest().find('\n');
    if (!next_is(name) || end == rest().npos) fail();
    const std::string_view value = rest().substr(name.size(), end - name.size());
    place_ += end + 1;
    return value;
  }

 private:
  std::string_view bytes_;
  std::size_t place_ = 0;
};

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (fmt::format("{}", value) != text) fail();
  return value;
}

}  // namespace

char symbol_of(Outcome outcome) {
  if (outcome == Outcome::kAccepted) return '+';
  return outcome == Outcome::kRefused ? '-' : '?';
}

Letter::Letter(const Message& message, Urgency how_urgent)
    : urgency(how_urgent),
      thread(message.thread),
      envelope(envelope_of(message)),
      eml(compose(message)),
      outcomes(envelope.to.size(), Outcome::kLater) {}

bool Letter::is_settled() const {
  return std::find(outcomes.begin(), outcomes.end(), Outcome::kLater) == outcomes.end();
}

bool Letter::has_refused() const {
  return std::find(outcomes.begin(), outcomes.end(), Outcome::kRefused) != outcomes.end();
}

std::string write_entry(const Letter& letter) {
  std::string text = fmt::format("{}\nurgency: {}\nthread: {}\nfrom: {}\n", kFirstLine,
                                 letter.urgency == Urgency::kDigest ? "digest" : "critical", letter.thread,
                                 letter.envelope.from);
  for (std::size_t i = 0; i < letter.outcomes.size(); ++i)
    text += fmt::format("to: {} {}\n", symbol_of(letter.outcomes[i]), letter.envelope.to[i]);
  return text + fmt::format("size: {}\n\n", letter.eml.size()) + letter.eml;
}

Entry read_entry(std::string_view bytes) {
  Entry entry;
  Letter& letter = entry.letter;
  Lines lines(bytes);
  if (!lines.take(kFirstLine).empty()) fail();
  const std::string_view urgency = lines.take("urgency: ");
  if (urgency != "digest" && urgency != "critical") fail();
  letter.urgency = urgency == "digest" ? Urgency::kDigest : Urgency::kCritical;
  letter.thread = lines.take("thread: ");
  letter.envelope.from = lines.take("from: ");
  check_address(letter.envelope.from);
  while (lines.next_is("to: ")) {
    entry.places.push_back(lines.place() + 4);
    const std::string_view recipient = lines.take("to: ");
    if (recipient.size() < 2 || recipient[1] != ' ') fail();
    letter.outcomes.push_back(outcome_of(recipient[0]));
    letter.envelope.to.emplace_back(recipient.substr(2));
    check_address(letter.envelope.to.back());
  }
  const std::size_t size = number(lines.take("size: "));
  if (letter.envelope.to.empty() || !lines.take("").empty() || size > lines.rest().size()) fail();
  letter.eml = lines.rest().substr(0, size);
  return entry;
}

}  // namespace favras::mailer
