// Passes over a spool: order, folding, who is tried again and when, what is recorded when things go wrong.
#include "apps/mailer/delivery.h"

#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/apps/mailer/fake_transport.h"
#include "tests/apps/mailer/messages.h"
#include "tests/engine/storage/scratch.h"

namespace favras::mailer {
namespace {

namespace fs = std::filesystem;
using Sent = test::FakeTransport::Sent;
using namespace std::chrono_literals;

struct Place : test::ScratchDirectory {
  test::FakeTransport server;
  std::vector<std::string> reports;
  Spool spool{*this / "spool"};
  Delivery delivery = fresh();
  Delivery::Clock::time_point now = Delivery::Clock::now();

  Delivery fresh() {
    return Delivery(spool, server, [this](const std::string& line) { reports.push_back(line); }, {10s, 100s});
  }
  Letter letter(const std::string& subject, const std::string& to, Urgency urgency,
                const std::string& thread = "run") {
    Message message = test::example_message();
    message.subject = subject;
    message.text = "text of " + subject + "\n";
    message.to = parse_mailboxes(to);
    message.thread = thread;
    return Letter(message, urgency);
  }
  std::string critical(const std::string& subject, const std::string& to = "a@b.c") {
    return spool.put(letter(subject, to, Urgency::kCritical));
  }
  std::string digest(const std::string& subject, const std::string& to = "a@b.c",
                     const std::string& thread = "run") {
    return spool.put(letter(subject, to, Urgency::kDigest, thread));
  }
  // What went out, in a word for each: "subject>a@b.c,d@e.f".
  std::vector<std::string> sent() const {
    std::vector<std::string> all;
    for (const Sent& one : server.sent) {
      std::string text = one.subject;
      for (std::size_t i = 0; i < one.to.size(); ++i) text += (i == 0 ? ">" : ",") + one.to[i];
      all.push_back(text);
    }
    return all;
  }
  void check_sent(const std::vector<std::string>& expected) {
    BOOST_TEST(sent() == expected, boost::test_tools::per_element());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(everything_goes_in_one_session_and_in_order, Place) {
  critical("1"), critical("2", "a@b.c,d@e.f"), critical("3");
  const Delivery::Pass pass = delivery.run(now);
  check_sent({"1>a@b.c", "2>a@b.c,d@e.f", "3>a@b.c"});
  BOOST_TEST(pass.accepted == 3u);
  BOOST_TEST(pass.left == 0u);
  BOOST_TEST(server.sessions == 1u);
  BOOST_TEST(spool.waiting().empty());
  delivery.run(now);
  BOOST_TEST(server.sessions == 1u);  // nothing to do, nobody is called
}

BOOST_FIXTURE_TEST_CASE(digests_fold_by_thread_and_recipients, Place) {
  digest("d1"), critical("c1"), digest("d2"), digest("other", "a@b.c", "thread"), digest("whom", "x@y.z"),
      digest("d3");
  critical("c2");
  delivery.run(now);
  check_sent({"c1>a@b.c", "other>a@b.c", "whom>x@y.z", "d3>a@b.c", "c2>a@b.c"});
  BOOST_TEST(server.texts[3].find("text of d1") != std::string::npos);
  BOOST_TEST(server.texts[3].find("text of d2") != std::string::npos);
  BOOST_TEST(spool.waiting().empty());
}

BOOST_FIXTURE_TEST_CASE(folded_digests_share_their_fate, Place) {
  server.outcomes = {{"a@b.c", Outcome::kRefused}, {"s@t.u", Outcome::kLater}};
  digest("d1", "x@y.z,a@b.c,s@t.u"), digest("d2", "x@y.z,a@b.c,s@t.u");
  const Delivery::Pass pass = delivery.run(now);
  check_sent({"d2>x@y.z"});
  BOOST_TEST(pass.left == 2u);
  server.outcomes.clear();
  delivery.run(now, Delivery::Scope::kAll);
  check_sent({"d2>x@y.z", "d2>s@t.u"});
  BOOST_TEST(spool.waiting().empty());
  std::size_t failed = 0;
  for (const auto& entry : fs::directory_iterator(spool.directory() / "failed"))
    failed += entry.is_regular_file();
  BOOST_TEST(failed == 2u);
}

BOOST_FIXTURE_TEST_CASE(put_off_means_later_and_for_that_message_alone, Place) {
  server.outcomes = {{"s@t.u", Outcome::kLater}};
  critical("1", "s@t.u,a@b.c");
  const Delivery::Pass pass = delivery.run(now);
  BOOST_TEST(pass.left == 1u);
  BOOST_TEST((pass.next_due.value() >= now + 5s && pass.next_due.value() <= now + 10s));
  critical("2");
  delivery.run(now + 1s);
  check_sent({"1>a@b.c", "2>a@b.c"});
  const Delivery::Pass again = delivery.run(now + 10s);
  check_sent({"1>a@b.c", "2>a@b.c", "1"});
  BOOST_TEST((again.next_due.value() >= now + 20s));
  server.outcomes.clear();
  delivery.run(now + 30s);
  BOOST_TEST(sent().back() == "1>s@t.u");
}

BOOST_FIXTURE_TEST_CASE(a_throttled_message_waits_as_long_as_the_server_wants, Place) {
  server.outcomes = {{"a@b.c", Outcome::kLater}};
  server.pause = 300s;
  critical("1");
  const Delivery::Pass pass = delivery.run(now);
  BOOST_TEST((pass.pause == 300s));
  BOOST_TEST((pass.next_due.value() == now + 300s));
}

BOOST_FIXTURE_TEST_CASE(what_was_accepted_is_not_sent_again_after_the_session_ends, Place) {
  critical("1", "a@b.c,d@e.f,g@h.i"), critical("2");
  server.dies_after = 2;
  const Delivery::Pass pass = delivery.run(now);
  BOOST_TEST(pass.failure == "the connection is lost");
  BOOST_TEST(pass.left == 2u);
  Delivery reborn = fresh();
  reborn.run(now);
  check_sent({"1>a@b.c,d@e.f", "1>g@h.i", "2>a@b.c"});
}

BOOST_FIXTURE_TEST_CASE(a_server_that_is_away_costs_nothing, Place) {
  server.away = true;
  server.pause = 900s;
  critical("1"), digest("2");
  const Delivery::Pass pass = delivery.run(now);
  BOOST_TEST(pass.failure == "the server is away");
  BOOST_TEST((pass.pause == 900s));
  BOOST_TEST(pass.left == 2u);
  server.away = false;
  BOOST_TEST(delivery.run(now).accepted == 2u);
}

BOOST_FIXTURE_TEST_CASE(what_ends_every_session_does_not_stand_before_others, Place) {
  server.poison = "poison";
  critical("poison"), critical("2"), critical("3");
  BOOST_TEST(delivery.run(now).failure == "poisoned");
  delivery.run(now + 1s);
  check_sent({"2>a@b.c", "3>a@b.c"});
  BOOST_TEST(spool.waiting().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_the_disk_does_not_record_is_remembered, Place) {
  critical("1", "a@b.c,s@t.u");
  server.outcomes = {{"s@t.u", Outcome::kLater}};
  const fs::path name = spool.directory() / spool.waiting().at(0);
  server.before_verdict = [&] {
    fs::rename(name, *this / "elsewhere");
    server.before_verdict = [] {};
  };
  delivery.run(now);
  BOOST_TEST(reports.size() == 2u);
  fs::rename(*this / "elsewhere", name);
  server.outcomes.clear();
  delivery.run(now, Delivery::Scope::kAll);
  check_sent({"1>a@b.c", "1>s@t.u"});
  BOOST_TEST(spool.waiting().empty());
}

BOOST_FIXTURE_TEST_CASE(what_was_settled_before_a_death_is_put_away, Place) {
  const std::string done = critical("1"), refused = critical("2");
  spool.settle(done, 0, Outcome::kAccepted, "");
  spool.settle(refused, 0, Outcome::kRefused, "");
  delivery.run(now);
  check_sent({});
  BOOST_TEST(server.sessions == 0u);
  BOOST_TEST(spool.waiting().empty());
  BOOST_TEST(fs::exists(spool.directory() / "failed" / refused));
}

BOOST_FIXTURE_TEST_CASE(damaged_entries_are_set_aside, Place) {
  test::write_all(spool.directory() / "1.mail", "garbage");
  critical("2");
  delivery.run(now);
  check_sent({"2>a@b.c"});
  BOOST_TEST(fs::exists(spool.directory() / "failed/1.mail"));
  BOOST_TEST(reports.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_the_spool_does_not_take_goes_from_memory, Place) {
  Spool none(*this / "none", {}, {.files = 0});
  Delivery from_memory(none, server, {}, {10s, 100s});
  server.away = true;
  from_memory.keep_in_memory(letter("1", "a@b.c,s@t.u", Urgency::kCritical));
  BOOST_TEST(from_memory.run(now).left == 1u);
  server.away = false;
  server.outcomes = {{"s@t.u", Outcome::kLater}};
  from_memory.run(now);
  server.outcomes.clear();
  from_memory.run(now, Delivery::Scope::kAll);
  from_memory.run(now, Delivery::Scope::kAll);
  check_sent({"1>a@b.c", "1>s@t.u"});
  // With room again it moves to the spool.
  server.away = true;
  delivery.keep_in_memory(letter("2", "a@b.c", Urgency::kCritical));
  delivery.run(now);
  BOOST_TEST(spool.waiting().size() == 1u);
  server.away = false;
  delivery.run(now);
  BOOST_TEST(sent().back() == "2>a@b.c");
  BOOST_TEST(server.sent.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(memory_is_limited, Place) {
  for (int i = 0; i < 101; ++i) delivery.keep_in_memory(letter("1", "a@b.c", Urgency::kCritical));
  BOOST_TEST(reports.size() == 1u);
}

}  // namespace favras::mailer
