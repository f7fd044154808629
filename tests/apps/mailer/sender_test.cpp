// The sender's threads: posting never waits, everything arrives or stays in the spool, nothing that fails
// spreads.
#include "apps/mailer/sender.h"

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/apps/mailer/messages.h"
#include "tests/engine/storage/scratch.h"

namespace favras::mailer {
namespace {

using namespace std::chrono_literals;

// Several threads' view of a server; it outlives the sender's transport.
struct Server {
  std::mutex mutex;
  std::condition_variable changed;
  bool away = false, stands_still = false, cancelled = false;
  int attempts = 0;
  std::vector<std::string> subjects;
  bool signals_were_blocked = true;

  // Waits until it has seen so many messages or attempts.
  void wait_for_messages(std::size_t count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return subjects.size() >= count; });
  }
  void wait_for_attempts(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return attempts >= count; });
  }
};

class SharedTransport : public Transport {
 public:
  explicit SharedTransport(Server& server) : server_(server) {}

  void open() override {
    std::unique_lock lock(server_.mutex);
    ++server_.attempts;
    server_.changed.notify_all();
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGCHLD})
      server_.signals_were_blocked &= sigismember(&blocked, signal) == 1;
    server_.changed.wait(lock, [&] { return !server_.stands_still || server_.cancelled; });
    if (server_.away || server_.cancelled) throw SessionError("the server is away");
  }
  void send(const Envelope& envelope, std::string_view eml,
            const std::function<void(const Verdict&)>& tell) override {
    for (std::size_t i = 0; i < envelope.to.size(); ++i) tell({i, Outcome::kAccepted, "250 OK"});
    const std::lock_guard lock(server_.mutex);
    server_.subjects.push_back(read_message(eml).subject);
    server_.changed.notify_all();
  }
  void close() noexcept override {}
  void cancel() noexcept override {
    const std::lock_guard lock(server_.mutex);
    server_.cancelled = true;
    server_.changed.notify_all();
  }

 private:
  Server& server_;
};

struct Place : test::ScratchDirectory {
  Server server;
  std::vector<std::string> reports, of_server;

  Spool spool(SpoolLimits limits = {}) const { return Spool(*this / "spool", {}, limits); }
  std::unique_ptr<Sender> sender(SpoolLimits limits = {}, Backoff backoff = {1ms, 2ms}) {
    return std::make_unique<Sender>(
        spool(limits), std::make_unique<SharedTransport>(server),
        [this](const std::string& line) { reports.push_back(line); },
        [this](const std::string& failure) { of_server.push_back(failure); }, backoff);
  }
};

Message message(const std::string& subject) {
  Message result = test::example_message();
  result.subject = subject;
  return result;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(posts_arrive_in_order, Place) {
  const auto sender = this->sender();
  for (const char* subject : {"1", "2", "3"}) sender->post(message(subject), Urgency::kCritical);
  server.wait_for_messages(3);
  BOOST_TEST(server.subjects == (std::vector<std::string>{"1", "2", "3"}), boost::test_tools::per_element());
  sender->finish(10s);
  BOOST_TEST(spool().waiting().empty());
  BOOST_TEST(reports.empty());
  BOOST_TEST(server.signals_were_blocked);
}

BOOST_FIXTURE_TEST_CASE(what_lies_in_the_spool_goes_out_at_the_start, Place) {
  spool().put(message("left"), Urgency::kCritical);
  const auto sender = this->sender();
  server.wait_for_messages(1);
  BOOST_TEST(server.subjects[0] == "left");
}

BOOST_FIXTURE_TEST_CASE(a_server_that_is_away_is_asked_again, Place) {
  server.away = true;
  const auto sender = this->sender();
  sender->post(message("1"), Urgency::kCritical);
  server.wait_for_attempts(5);
  {
    const std::lock_guard lock(server.mutex);
    server.away = false;
  }
  server.wait_for_messages(1);
}

BOOST_FIXTURE_TEST_CASE(the_end_does_not_wait_for_a_server_that_stands_still, Place) {
  server.stands_still = true;
  auto sender = this->sender();
  sender->post(message("1"), Urgency::kCritical);
  server.wait_for_attempts(1);
  for (int i = 2; i < 50; ++i) sender->post(message(std::to_string(i)), Urgency::kCritical);
  BOOST_TEST(sender->finish(1ms) == 49u);
  BOOST_TEST(spool().waiting().size() == 49u);
  BOOST_TEST(of_server == (std::vector<std::string>{"no answer by the end"}),
             boost::test_tools::per_element());
  sender.reset();
}

BOOST_FIXTURE_TEST_CASE(a_server_that_cannot_be_had_is_told_once_and_that_it_can_be_had, Place) {
  server.away = true;
  const auto sender = this->sender();
  server.wait_for_attempts(3);  // though there is no message
  {
    const std::lock_guard lock(server.mutex);
    server.away = false;
  }
  sender->post(message("1"), Urgency::kCritical);
  server.wait_for_messages(1);
  sender->post(message("2"), Urgency::kCritical);
  BOOST_TEST(sender->finish(1h) == 0u);
  BOOST_TEST(of_server == (std::vector<std::string>{"the server is away", ""}),
             boost::test_tools::per_element());
  BOOST_TEST(reports.empty());
}

BOOST_FIXTURE_TEST_CASE(a_server_that_is_there_is_not_told, Place) {
  const auto sender = this->sender();
  server.wait_for_attempts(1);
  BOOST_TEST(sender->finish(1h) == 0u);
  BOOST_TEST(of_server.empty());
}

BOOST_FIXTURE_TEST_CASE(the_end_does_not_wait_for_a_session_without_messages, Place) {
  server.stands_still = true;
  const auto sender = this->sender();
  server.wait_for_attempts(1);
  BOOST_TEST(sender->finish(24h) == 0u);
  BOOST_TEST(of_server.empty());
}

BOOST_FIXTURE_TEST_CASE(the_end_waits_for_what_was_posted_during_a_session_without_messages, Place) {
  server.stands_still = true;
  const auto sender = this->sender();
  server.wait_for_attempts(1);
  sender->post(message("1"), Urgency::kCritical);
  std::thread release([&] {
    std::this_thread::sleep_for(50ms);  // finish() waits by then, most likely
    const std::lock_guard lock(server.mutex);
    server.stands_still = false;
    server.changed.notify_all();
  });
  BOOST_TEST(sender->finish(1h) == 0u);
  release.join();
  BOOST_TEST(server.subjects.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_posts_hears_what_is_in_the_spool, Place) {
  for (const std::size_t files : {1000, 0}) {
    int kept = 0;
    const auto sender = this->sender({.files = files});
    sender->post(message("1"), Urgency::kCritical, [&] { ++kept; });
    sender->finish(1h);
    BOOST_TEST(kept == (files > 0 ? 1 : 0));
  }
}

BOOST_FIXTURE_TEST_CASE(room_that_the_spool_has_at_the_end_is_used, Place) {
  Spool mine = spool();
  const SpoolLock lock(mine);  // the sender makes no pass
  const std::string name = mine.put(message("another's"), Urgency::kCritical);
  Sender sender(spool({.files = 1}), std::make_unique<SharedTransport>(server), [&](const std::string& line) {
    reports.push_back(line);
    mine.remove(name);
  });
  sender.post(message("1"), Urgency::kCritical);
  BOOST_TEST(sender.finish(1h) == 1u);
  BOOST_TEST(reports.size() == 1u);  // the spool is full
}

BOOST_FIXTURE_TEST_CASE(what_neither_spool_nor_server_takes_is_lost_and_counted, Place) {
  server.away = true;
  const auto sender = this->sender({.files = 0});
  for (const char* subject : {"1", "2", "3"}) sender->post(message(subject), Urgency::kCritical);
  BOOST_TEST(sender->finish(1h) == 0u);
  BOOST_TEST_REQUIRE(reports.size() == 4u);  // the spool is full, three times
  BOOST_TEST(reports[3] == "3 messages are lost: neither the spool nor the server has taken them");
}

BOOST_FIXTURE_TEST_CASE(without_a_lock_only_what_the_spool_has_not_is_sent, Place) {
  const Spool mine = spool();
  std::filesystem::create_directory(mine.directory() / "lock");
  spool().put(message("another's"), Urgency::kCritical);
  const auto sender = this->sender({.files = 1});
  sender->post(message("1"), Urgency::kCritical);
  server.wait_for_messages(1);
  BOOST_TEST(sender->finish(1h) == 1u);
  BOOST_TEST(server.subjects[0] == "1");
  BOOST_TEST_REQUIRE(reports.size() == 2u);
  BOOST_TEST((reports[0] + reports[1]).find("cannot lock the spool") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_last_pass_happens_even_while_waiting, Place) {
  server.away = true;
  const auto sender = this->sender({}, {1h, 1h});
  sender->post(message("1"), Urgency::kCritical);
  server.wait_for_attempts(1);
  {
    const std::lock_guard lock(server.mutex);
    server.away = false;
  }
  sender->post(message("2"), Urgency::kCritical);
  sender->finish(1h);
  BOOST_TEST(server.subjects.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(the_last_pass_takes_all_that_was_posted, Place) {
  const auto sender = this->sender();
  for (int i = 0; i < 100; ++i) sender->post(message(std::to_string(i)), Urgency::kCritical);
  sender->finish(1h);
  BOOST_TEST(server.subjects.size() == 100u);
  BOOST_TEST(spool().waiting().empty());
}

BOOST_FIXTURE_TEST_CASE(what_the_spool_does_not_take_is_sent_all_the_same, Place) {
  const auto sender = this->sender({.files = 0});
  sender->post(message("1"), Urgency::kCritical);
  server.wait_for_messages(1);
  sender->finish(10s);
  BOOST_TEST(reports.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_composed_is_reported_and_costs_nothing_else, Place) {
  const auto sender = this->sender();
  sender->post(message("a\nb"), Urgency::kCritical);
  sender->post(message("2"), Urgency::kCritical);
  server.wait_for_messages(1);
  sender->finish(10s);
  BOOST_TEST(server.subjects[0] == "2");
  BOOST_TEST_REQUIRE(reports.size() == 1u);
  BOOST_TEST(reports[0].find("line break") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(another_sender_of_the_same_spool_is_left_alone, Place) {
  const Spool mine = spool();
  const SpoolLock lock(mine);
  const auto sender = this->sender();
  sender->post(message("1"), Urgency::kCritical);
  sender->finish(10s);
  BOOST_TEST(server.attempts == 0);
  BOOST_TEST(spool().waiting().size() == 1u);
}

}  // namespace favras::mailer
