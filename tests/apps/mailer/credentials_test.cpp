// Where passwords come from, and that no message holds one.
#include "apps/mailer/credentials.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/error.h"
#include "tests/engine/storage/scratch.h"

namespace favras::mailer {
namespace {

// That it throws with this in its message, and without the secret.
void check_fails(const std::string& expected, const std::function<void()>& call) {
  try {
    call();
    BOOST_ERROR("no error: " + expected);
  } catch (const std::runtime_error& error) {
    const std::string what = error.what();
    BOOST_TEST(what.find(expected) != what.npos, what);
    BOOST_TEST(what.find("geheim") == what.npos, what);
  }
}

struct Place : test::ScratchDirectory {
  PasswordSource file(const std::string& content, mode_t mode = 0600) const {
    test::write_all(*this / "password", content);
    ::chmod((*this / "password").c_str(), mode);
    return {"", *this / "password"};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(from_a_file_that_is_its_owners, Place) {
  BOOST_TEST(read_password(file("geheim\n")) == "geheim");
  BOOST_TEST(read_password(file("geheim \r\n", 0400)) == "geheim ");
  for (const mode_t mode : {0640, 0604, 0660, 0610, 0602})
    check_fails("chmod 600", [&] { read_password(file("geheim", mode)); });
  check_fails("is empty", [&] { read_password(file("\n")); });
  check_fails("one line", [&] { read_password(file("geheim\ngeheim")); });
  check_fails("one line", [&] { read_password(file(std::string("geheim\0x", 8))); });
  check_fails("more than a password", [&] { read_password(file(std::string(70'000, 'x'))); });
  check_fails("not a file", [&] { read_password({"", path()}); });
  check_fails("No such file", [&] { read_password({"", *this / "absent"}); });
}

BOOST_AUTO_TEST_CASE(from_a_command) {
  BOOST_TEST(read_password({"echo geheim", ""}) == "geheim");
  check_fails("status 3", [] { read_password({"echo geheim; exit 3", ""}); });
  check_fails("signal 15", [] { read_password({"kill -TERM $$", ""}); });
  check_fails("status 127", [] { read_password({"/nowhere/geheim 2>/dev/null", ""}); });
  check_fails("is empty", [] { read_password({"true", ""}); });
  check_fails("more than a password", [] { read_password({"yes geheim", ""}); });
  check_fails("did not end", [] {
    read_password({"echo geheim; sleep 60 & sleep 60", ""}, std::chrono::milliseconds(50));
  });
  const std::atomic<bool> cancelled = true;
  check_fails("did not end", [&] { read_password({"sleep 60", ""}, std::chrono::hours(1), &cancelled); });
  BOOST_CHECK_THROW(read_password({"true", "file"}), UsageError);
}

BOOST_AUTO_TEST_CASE(from_the_environment) {
  ::unsetenv(kPasswordVariable);
  check_fails(kPasswordVariable, [] { read_password({}); });
  ::setenv(kPasswordVariable, "geheim", 1);
  const char* const place = std::getenv(kPasswordVariable);
  BOOST_TEST(read_password({}) == "geheim");
  BOOST_TEST((std::getenv(kPasswordVariable) == nullptr));
  BOOST_TEST(std::string(place, 6) == std::string(6, '\0'));
  BOOST_TEST(read_password({}) == "geheim");  // as often as it is wanted
  ::setenv(kPasswordVariable, "geheim\nx", 1);
  check_fails("one line", [] { read_password({}); });
  ::unsetenv(kPasswordVariable);
}

}  // namespace favras::mailer
