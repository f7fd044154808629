// A save in which each system call in turn fails, or is the process's last: what is on the disk afterwards is
// always the state before or the state after. This program's own open, write, fsync, ... stand before libc's.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"
#include "engine/storage/durable.h"
#include "engine/storage/safetensors.h"
#include "tests/engine/storage/scratch.h"

namespace {

enum class Fault { kNone, kError, kKill };

// What befalls call number `at` (from 1), and what was called so far.
struct {
  bool watching = false;
  Fault fault = Fault::kNone;
  int at = 0;
  std::vector<std::string> calls;
} watch;

// True when the call is to fail.
bool strike(std::string call) {
  if (!watch.watching) return false;
  watch.calls.push_back(std::move(call));
  if (watch.fault == Fault::kNone || static_cast<int>(watch.calls.size()) != watch.at) return false;
  if (watch.fault == Fault::kKill) ::kill(::getpid(), SIGKILL);
  errno = EIO;
  return true;
}

std::string name_of(const char* path) { return std::filesystem::path(path).filename(); }

std::string name_of(int descriptor) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  return ::readlink(link.c_str(), path.data(), path.size() - 1) < 0 ? "?" : name_of(path.data());
}

}  // namespace

extern "C" {
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (strike("open " + name_of(path))) return -1;
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t write(int descriptor, const void* data, size_t size) {
  if (strike("write " + name_of(descriptor))) return -1;
  return ::syscall(SYS_write, descriptor, data, size);
}
int fsync(int descriptor) {
  // Processes die here, the machine does not: nothing need wait for the disk.
  return strike("fsync " + name_of(descriptor)) ? -1 : 0;
}
int close(int descriptor) {
  const bool fails = strike("close " + name_of(descriptor));
  const auto result = static_cast<int>(::syscall(SYS_close, descriptor));
  if (fails) errno = EIO;
  return fails ? -1 : result;
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (strike("mkdir " + name_of(path))) return -1;
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int rename(const char* from, const char* to) noexcept {
  if (strike("rename " + name_of(from) + " " + name_of(to))) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int renameat2(int, const char* from, int, const char* to, unsigned flags) noexcept {
  if (strike("exchange " + name_of(from) + " " + name_of(to))) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
}
int unlinkat(int directory, const char* path, int flags) noexcept {
  if (strike("unlinkat " + name_of(path))) return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags));
}
}

namespace favras {
namespace {

namespace fs = std::filesystem;

// Runs the body under watch, call number `at` failing as said, and lets its exceptions through.
void run(Fault fault, int at, const std::function<void()>& body) {
  watch = {.watching = true, .fault = fault, .at = at, .calls = {}};
  try {
    body();
  } catch (...) {
    watch.watching = false;
    throw;
  }
  watch.watching = false;
}

std::vector<std::string> calls_of(const std::function<void()>& body) {
  run(Fault::kNone, 0, body);
  return watch.calls;
}

// The body with every call failing in turn until one run has fewer calls than that. `prepare` makes the state
// before, `check(completed)` judges the state after.
void sweep_errors(const std::function<void()>& prepare, const std::function<void()>& body,
                  const std::function<void(bool)>& check) {
  for (int at = 1;; ++at) {
    prepare();
    std::string error;
    try {
      run(Fault::kError, at, body);
    } catch (const std::system_error& caught) {
      error = caught.what();
      BOOST_TEST(caught.code().value() == EIO, error);
    }
    if (static_cast<int>(watch.calls.size()) < at) {
      BOOST_TEST(error == "");
      BOOST_TEST_MESSAGE(at - 1 << " calls failed in turn");
      return;
    }
    BOOST_TEST_CONTEXT("call " << at << ", " << watch.calls[static_cast<std::size_t>(at) - 1] << ": "
                               << error)
    check(error.empty());
  }
}

// The same in child processes that are killed at that call.
void sweep_kills(const std::function<void()>& prepare, const std::function<void()>& body,
                 const std::function<void()>& check) {
  for (int at = 1;; ++at) {
    prepare();
    const int status = test::in_child([&] {
      run(Fault::kKill, at, body);
      return 0;
    });
    if (status == 0) {
      BOOST_TEST_MESSAGE("killed at " << at - 1 << " calls in turn");
      return;
    }
    BOOST_REQUIRE(WIFSIGNALED(status));
    BOOST_TEST_CONTEXT("killed at call " << at) check();
  }
}

void save(const fs::path& directory, std::uint64_t step) {
  const std::string data = "step" + std::to_string(step);
  const std::vector<TensorRecord> tensors = {{"w", "U8", {5}, std::as_bytes(std::span(data))}};
  CheckpointWriter writer(directory, step);
  write_safetensors(writer.file("model"), tensors, {});
  durable_write(writer.file("state"), [&](File& file) { file.write(data); });
  writer.commit();
}

std::uint64_t newest(const fs::path& directory, int& reports) {
  const auto found = newest_valid_checkpoint(directory, [&](const std::string&) { ++reports; });
  return found ? found->step : 0;
}

void reset(const fs::path& directory, std::initializer_list<std::uint64_t> steps) {
  fs::remove_all(directory);
  for (const std::uint64_t step : steps) save(directory, step);
}

BOOST_AUTO_TEST_CASE(a_durable_write_makes_its_calls_in_the_safe_order) {
  const test::ScratchDirectory scratch;
  const std::string directory = scratch.path().filename();
  const auto calls = calls_of([&] { durable_write(scratch / "f", [](File& file) { file.write("new"); }); });
  const std::vector<std::string> expected = {"open f.tmp",         "write f.tmp",       "fsync f.tmp",
                                             "close f.tmp",        "rename f.tmp f",    "open " + directory,
                                             "fsync " + directory, "close " + directory};
  BOOST_TEST(calls == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_commit_syncs_everything_before_it_renames) {
  const test::ScratchDirectory scratch;
  const auto calls = calls_of([&] { save(scratch / "checkpoints", 1); });
  const auto last = [&](const std::string& call) {
    const auto found = std::ranges::find(calls.rbegin(), calls.rend(), call);
    BOOST_REQUIRE_MESSAGE(found != calls.rend(), "no " << call);
    return calls.rend() - found;
  };
  BOOST_TEST(last("fsync model") < last("fsync step-1.tmp"));
  BOOST_TEST(last("fsync state") < last("fsync step-1.tmp"));
  BOOST_TEST(last("rename manifest.json.tmp manifest.json") < last("fsync step-1.tmp"));
  BOOST_TEST(last("fsync step-1.tmp") < last("rename step-1.tmp step-1"));
  BOOST_TEST(last("rename step-1.tmp step-1") < last("fsync checkpoints"));
  BOOST_TEST(last("fsync " + scratch.path().filename().string()) < last("mkdir step-1.tmp"));
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_wholly_or_not_at_all) {
  const test::ScratchDirectory scratch;
  const fs::path path = scratch / "file";
  const auto prepare = [&] { test::write_all(path, "old"); };
  const auto body = [&] { durable_write(path, [](File& file) { file.write("new"); }); };
  sweep_errors(prepare, body, [&](bool completed) {
    const std::string text = test::read_all(path);
    BOOST_TEST((text == "new" || (text == "old" && !completed)));
    BOOST_TEST(!fs::exists(scratch / "file.tmp"));
  });
  sweep_kills(prepare, body, [&] {
    const std::string text = test::read_all(path);
    BOOST_TEST((text == "new" || text == "old"));
  });
}

BOOST_AUTO_TEST_CASE(every_failed_call_of_a_write_is_reported) {
  const test::ScratchDirectory scratch;
  const auto body = [&] { durable_write(scratch / "f", [](File& file) { file.write("new"); }); };
  const std::vector<std::string> calls = calls_of(body);
  // The last is the close of the directory after its fsync: nothing hangs on it.
  for (std::size_t at = 1; at < calls.size(); ++at) {
    const std::string error = test::error_of([&] { run(Fault::kError, static_cast<int>(at), body); });
    const std::string call = calls[at - 1].substr(0, calls[at - 1].find(' '));
    BOOST_TEST(error.starts_with(call + " '"), calls[at - 1] << " failed with: " << error);
    BOOST_TEST(error.ends_with("Input/output error"), error);
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_is_there_wholly_or_not_at_all) {
  const test::ScratchDirectory scratch;
  const fs::path directory = scratch / "checkpoints";
  const auto prepare = [&] { reset(directory, {1}); };
  const auto body = [&] { save(directory, 2); };
  sweep_errors(prepare, body, [&](bool completed) {
    int reports = 0;
    const std::uint64_t step = newest(directory, reports);
    BOOST_TEST((step == 2 || (step == 1 && !completed)));
    BOOST_TEST(!fs::exists(directory / "step-2.damaged"));
    if (step == 1) BOOST_CHECK_NO_THROW(save(directory, 2));
  });
  sweep_kills(prepare, body, [&] {
    int reports = 0;
    const std::uint64_t step = newest(directory, reports);
    BOOST_TEST((step == 1 || step == 2));
    BOOST_TEST(!fs::exists(directory / "step-2.damaged"));
    BOOST_TEST(!fs::exists(directory / "step-2.tmp"));
    if (step == 1) BOOST_CHECK_NO_THROW(save(directory, 2));
  });
}

BOOST_AUTO_TEST_CASE(a_checkpoint_is_replaced_wholly_or_not_at_all) {
  const test::ScratchDirectory scratch;
  const fs::path directory = scratch / "checkpoints";
  const auto prepare = [&] { reset(directory, {1, 2}); };
  const auto body = [&] { save(directory, 2); };
  const auto check = [&] {
    int reports = 0;
    BOOST_TEST(newest(directory, reports) == 2U);
    BOOST_TEST(!fs::exists(directory / "step-2.damaged"));
    BOOST_TEST(!fs::exists(directory / "step-2.tmp"));
  };
  sweep_errors(prepare, body, [&](bool) { check(); });
  sweep_kills(prepare, body, check);
}

BOOST_AUTO_TEST_CASE(pruning_leaves_only_whole_checkpoints) {
  const test::ScratchDirectory scratch;
  const fs::path directory = scratch / "checkpoints";
  const auto prepare = [&] { reset(directory, {1, 2, 3}); };
  const auto body = [&] { (void)prune_checkpoints(directory, {}); };
  const auto check = [&] {
    for (const Checkpoint& checkpoint : list_checkpoints(directory))
      BOOST_TEST(verify_checkpoint(checkpoint.path).empty());
    int reports = 0;
    BOOST_TEST(newest(directory, reports) == 3U);
    BOOST_TEST(prune_checkpoints(directory, {}).empty());
    BOOST_TEST(list_checkpoints(directory).size() == 1U);
  };
  sweep_kills(prepare, body, check);
}

}  // namespace
}  // namespace favras
