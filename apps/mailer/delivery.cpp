#include "apps/mailer/delivery.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "apps/mailer/digest.h"

namespace favras::mailer {
namespace {

constexpr std::size_t kMostInMemory = 100;

std::vector<std::size_t> open_recipients(const Letter& letter) {
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < letter.outcomes.size(); ++i)
    if (letter.outcomes[i] == Outcome::kLater) open.push_back(i);
  return open;
}

// What is still to be done.
Envelope open_envelope(const Letter& letter) {
  Envelope envelope{letter.envelope.from, {}};
  for (const std::size_t i : open_recipients(letter)) envelope.to.push_back(letter.envelope.to[i]);
  return envelope;
}

bool fold_together(const Letter& a, const Letter& b) {
  return a.urgency == Urgency::kDigest && b.urgency == Urgency::kDigest && a.thread == b.thread &&
         open_envelope(a) == open_envelope(b);
}

// Digests that wait for the same people become one group, in the place of the newest.
template <class Item>
std::vector<std::vector<Item>> grouped(std::vector<Item> items) {
  std::vector<std::vector<Item>> groups;
  for (Item& item : items) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const std::vector<Item>& group) {
      return fold_together(group.front().letter, item.letter);
    });
    std::vector<Item> group;
    if (same != groups.end()) {
      group = std::move(*same);
      groups.erase(same);
    }
    group.push_back(std::move(item));
    groups.push_back(std::move(group));
  }
  return groups;
}

// One message of all; the newest alone when one of them is not ours to read.
template <class Item>
std::string text_of(const std::vector<Item>& group) {
  if (group.size() > 1) {
    try {
      std::vector<Message> digests;
      for (const Item& item : group) digests.push_back(read_message(item.letter.eml));
      return compose(fold_digests(digests));
    } catch (const std::exception&) {
    }
  }
  return group.back().letter.eml;
}

}  // namespace

Delivery::Delivery(Spool& spool, Transport& transport, Report report, Backoff backoff)
    : spool_(spool),
      transport_(transport),
      report_(report ? std::move(report) : [](const std::string&) {}),
      backoff_(backoff) {}

void Delivery::keep_in_memory(Letter letter) {
  if (memory_.size() >= kMostInMemory)
    return report_("a message is lost: neither the spool nor the memory takes it");
  memory_.emplace(fmt::format("memory-{:06}", kept_++), std::move(letter));
}

// Nothing for what is gone or damaged; the latter is set aside.
std::optional<Letter> Delivery::load(const std::string& name) {
  if (const auto kept = memory_.find(name); kept != memory_.end()) return kept->second;
  try {
    Letter letter = spool_.load(name);
    if (const auto known = unrecorded_.find(name); known != unrecorded_.end())
      letter.outcomes = known->second;
    return letter;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) report_(error.what());
  } catch (const std::exception& error) {
    report_(fmt::format("'{}' is set aside: {}", name, error.what()));
    try {
      spool_.set_aside(name);
    } catch (const std::exception& failure) {
      report_(failure.what());
    }
  }
  return std::nullopt;
}

std::vector<Delivery::Item> Delivery::due(Clock::time_point now, Scope scope, Pass& pass) {
  std::vector<std::string> names;
  if (scope != Scope::kMemory) names = spool_.waiting();
  for (const auto& kept : memory_) names.push_back(kept.first);
  std::vector<Item> items;
  for (const std::string& name : names) {
    const auto rest = resting_.find(name);
    if (scope == Scope::kDue && rest != resting_.end() && rest->second.until > now) {
      ++pass.left;
      pass.next_due = std::min(pass.next_due.value_or(rest->second.until), rest->second.until);
      continue;
    }
    std::optional<Letter> letter = load(name);
    if (!letter) continue;
    Item item{name, std::move(*letter)};
    if (item.letter.is_settled()) {  // by a process that ended before it could put the file away
      finish(item, pass);
    } else {
      items.push_back(std::move(item));
    }
  }
  return items;
}

Delivery::Pass Delivery::run(Clock::time_point now, Scope scope, bool greet) {
  Pass pass;
  std::vector<Group> groups = grouped(due(now, scope, pass));
  if (groups.empty() && !greet) return pass;
  pass.session = true;
  std::size_t done = 0;
  try {
    transport_.open();
    for (; done < groups.size(); ++done) send(groups[done], now, pass);
  } catch (const SessionError& error) {
    pass.failure = error.what();
    pass.pause = std::max(pass.pause, error.wait_at_least);
    for (; done < groups.size(); ++done) pass.left += groups[done].size();
  }
  transport_.close();
  empty_memory();
  return pass;
}

void Delivery::send(Group& group, Clock::time_point now, Pass& pass) {
  const Envelope envelope = open_envelope(group.back().letter);
  std::vector<std::vector<std::size_t>> places;  // in each letter, of the envelope's recipients
  for (const Item& item : group) places.push_back(open_recipients(item.letter));
  std::exception_ptr session_failure;
  try {
    transport_.send(envelope, text_of(group), [&](const Verdict& verdict) {
      if (verdict.outcome == Outcome::kLater) {
        report_(fmt::format("{} is put off: {}", envelope.to[verdict.recipient], verdict.reply));
        return;
      }
      pass.refusals += verdict.outcome == Outcome::kRefused;
      if (verdict.outcome == Outcome::kRefused)
        report_(fmt::format("{} is refused: {}", envelope.to[verdict.recipient], verdict.reply));
      for (std::size_t i = 0; i < group.size(); ++i) settle(group[i], places[i][verdict.recipient], verdict);
    });
  } catch (const SessionError&) {
    session_failure = std::current_exception();
  }
  pass.pause = std::max(pass.pause, transport_.wanted_pause());
  for (Item& item : group) {
    if (item.letter.is_settled()) {
      finish(item, pass);
      continue;
    }
    // After a session's end too: what ends every session must not stand before all others for ever.
    Rest& rest = resting_[item.name];
    rest.until =
        now + std::max<Clock::duration>(backoff_.after(++rest.failures, now), transport_.wanted_pause());
    pass.next_due = std::min(pass.next_due.value_or(rest.until), rest.until);
    if (!session_failure) ++pass.left;
  }
  if (session_failure) {
    std::erase_if(group, [](const Item& item) { return item.letter.is_settled(); });
    std::rethrow_exception(session_failure);
  }
}

void Delivery::settle(Item& item, std::size_t recipient, const Verdict& verdict) {
  item.letter.outcomes[recipient] = verdict.outcome;
  if (const auto kept = memory_.find(item.name); kept != memory_.end()) {
    kept->second.outcomes = item.letter.outcomes;
    return;
  }
  try {
    spool_.settle(item.name, recipient, verdict.outcome, verdict.reply);
  } catch (const std::exception& error) {  // also when the spool was full, and the digest gave way meanwhile
    report_(error.what());
    unrecorded_[item.name] = item.letter.outcomes;
  }
}

// Puts a settled letter away.
void Delivery::finish(Item& item, Pass& pass) {
  const bool refused = item.letter.has_refused();
  ++(refused ? pass.refused : pass.accepted);
  try {
    if (memory_.contains(item.name)) {
      if (refused) spool_.put(item.letter);  // and the next pass sets it aside
      memory_.erase(item.name);
    } else if (refused) {
      spool_.set_aside(item.name);
    } else {
      spool_.remove(item.name);
    }
    unrecorded_.erase(item.name);
    resting_.erase(item.name);
  } catch (const std::exception& error) {
    report_(error.what());
    unrecorded_[item.name] = item.letter.outcomes;  // not to be sent again while this process lives
  }
}

void Delivery::empty_memory() {
  for (auto kept = memory_.begin(); kept != memory_.end();) {
    try {
      spool_.put(kept->second);
      resting_.erase(kept->first);
      kept = memory_.erase(kept);
    } catch (const std::exception&) {  // still no room
      return;
    }
  }
}

}  // namespace favras::mailer
