// What may happen around a run: other trainers, a clock that is set, a directory that is moved or
// write-protected, a standard output that takes nothing. The run comes to the end of one that nothing
// happened to.
#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/apps/seq2seq/durability/long_run.h"

namespace favras::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

BOOST_TEST_GLOBAL_FIXTURE(InMemory);

const std::map<std::string, std::string> kOptions{{"checkpoint-every", "20"}};

struct Surroundings : TrainingPlace {
  Surroundings() { run_whole("whole", kOptions); }

  void check_finished(const Ended& ended, const std::string& run = "run") const {
    BOOST_TEST(ended.status == 0, ended.err);
    check_same(*this / run, *this / "whole");
  }
  // The run as nobody, who may write into it, and into nothing else.
  void give_to_nobody() const {
    fs::permissions(path(), fs::perms(0755));
    fs::create_directory(*this / "run");
    fs::permissions(*this / "run", fs::perms(0777));
  }
};

std::vector<json::object> events_in(const fs::path& run) {
  std::vector<json::object> events;
  std::ifstream file(run / "events.jsonl");
  for (std::string line; std::getline(file, line);) events.push_back(json::parse(line).as_object());
  return events;
}

bool has_ended(const std::unique_ptr<Program>& program) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(program->id()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0;
}

BOOST_AUTO_TEST_SUITE(surroundings)

BOOST_FIXTURE_TEST_CASE(of_many_trainers_started_at_once_one_trains, Surroundings) {
  std::vector<std::unique_ptr<Program>> programs;
  for (int i = 0; i < 8; ++i) programs.push_back(std::make_unique<Program>(train("run", kOptions)));
  // The one that trains waits for its reader in the end.
  for (int waits = 0; waits < 6000 && std::ranges::count_if(programs, has_ended) < 7; ++waits)
    ::usleep(10000);
  int finished = 0;
  for (const auto& program : programs) {
    const Ended ended = program->finish();
    if (ended.status == 0) {
      ++finished;
      continue;
    }
    BOOST_TEST(ended.status == 1);
    BOOST_TEST(contains(ended.err, fmt::format("'{}' is in use by another trainer", at("run"))), ended.err);
  }
  BOOST_TEST(finished == 1);
  check_same(*this / "run", *this / "whole");
}

BOOST_FIXTURE_TEST_CASE(a_second_trainer_names_the_first_whatever_the_path, Surroundings) {
  Program first(train("run", kOptions));
  BOOST_TEST(first.says("Batch     10/95"));
  fs::create_directory_symlink("run", *this / "link");
  for (const std::string name : {"run", "link", "run/../run"}) {
    const Ended second = run_seq2seq(train(name, kOptions));
    BOOST_TEST(second.status == 1);
    BOOST_TEST(contains(second.err, fmt::format("process {} ", first.id())), second.err);
  }
  check_finished(first.finish());
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_is_set_back_and_forward, Surroundings) {
  Program program(train("run", kOptions), "", Program::User::kSame,
                  [] { ::setenv("LD_PRELOAD", CLOCK_LIBRARY, 1); });
  check_finished(program.finish());
  bool went_back = false;
  std::string time;
  double seconds = 0.0;
  for (const json::object& event : events_in(*this / "run")) {
    const std::string now(event.at("time").as_string());
    went_back = went_back || now < time;
    time = now;
    if (event.contains("seconds")) {
      BOOST_TEST(event.at("seconds").to_number<double>() >= seconds);
      seconds = event.at("seconds").to_number<double>();
    }
    if (event.contains("lines_per_second"))
      BOOST_TEST(event.at("lines_per_second").to_number<double>() > 0.0);
  }
  BOOST_TEST(went_back);
  BOOST_TEST(seconds > 0.0);
  BOOST_TEST(seconds < 3600.0);
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_moved_while_it_is_paused, Surroundings) {
  Program program(train("run", kOptions));
  BOOST_TEST(program.says("Epoch   1/2 Batch     30/95"));
  ::kill(program.id(), SIGSTOP);
  fs::create_directory(*this / "elsewhere");
  fs::rename(*this / "run", *this / "elsewhere" / "moved");
  ::kill(program.id(), SIGCONT);
  check_finished(program.finish(), "elsewhere/moved");
  BOOST_TEST(!fs::exists(*this / "run"));
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_write_protected_for_a_while, Surroundings,
                        *boost::unit_test::precondition(unprivileged_is_possible)) {
  give_to_nobody();
  Program program(train("run", kOptions), "", Program::User::kNobody);
  BOOST_TEST(program.says("Epoch   1/2 Batch     30/95"));
  const std::vector<fs::path> both{*this / "run", *this / "run/checkpoints"};
  for (const fs::path& directory : both) fs::permissions(directory, fs::perms(0555));
  BOOST_TEST(program.says("Epoch   2/2 Batch     10/95"));
  for (const fs::path& directory : both) fs::permissions(directory, fs::perms(0777));
  const Ended ended = program.finish();
  check_finished(ended);
  BOOST_TEST(!events_of(*this / "run", "save_failed").empty());
  BOOST_TEST(contains(ended.err, "Permission denied"), ended.err);
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_write_protected_from_the_start, Surroundings,
                        *boost::unit_test::precondition(unprivileged_is_possible)) {
  give_to_nobody();
  Program program(train("run", kOptions), "", Program::User::kNobody);
  BOOST_TEST(program.says("Epoch   1/2 Batch     30/95"));
  BOOST_TEST(program.finish_after(SIGTERM).status == 75);
  fs::permissions(*this / "run", fs::perms(0555));
  fs::permissions(*this / "run/lock", fs::perms(0444));
  check_refused(path(), train("run", kOptions), 1,
                fmt::format("open '{}': Permission denied", at("run/lock")), Program::User::kNobody);
  fs::permissions(*this / "run", fs::perms(0777));
  fs::permissions(*this / "run/lock", fs::perms(0666));
  check_finished(run_seq2seq(train("run", kOptions)));
}

BOOST_FIXTURE_TEST_CASE(a_standard_output_that_takes_nothing, Surroundings) {
  const auto to = [](const char* name) {
    return [name] { ::dup2(::open(name, O_WRONLY | O_CLOEXEC), STDOUT_FILENO); };
  };
  const auto nobody_reads = [] {
    ::signal(SIGPIPE, SIG_DFL);
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
  };
  const std::map<std::string, std::function<void()>> streams{
      {"full", to("/dev/full")},
      {"readonly", [] { ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDOUT_FILENO); }},
      {"pipe", nobody_reads},
      {"closed", [] { ::close(STDOUT_FILENO); }},
      {"all closed", [] {
         for (const int stream : {0, 1, 2}) ::close(stream);
       }}};
  for (const auto& [name, close_stream] : streams) {
    BOOST_TEST_CONTEXT(name) {
      Program program(train(name, kOptions), "", Program::User::kSame, close_stream);
      const Ended ended = program.finish();
      // Whatever it says of its output in the end.
      BOOST_TEST((ended.status == 0 || (ended.status == 1 && contains(ended.err, "standard output"))),
                 ended.status << ": " << ended.err);
      check_same(*this / name, *this / "whole");
      BOOST_TEST(read_all(*this / name / "lock").starts_with("process "));
      BOOST_TEST(!contains(read_all(*this / name / "lock"), "Epoch"));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace favras::test
