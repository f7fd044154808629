// A server for the mailer's tests that needs no network: it takes what it is told to take.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "apps/mailer/message.h"
#include "apps/mailer/transport.h"

namespace favras::test {

class FakeTransport : public mailer::Transport {
 public:
  struct Sent {
    std::string subject;
    std::vector<std::string> to;  // who got it

    bool operator==(const Sent&) const = default;
  };

  std::vector<Sent> sent;
  std::map<std::string, mailer::Outcome> outcomes;  // by recipient; others accept
  bool away = false;                                // open() fails
  std::size_t dies_after = 1'000'000;               // so many verdicts, the session ends, once
  std::string poison;                               // a subject that ends every session
  std::chrono::seconds pause{};
  std::size_t sessions = 0;
  std::function<void()> before_verdict = [] {};
  std::vector<std::string> texts;

  void open() override {
    if (away) throw mailer::SessionError("the server is away", pause);
    ++sessions;
  }

  void send(const mailer::Envelope& envelope, std::string_view eml,
            const std::function<void(const mailer::Verdict&)>& tell) override {
    const mailer::Message message = mailer::read_message(eml);
    if (message.subject == poison) throw mailer::SessionError("poisoned");
    texts.push_back(message.text);
    sent.push_back({message.subject, {}});
    for (std::size_t i = 0; i < envelope.to.size(); ++i) {
      if (dies_after == 0) {
        dies_after = 1'000'000;
        throw mailer::SessionError("the connection is lost");
      }
      --dies_after;
      before_verdict();
      const auto known = outcomes.find(envelope.to[i]);
      const mailer::Outcome outcome = known == outcomes.end() ? mailer::Outcome::kAccepted : known->second;
      if (outcome == mailer::Outcome::kAccepted) sent.back().to.push_back(envelope.to[i]);
      tell({i, outcome, "a reply"});
    }
  }

  void close() noexcept override {}
  void cancel() noexcept override {}
  std::chrono::seconds wanted_pause() const override { return pause; }
};

}  // namespace favras::test
