// A preparation in which each system call in turn fails, or is the process's last: what lies there afterwards
// is the older data or the new, and the next run leaves nothing else. This program's own open, write, ...
// stand before libc's.
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/corpus.h"
#include "apps/seq2seq/data/dataset.h"
#include "tests/apps/seq2seq/data/data_test_support.h"
#include "tests/engine/storage/scratch.h"

namespace {

// What befalls call number `at` (from 1): an error, or, if that is 0, death.
struct {
  int at = 0, error = 0, calls = 0;
  bool has_exchange = true;  // whether the file system can exchange two names
} watch;

// True when the call is to fail.
bool strike() {
  if (watch.at == 0 || ++watch.calls != watch.at) return false;
  if (watch.error == 0) ::kill(::getpid(), SIGKILL);
  errno = watch.error;
  return true;
}

}  // namespace

extern "C" {
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return strike() ? -1 : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t read(int descriptor, void* data, size_t size) {
  return strike() ? -1 : ::syscall(SYS_read, descriptor, data, size);
}
ssize_t pread(int descriptor, void* data, size_t size, off_t offset) {
  return strike() ? -1 : ::syscall(SYS_pread64, descriptor, data, size, offset);
}
ssize_t write(int descriptor, const void* data, size_t size) {
  return strike() ? -1 : ::syscall(SYS_write, descriptor, data, size);
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  return strike() ? -1 : ::syscall(SYS_pwrite64, descriptor, data, size, offset);
}
int close(int descriptor) {
  const bool fails = strike();
  const auto result = static_cast<int>(::syscall(SYS_close, descriptor));
  if (fails) errno = watch.error;
  return fails ? -1 : result;
}
int mkdir(const char* path, mode_t mode) noexcept {
  return strike() ? -1 : static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int rename(const char* from, const char* to) noexcept {
  return strike() ? -1 : static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) noexcept {
  if (strike()) return -1;
  if (watch.has_exchange) return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, flags));
  errno = EINVAL;
  return -1;
}
int remove(const char* path) noexcept {
  if (strike()) return -1;
  const auto result = static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
  return result == 0 || errno != EISDIR
             ? result
             : static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
}
int unlinkat(int directory, const char* path, int flags) noexcept {
  return strike() ? -1 : static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags));
}
}

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;
using namespace testing;

class Place : public TemporaryDirectory {
 public:
  Place() {
    write("old.txt", text(0));
    write("new.txt", text(1000));
    old_ = prepared("old.txt");
    new_ = prepared("new.txt");
  }

  void reset() const {
    for (const char* name : {"data", ".data.tmp", ".data.old"}) fs::remove_all(*this / name);
    prepare("old.txt");
  }
  // With so little memory that there are several runs.
  void prepare(const std::string& file) const {
    DataDescription description{.settings = {.minimum_length = 1}};
    DataDirectoryWriter writer(*this / "data", false);
    const auto files = list_inputs({*this / file}, "content");
    const Preparation result = prepare_corpus(files, {.threads = 1, .memory = 1000}, description, writer);
    writer.finish(result.vocabulary, {{"teh", "the"}}, description);
  }
  // All that lies in the data directory, if it can be loaded.
  std::string content() const {
    load_dataset(*this / "data");
    std::string all;
    for (const char* file :
         {"train.txt", "validation.txt", "vocabulary.json", "misspellings.tsv", "data.json"})
      all += read(*this / "data" / file);
    return all;
  }
  void check_next_run() const {
    prepare("new.txt");
    BOOST_CHECK(content() == new_);
    BOOST_CHECK(!fs::exists(*this / ".data.tmp") && !fs::exists(*this / ".data.old"));
  }
  bool is_old() const { return content() == old_; }
  void check_old_or_new() const { BOOST_CHECK(content() == old_ || content() == new_); }

 private:
  static std::string text(int first) {
    std::string lines;
    for (int i = 0; i < 60; ++i) lines += "sentence number " + std::to_string(first + i % 50) + "\n";
    return lines;
  }
  std::string prepared(const std::string& file) const {
    prepare(file);
    return content();
  }

  std::string old_, new_;
};

// The error of preparing new.txt over the data of old.txt while call number `at` fails; none: "".
std::string error_of(const Place& place, int at, int error) {
  watch.at = at;
  watch.error = error;
  watch.calls = 0;
  const std::string message = message_of([&] { place.prepare("new.txt"); });
  watch.at = 0;
  return message;
}

void sweep_errors() {
  const Place place;
  for (int at = 1;; ++at) {
    place.reset();
    const std::string message = error_of(place, at, EIO);
    const bool all_tried = watch.calls < at;
    BOOST_TEST_CONTEXT("call " << at << ": " << message) {
      if (message.empty()) BOOST_CHECK(!place.is_old());
      place.check_old_or_new();
      place.check_next_run();
    }
    if (all_tried) {
      BOOST_CHECK_EQUAL(message, "");
      BOOST_CHECK_GT(at, 30);
      return;
    }
  }
}

void sweep_kills() {
  const Place place;
  for (int at = 1;; ++at) {
    place.reset();
    const int status = test::in_child([&] { return error_of(place, at, 0).empty() ? 0 : 1; });
    BOOST_TEST_CONTEXT("killed at call " << at) {
      if (!fs::exists(place / "data")) {  // between the two renames
        BOOST_CHECK(!watch.has_exchange);
        remove_leftovers(place / "data");
      }
      place.check_old_or_new();
      place.check_next_run();
    }
    if (WIFSIGNALED(status)) continue;
    BOOST_CHECK_EQUAL(status, 0);
    return;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_call_fails_once) { sweep_errors(); }

BOOST_AUTO_TEST_CASE(every_call_fails_once_where_names_cannot_be_exchanged) {
  watch.has_exchange = false;
  sweep_errors();
  watch.has_exchange = true;
}

BOOST_AUTO_TEST_CASE(the_process_is_killed_at_every_call) { sweep_kills(); }

BOOST_AUTO_TEST_CASE(the_process_is_killed_at_every_call_where_names_cannot_be_exchanged) {
  watch.has_exchange = false;
  sweep_kills();
  watch.has_exchange = true;
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_explained) {
  const Place place;
  std::vector<std::string> words{"prepare", "--output", place / "data", "--threads", "1", place / "new.txt"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int explained = 0, explained_quota = 0;
  for (int at = 1; at == 1 || watch.calls >= at - 1; ++at) {
    place.reset();
    watch = {.at = at, .error = at % 2 == 0 ? ENOSPC : EDQUOT};
    const std::string message =
        message_of([&] { run_prepare(static_cast<int>(words.size()), arguments.data()); });
    watch.at = 0;
    if (contains(message, "write '")) {
      ++(watch.error == ENOSPC ? explained : explained_quota);
      BOOST_CHECK_MESSAGE(
          contains(message, "; prepare needs room for about twice the text it reads (0.0 MB)") &&
              contains(message, "name an --output on another disk"),
          message);
    }
  }
  BOOST_CHECK(explained >= 1 && explained_quota >= 1);
  BOOST_CHECK_GE(explained + explained_quota, 4);  // two data files, vocabulary and description
}

}  // namespace favras::seq2seq
