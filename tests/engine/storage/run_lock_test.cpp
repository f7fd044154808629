#include "engine/storage/run_lock.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using test::contains;

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string refusal(const std::filesystem::path& directory) {
  try {
    RunLock lock(directory);
  } catch (const RunLocked& error) {
    return error.what();
  }
  return {};
}

// A child process that holds the lock until it is killed.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& directory) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
    process_ = ::fork();
    if (process_ == 0) {
      std::optional<RunLock> lock;
      try {
        lock.emplace(directory);
      } catch (...) {
        ::_exit(1);
      }
      if (::write(ends[1], "!", 1) != 1) ::_exit(1);
      while (true) ::pause();
    }
    ::close(ends[1]);
    char ready = 0;
    if (process_ < 0 || ::read(ends[0], &ready, 1) != 1) throw std::runtime_error("the child could not lock");
    ::close(ends[0]);
  }
  ~Holder() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  pid_t process() const { return process_; }

 private:
  pid_t process_;
};

BOOST_AUTO_TEST_CASE(a_second_process_is_refused_and_told_by_whom) {
  const test::ScratchDirectory run;
  const Holder holder(run.path());
  const std::string error = refusal(run.path());
  BOOST_TEST(contains(error, fmt::format("'{}' is in use", run.path().string())), error);
  BOOST_TEST(contains(error, fmt::format("(process {} on host {})", holder.process(), host_name())), error);
}

BOOST_AUTO_TEST_CASE(a_killed_holder_lets_go) {
  const test::ScratchDirectory run;
  for (int i = 0; i < 2; ++i) {
    const Holder holder(run.path());
    BOOST_TEST(refusal(run.path()) != "");
  }
  BOOST_TEST(std::filesystem::exists(run / "lock"));
  BOOST_TEST(refusal(run.path()) == "");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_object_lets_go) {
  const test::ScratchDirectory run;
  {
    const RunLock lock(run.path());
    BOOST_TEST(refusal(run.path()) != "");
  }
  BOOST_TEST(refusal(run.path()) == "");
}

BOOST_AUTO_TEST_CASE(runs_do_not_lock_each_other) {
  const test::ScratchDirectory one, other;
  const RunLock lock(one.path());
  BOOST_TEST(refusal(other.path()) == "");
}

BOOST_AUTO_TEST_CASE(the_file_alone_is_no_lock_and_is_overwritten) {
  const test::ScratchDirectory run;
  test::write_all(run / "lock", "process 1 on host " + std::string(300, 'h') + "\nmore\n");
  const RunLock lock(run.path());
  BOOST_TEST(test::read_all(run / "lock") == fmt::format("process {} on host {}\n", ::getpid(), host_name()));
}

BOOST_AUTO_TEST_CASE(a_holder_that_recorded_nothing_still_locks) {
  const test::ScratchDirectory run;
  const RunLock lock(run.path());
  test::write_all(run / "lock", "");
  BOOST_TEST(
      refusal(run.path()) ==
      fmt::format("'{}' is in use by another trainer: wait for its end or stop it", run.path().string()));
}

BOOST_AUTO_TEST_CASE(a_directory_that_moves_is_followed) {
  const test::ScratchDirectory scratch;
  std::filesystem::create_directory(scratch / "here");
  const RunLock lock(scratch / "here");
  BOOST_TEST(lock.directory() == std::filesystem::canonical(scratch / "here"));
  std::filesystem::rename(scratch / "here", scratch / "there");
  std::filesystem::create_directory(scratch / "here");  // another one
  BOOST_TEST(lock.directory() == std::filesystem::canonical(scratch / "there"));
  BOOST_TEST(refusal(scratch / "there") != "");
  std::filesystem::remove_all(scratch / "there");
  BOOST_TEST(test::error_of([&] { lock.directory(); }) ==
             fmt::format("'{}' is no longer there: was it removed?", (scratch / "here").string()));
}

BOOST_AUTO_TEST_CASE(a_look_at_the_holder_holds_nobody_up) {
  const test::ScratchDirectory run;
  BOOST_TEST(!lock_holder(run.path()).has_value());
  BOOST_TEST(!std::filesystem::exists(run / "lock"));
  {
    const Holder holder(run.path());
    BOOST_TEST(lock_holder(run.path()).value() ==
               fmt::format("process {} on host {}", holder.process(), host_name()));
  }
  BOOST_TEST(!lock_holder(run.path()).has_value());
  BOOST_TEST(refusal(run.path()) == "");
}

BOOST_AUTO_TEST_CASE(no_run_directory) {
  const test::ScratchDirectory scratch;
  BOOST_TEST(test::error_of([&] { RunLock lock(scratch / "none"); }) ==
             "open '" + (scratch / "none").string() + "': No such file or directory");
}

}  // namespace
}  // namespace favras
