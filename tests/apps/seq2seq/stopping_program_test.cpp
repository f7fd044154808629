// Each way to ask a run to stop: what it answers, and that it goes on to the same end.
#include <csignal>
#include <set>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/http_server.h"
#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"
#include "tests/apps/seq2seq/terminal.h"

namespace favras::test {

namespace {

namespace json = boost::json;

struct Place : TrainingPlace {
  Place() { rnn_size = "120"; }
  std::string reason(const std::string& run) const {
    const json::value event = json::parse(events_of(*this / run, "interrupted"));
    return std::string(event.at("reason").as_string());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stopping_program, Place)

BOOST_AUTO_TEST_CASE(every_signal_is_a_reason_to_stop) {
  run_whole("whole");
  for (const auto& [signal, name] : {std::pair(SIGINT, "SIGINT"),
                                     {SIGTERM, "SIGTERM"},
                                     {SIGUSR1, "SIGUSR1"},
                                     {SIGHUP, "SIGHUP"},
                                     {SIGXCPU, "SIGXCPU"}}) {
    Program program(train(name));
    BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
    BOOST_TEST(program.finish_after(signal).status == 75);
    BOOST_TEST(reason(name) == name);
  }
  run_whole("SIGUSR1");
  check_same(*this / "SIGUSR1", *this / "whole");
}

BOOST_AUTO_TEST_CASE(a_run_within_an_epoch_says_that_it_has_newer_weights) {
  Program program(train("run"));
  BOOST_TEST_REQUIRE(program.says("Epoch   2/2 Batch     20/95"));
  BOOST_TEST_REQUIRE(program.finish_after(SIGTERM).status == 75);
  const auto hint = [&](Words more = {}) {
    more.insert(more.begin(), {"evaluate", "--run", at("run")});
    return run_seq2seq(more).err;
  };
  BOOST_TEST(
      hint() ==
      fmt::format("{}: these are the weights of its best whole epoch (step 95); those of step {}, within an "
                  "epoch, are newer: --weights newest\n",
                  at("run"), list_checkpoints(*this / "run/checkpoints").back().step));
  BOOST_TEST(hint({"--weights", "best"}) == "");
  run_whole("run");
  BOOST_TEST(hint() == "");
}

BOOST_AUTO_TEST_CASE(what_nohup_ignores_stays_ignored) {
  Program program(train("run"), "", Program::User::kSame, [] { std::signal(SIGHUP, SIG_IGN); });
  BOOST_TEST_REQUIRE(program.says("Epoch   1/2 Batch     20/95"));
  BOOST_TEST(program.finish_after(SIGHUP).status == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_it_at_once) {
  Program program(train("run", {{"epochs", "1000"}}));
  BOOST_TEST_REQUIRE(program.says("Epoch   1/1000 Batch     20/95"));
  // Nobody reads its output: it cannot come to its end.
  siginfo_t ended{};
  do ::kill(program.id(), SIGTERM);
  while (::waitid(P_PID, static_cast<id_t>(program.id()), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ended.si_pid == 0);
  BOOST_TEST(program.finish().status == -SIGTERM);
}

BOOST_AUTO_TEST_CASE(a_terminal_that_closes_stops_it_with_a_checkpoint) {
  run_whole("whole");
  Terminal terminal(train("run"));
  BOOST_TEST_REQUIRE(terminal.shows("Batch     20/95"));
  terminal.close();
  BOOST_TEST(terminal.finish() == 75);
  BOOST_TEST(reason("run") == "SIGHUP");
  run_whole("run");
  check_same(*this / "run", *this / "whole");
}

BOOST_AUTO_TEST_CASE(a_spot_notice_stops_it) {
  int asked = 0;
  const HttpServer cloud(
      [&](const std::string&) { return ++asked < 2 ? http_answer(404, "") : http_answer(200, "soon"); });
  const Ended ended = run_seq2seq(
      train("run", {{"epochs", "1000000"}, {"log-every", "1000000"}, {"spot-notice", cloud.url()}}));
  BOOST_TEST(ended.status == 75);
  BOOST_TEST(asked == 2);
  BOOST_TEST(reason("run") == "spot notice: soon");
  BOOST_TEST(ended.err.starts_with("Interrupted after step "));
  const Ended wrong = run_seq2seq(train("run", {{"spot-notice", "azure"}}));
  BOOST_TEST(wrong.status == 2);
  BOOST_TEST(contains(wrong.err, "expected off, aws, gcp, aws=URL, gcp=URL or a URL"));
}

BOOST_AUTO_TEST_CASE(the_service_manager_hears_how_it_stands) {
  const std::string name = at("notify");
  const int manager = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX};
  name.copy(address.sun_path, name.size());
  BOOST_TEST_REQUIRE(::bind(manager, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  run_whole("run", {{"batch-size", "500"}});  // one an epoch: a socket keeps no more than ten messages
  ::unsetenv("NOTIFY_SOCKET");
  std::vector<std::string> heard;
  std::array<char, 4096> text;
  for (ssize_t size; (size = ::recv(manager, text.data(), text.size(), 0)) >= 0;)
    heard.emplace_back(text.data(), static_cast<std::size_t>(size));
  ::close(manager);
  BOOST_TEST_REQUIRE(heard.size() >= 3u);
  BOOST_TEST(heard[0] == "READY=1");  // within the validation already, whose loss the status waits for
  BOOST_TEST(heard[1].starts_with("STATUS=epoch 1/2, batch 1/1, loss "));
  BOOST_TEST(heard.back() == "STOPPING=1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
