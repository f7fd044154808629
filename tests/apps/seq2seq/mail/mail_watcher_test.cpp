// What a training's watcher mails and when, by way of a dry run.
#include "apps/seq2seq/mail/mail_watcher.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "apps/mailer/message.h"
#include "apps/mailer/spool.h"
#include "apps/seq2seq/training/run_log.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

namespace fs = std::filesystem;
using test::contains;

const boost::json::object kStarted{
    {"event", "started"}, {"step", 0}, {"epochs", 4}, {"batches", 10}, {"time", "now"}};
const boost::json::object kEpoch{{"event", "epoch"}, {"step", 10},     {"epoch", 1},   {"accuracy", 0.5},
                                 {"best", true},     {"seconds", 1.0}, {"time", "now"}};

struct Place : test::ScratchDirectory {
  MailSettings settings;
  TrainOptions options;
  RunDirectory run{*this / "english"};

  Place() {
    settings.from = {"", "run@example.org"};
    settings.to = {{"", "ann@example.org"}};
    settings.dry_run = *this / "eml";
    options.run = run.root;
    fs::create_directories(run.root);
  }
  void on(const std::string& occasions) { settings.occasions = parse_mail_occasions(occasions); }
  std::vector<mailer::Message> mails() const {  // the oldest first
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(*this / "eml"))
      if (entry.path().extension() == ".eml") paths.push_back(entry.path());
    std::ranges::sort(paths);
    std::vector<mailer::Message> messages;
    for (const fs::path& path : paths) messages.push_back(mailer::read_message(test::read_all(path)));
    return messages;
  }
  std::vector<std::string> subjects() const {
    std::vector<std::string> found;
    for (const mailer::Message& mail : mails()) found.push_back(mail.subject);
    return found;
  }
};

BOOST_FIXTURE_TEST_CASE(events_that_are_asked_for_are_mailed, Place) {
  on("started,epoch");
  {
    MailWatcher watcher(settings, options, run);
    watcher.event(kStarted);
    watcher.line(format_header(options));
    watcher.line("one");
    watcher.event(kEpoch);
    watcher.line("two");
    watcher.event({{"event", "saved"}, {"step", 10}});
    watcher.event(kEpoch);
    watcher.event({{"event", "finished"}, {"step", 10}});
    watcher.failed("not asked for");
  }
  BOOST_TEST_REQUIRE(mails().size() == 3u);
  BOOST_TEST(subjects()[0] == "english: Started");
  BOOST_TEST(mails()[1].text == format_header(options) + "\none\n");
  BOOST_TEST(mails()[2].text == format_header(options) + "\ntwo\n");
  BOOST_TEST(mails()[0].thread == mails()[2].thread);
  BOOST_TEST(mails()[0].thread != "");
}

BOOST_FIXTURE_TEST_CASE(the_best_alone, Place) {
  on("best,failed");
  boost::json::object worse = kEpoch;
  worse["best"] = false;
  {
    MailWatcher watcher(settings, options, run);
    watcher.event(kStarted);
    watcher.event(kEpoch);
    watcher.event(worse);
    watcher.failed("out of memory");
  }
  BOOST_TEST(mails().size() == 2u);
  BOOST_TEST(subjects()[1] == "english: Failed");
}

BOOST_FIXTURE_TEST_CASE(saves_that_go_on_failing_are_told_once, Place) {
  on("save_failed");
  const boost::json::object failed{{"event", "save_failed"}, {"step", 1}, {"reason", "full"}};
  {
    MailWatcher watcher(settings, options, run);
    for (int i = 0; i < 3; ++i) watcher.event(failed);
  }
  BOOST_TEST(mails().size() == 1u);
  {
    MailWatcher watcher(settings, options, run);
    for (int i = 0; i < 2; ++i) watcher.event(failed);
    watcher.event({{"event", "saved"}, {"step", 2}});
    watcher.event(failed);
  }
  BOOST_TEST(mails().size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_resumed_run_knows_its_past, Place) {
  on("epoch,resumed");
  test::write_all(run.log(), format_header(options) +
                                 "\nold\n\nModel training for 0h:0m:1s and saved.\n"
                                 "Current accuracy = 50.0%\n\nkept\n");
  test::write_all(run.events(), boost::json::serialize(kStarted) + "\n" + boost::json::serialize(kEpoch) +
                                    "\nnot JSON\n{\"event\":\"progress\",\"step\":12,\"seconds\":1.5,"
                                    "\"lines_seen\":120,\"validation_loss\":2.5}\n");
  {
    MailWatcher watcher(settings, options, run);
    boost::json::object resumed = kStarted;
    resumed["event"] = "resumed";
    watcher.event(resumed);
    watcher.line("new");
    watcher.event(
        {{"event", "progress"}, {"step", 13}, {"seconds", 1.5}, {"lines_seen", 130}, {"validation_loss", 2}});
    watcher.event(kEpoch);
  }
  BOOST_TEST_REQUIRE(mails().size() == 2u);
  BOOST_TEST(mails()[1].text == format_header(options) + "\nkept\nnew\n");
  BOOST_TEST(contains(mails()[0].html, "<tr><td>1</td><td>50.0%</td>"));
  BOOST_TEST(mails()[1].subject == "english: Completed training epoch 1 - Accuracy = 50.0% - 3s left");
  BOOST_TEST(mails()[0].picture == "");  // a curve of one point
  BOOST_TEST(mails()[1].picture.starts_with("\x89PNG"));
  const std::string thread = mails()[0].thread;
  // The same run, seen by the process that started it.
  fs::remove_all(*this / "eml");
  fs::remove(run.log());
  test::write_all(run.events(), boost::json::serialize(kStarted) + "\n");
  on("started");
  MailWatcher(settings, options, run).event(kStarted);
  BOOST_TEST(mails()[0].thread == thread);
}

// Where nobody listens, so that all stays in the spool.
struct SpoolPlace : Place {
  fs::path mail{*this / "english/mail"};

  SpoolPlace() {
    settings.dry_run = "";
    settings.smtp.emplace();
    settings.smtp->server = {.implicit_tls = true, .user = "", .host = "127.0.0.1", .port = 1};
    on("epoch");
    boost::json::object second = kEpoch;
    second["epoch"] = 2;
    test::write_all(run.log(), format_header(options) +
                                   "\none\nCurrent accuracy = 50.0%\n\ntwo\n"
                                   "Current accuracy = 50.0%\n\nthree\n");
    test::write_all(run.events(), boost::json::serialize(kStarted) + "\n" + boost::json::serialize(kEpoch) +
                                      "\n" + boost::json::serialize(second) + "\n");
  }
  std::vector<mailer::Message> go_on() {
    {
      MailWatcher watcher(settings, options, run);
      boost::json::object resumed = kStarted;
      resumed["event"] = "resumed";
      watcher.event(resumed);
      watcher.event(resumed);  // as after a rollback
      BOOST_TEST(fs::exists(mail / "mailed-epoch"));
    }
    BOOST_TEST(!fs::exists(mail / "mailed-epoch"));
    mailer::Spool spool(mail);
    std::vector<mailer::Message> messages;
    for (const std::string& name : spool.waiting())
      messages.push_back(mailer::read_message(spool.load(name).eml));
    return messages;
  }
};

BOOST_FIXTURE_TEST_CASE(mails_that_a_kill_came_too_early_for, SpoolPlace) {
  fs::create_directories(mail);
  test::write_all(mail / "mailed-epoch", "1\n");
  const std::vector<mailer::Message> mails = go_on();
  BOOST_TEST_REQUIRE(mails.size() == 1u);
  BOOST_TEST(mails[0].subject.starts_with("english: Completed training epoch 2"));
  BOOST_TEST(mails[0].text == format_header(options) + "\ntwo\nCurrent accuracy = 50.0%\n\n");
}

BOOST_FIXTURE_TEST_CASE(no_mail_is_made_up_for_after_an_end, SpoolPlace) { BOOST_TEST(go_on().empty()); }

BOOST_FIXTURE_TEST_CASE(only_mails_that_are_asked_for_are_made_up_for, SpoolPlace) {
  fs::create_directories(mail);
  test::write_all(mail / "mailed-epoch", "0\n");
  on("finished");
  BOOST_TEST(go_on().empty());
}

// Takes connections and never says a word.
struct SilentPlace : SpoolPlace {
  int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  SilentPlace() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(listener, any, size) == 0 && ::listen(listener, 8) == 0);
    BOOST_REQUIRE(::getsockname(listener, any, &size) == 0);
    settings.smtp->server.port = ntohs(address.sin_port);
  }
};

// What the training's thread spends on mail is printed for docs/results/mail.md.
BOOST_FIXTURE_TEST_CASE(a_silent_server_keeps_nobody_waiting, SilentPlace) {
  on("epoch,digest=1s");
  std::vector<double> microseconds;
  MailWatcher watcher(settings, options, run);
  watcher.event(kStarted);
  while (!fs::exists(mail / "lock"))  // the sender has begun
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  for (int i = 0; i < 2000; ++i) {
    const auto before = std::chrono::steady_clock::now();
    watcher.line("a line");
    watcher.event(i % 100 == 99 ? kEpoch : boost::json::object{{"event", "progress"}, {"step", i}});
    microseconds.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - before).count());
  }
  ::close(listener);  // the end, too
  std::ranges::sort(microseconds);
  std::printf("report: of 2000 events, 20 of them epochs, the middle one took %.1f us, the longest %.0f us\n",
              microseconds[1000], microseconds.back());
}

// The one thing that takes its time: a second without news.
BOOST_FIXTURE_TEST_CASE(silence_and_digests, Place) {
  on("stalled=1s,digest=1s");
  {
    MailWatcher watcher(settings, options, run);
    watcher.event(kStarted);
    while (subjects().size() < 3) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const std::vector<std::string> found = subjects();
  BOOST_TEST(std::ranges::count(found, "english: No news for 1s") == 1);  // once until there is news
  BOOST_TEST(std::ranges::count(found, "english: Progress") >= 2);
}

BOOST_FIXTURE_TEST_CASE(a_place_that_cannot_be_written_stops_nothing, Place) {
  on("started");
  MailWatcher watcher(settings, options, run);
  fs::remove_all(*this / "eml");
  test::write_all(*this / "eml", "");
  BOOST_CHECK_NO_THROW(watcher.event(kStarted));
}

}  // namespace
}  // namespace favras::seq2seq
