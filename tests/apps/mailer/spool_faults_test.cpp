// Each system call of put() and settle() fails in turn, or is the process's last: what put() has returned for
// is there as a whole, and what it threw for is not. This program's own write, fsync, ... stand before
// libc's.
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/spool.h"
#include "tests/apps/mailer/messages.h"
#include "tests/engine/storage/scratch.h"

namespace {

struct {
  int calls = 0, at = 0;  // so many so far; the one that is struck, 0 for none
  int error = 0;          // 0: the process is killed
  std::string names;      // a letter for each
} watch;

bool strike(char name) {
  watch.names += name;
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
  return strike('o') ? -1 : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t write(int descriptor, const void* data, size_t size) {
  // A disk that is nearly full takes half first.
  const size_t half = watch.at != 0 && size > 1 ? size / 2 : size;
  return strike('w') ? -1 : ::syscall(SYS_write, descriptor, data, half);
}
ssize_t pwrite(int descriptor, const void* data, size_t size, off_t place) {
  return strike('p') ? -1 : ::syscall(SYS_pwrite64, descriptor, data, size, place);
}
int fsync(int) { return strike('f') ? -1 : 0; }
int fdatasync(int) { return strike('d') ? -1 : 0; }
int rename(const char* from, const char* to) noexcept {
  return strike('r') ? -1 : static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
}

namespace favras::mailer {
namespace {

struct Place : test::ScratchDirectory {
  Spool spool{*this / "spool"};

  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(*this / "spool")) ++count;
    return count;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_disk_has_everything_before_put_and_settle_return) {
  Place place;
  watch = {};
  const std::string name = place.spool.put(test::example_message(), Urgency::kCritical);
  BOOST_TEST(watch.names == "owfrof");  // the file, then its name in the directory
  watch = {};
  place.spool.settle(name, 0, Outcome::kAccepted, "250 OK");
  BOOST_TEST(watch.names == "oopd");
}

BOOST_AUTO_TEST_CASE(put_is_whole_or_nothing_at_every_error) {
  for (const int error : {ENOSPC, EIO}) {
    int at = 1;
    for (bool passed = false; !passed; ++at) {
      Place place;
      watch = {.calls = 0, .at = at, .error = error, .names = {}};
      try {
        place.spool.put(test::example_message(), Urgency::kCritical);
        passed = watch.calls < at;
      } catch (const std::system_error& failure) {
        BOOST_TEST(failure.code().value() == error);
      }
      watch.at = 0;
      BOOST_TEST(place.files() == (passed ? 2u : 1u));  // failed/ is there always
      if (passed)
        BOOST_TEST(place.spool.load(place.spool.waiting().at(0)).eml == compose(test::example_message()));
    }
    BOOST_TEST(at > 10);  // open, several writes, fsync, rename, open, fsync
    std::printf("report: put() failed with %s at each of %d calls\n", strerrorname_np(error), at - 2);
  }
}

BOOST_AUTO_TEST_CASE(put_is_whole_or_nothing_after_every_death) {
  int at = 1;
  for (bool passed = false; !passed; ++at) {
    Place place;
    const int status = test::in_child([&] {
      watch = {.calls = 0, .at = at, .error = 0, .names = {}};
      place.spool.put(test::example_message(), Urgency::kCritical);
      return 0;
    });
    passed = WIFEXITED(status);
    if (passed) BOOST_TEST(WEXITSTATUS(status) == 0);
    const auto waiting = place.spool.waiting();
    BOOST_TEST(waiting.size() <= 1u);
    if (passed) BOOST_TEST(waiting.size() == 1u);
    for (const auto& name : waiting)
      BOOST_TEST(place.spool.load(name).eml == compose(test::example_message()));
  }
  BOOST_TEST(at > 10);
  std::printf("report: put() was killed at each of %d calls\n", at - 2);
}

BOOST_AUTO_TEST_CASE(settling_never_damages_an_entry) {
  int at = 1;
  for (bool passed = false; !passed; ++at) {
    Place place;
    const std::string name = place.spool.put(test::example_message(), Urgency::kCritical);
    watch = {.calls = 0, .at = at, .error = ENOSPC, .names = {}};
    try {
      place.spool.settle(name, 0, Outcome::kRefused, "550 No");
      passed = watch.calls < at;
    } catch (const std::system_error&) {
    }
    watch.at = 0;
    const Letter letter = place.spool.load(name);
    BOOST_TEST(letter.eml == compose(test::example_message()));
    if (passed) BOOST_TEST(letter.has_refused());
  }
  BOOST_TEST(at > 4);
  std::printf("report: settle() failed at each of %d calls\n", at - 2);
}

}  // namespace favras::mailer
