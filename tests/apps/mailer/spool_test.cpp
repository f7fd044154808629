// The spool: what is put is there as it was, privately, within limits, for one sender at a time.
#include "apps/mailer/spool.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/mailer/durable_file.h"
#include "tests/apps/mailer/messages.h"
#include "tests/engine/storage/scratch.h"

namespace favras::mailer {
namespace {

namespace fs = std::filesystem;

struct Place : test::ScratchDirectory {
  std::vector<std::string> reports;
  fs::path directory = *this / "spool";

  Spool spool(SpoolLimits limits = {}) {
    return Spool(
        directory, [this](const std::string& line) { reports.push_back(line); }, limits);
  }
};

Message message(const std::string& subject) {
  Message result = test::example_message();
  result.subject = subject;
  return result;
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

std::string subject_of(const Spool& spool, const std::string& name) {
  return read_message(spool.load(name).eml).subject;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_directory_may_be_a_link, Place) {
  fs::create_directory(*this / "elsewhere");
  fs::create_directory_symlink("elsewhere", directory);
  Spool spool = this->spool();
  const std::string name = spool.put(message("one"), Urgency::kCritical);
  BOOST_TEST(fs::exists(*this / "elsewhere" / name));
  spool.set_aside(name);
  BOOST_TEST(spool.retry_failed() == 1u);
  spool.remove(name);
  BOOST_TEST(spool.waiting().empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_put_is_there_and_private, Place) {
  Spool spool = this->spool();
  Message one = message("one");
  one.bcc = {{"", "eve@example.org"}};
  const std::string name = spool.put(one, Urgency::kDigest);
  spool.put(message("two"), Urgency::kCritical);
  BOOST_TEST(mode_of(directory) == 0700u);
  BOOST_TEST(mode_of(directory / "failed") == 0700u);
  BOOST_TEST(mode_of(directory / name) == 0600u);
  Spool again = this->spool();
  BOOST_TEST_REQUIRE(again.waiting().size() == 2u);
  BOOST_TEST(again.waiting()[0] == name);
  const Letter letter = again.load(name);
  BOOST_TEST(letter.eml == compose(one));
  BOOST_TEST((letter.envelope == envelope_of(one)));
  BOOST_TEST((letter.urgency == Urgency::kDigest));
  BOOST_TEST(letter.thread == "run-7");
  BOOST_TEST(!letter.is_settled());
  BOOST_TEST(subject_of(again, again.waiting()[1]) == "two");
}

BOOST_FIXTURE_TEST_CASE(outcomes_are_recorded_one_by_one, Place) {
  Spool spool = this->spool();
  Message all = message("one");
  all.to = parse_mailboxes("a@b.c,d@e.f,g@h.i");
  const std::string name = spool.put(all, Urgency::kCritical);
  const std::string before = read_file(directory / name);
  spool.settle(name, 1, Outcome::kAccepted, "250 OK");
  const std::string after = read_file(directory / name);
  BOOST_TEST(after.size() == before.size());
  BOOST_TEST(
      (spool.load(name).outcomes == std::vector{Outcome::kLater, Outcome::kAccepted, Outcome::kLater}));
  spool.settle(name, 0, Outcome::kRefused, "550 No");
  spool.settle(name, 2, Outcome::kAccepted, "250 OK");
  BOOST_TEST(read_file(directory / name).ends_with("\na@b.c: 550 No\n"));
  const Letter letter = spool.load(name);
  BOOST_TEST(letter.eml == compose(all));
  BOOST_TEST(letter.is_settled());
  BOOST_TEST(letter.has_refused());
  spool.set_aside(name);
  BOOST_TEST(spool.waiting().empty());
  BOOST_TEST(fs::exists(directory / "failed" / name));
  BOOST_TEST(spool.retry_failed() == 1u);
  BOOST_TEST(
      (spool.load(name).outcomes == std::vector{Outcome::kLater, Outcome::kAccepted, Outcome::kAccepted}));
  spool.remove(name);
  spool.remove(name);
  BOOST_TEST(spool.waiting().empty());
}

BOOST_FIXTURE_TEST_CASE(digests_give_way_and_criticals_do_not, Place) {
  Spool spool = this->spool({.files = 3, .bytes = 1 << 20});
  const std::string refused = spool.put(message("refused"), Urgency::kCritical);
  spool.set_aside(refused);
  spool.put(message("digest 1"), Urgency::kDigest);
  const std::string critical = spool.put(message("critical 1"), Urgency::kCritical);
  spool.put(message("digest 2"), Urgency::kDigest);
  BOOST_TEST(!fs::exists(directory / "failed" / refused));
  spool.put(message("critical 2"), Urgency::kCritical);
  spool.put(message("critical 3"), Urgency::kCritical);
  BOOST_TEST(reports.size() == 3u);
  BOOST_CHECK_THROW(spool.put(message("critical 4"), Urgency::kCritical), SpoolFull);
  BOOST_CHECK_THROW(spool.put(message("digest 3"), Urgency::kDigest), SpoolFull);
  std::vector<std::string> subjects;
  for (const std::string& name : spool.waiting()) subjects.push_back(subject_of(spool, name));
  BOOST_TEST(subjects == (std::vector<std::string>{"critical 1", "critical 2", "critical 3"}),
             boost::test_tools::per_element());
  spool.remove(critical);
  BOOST_CHECK_NO_THROW(spool.put(message("critical 4"), Urgency::kCritical));
}

BOOST_FIXTURE_TEST_CASE(bytes_are_limited_too, Place) {
  const std::size_t size = write_entry(Letter(message("x"), Urgency::kCritical)).size();
  Spool spool = this->spool({.files = 100, .bytes = 2 * size + size / 2});
  spool.put(message("1"), Urgency::kCritical);
  const std::string digest = spool.put(message("2"), Urgency::kDigest);
  spool.put(message("3"), Urgency::kCritical);
  BOOST_TEST(!fs::exists(directory / digest));
  BOOST_CHECK_THROW(spool.put(message("4"), Urgency::kCritical), SpoolFull);
}

BOOST_FIXTURE_TEST_CASE(damaged_entries_are_errors, Place) {
  Spool spool = this->spool();
  const std::string name = spool.put(message("one"), Urgency::kCritical);
  const std::string whole = read_file(directory / name);
  for (std::size_t size = 0; size < whole.size(); ++size)
    BOOST_CHECK_THROW(read_entry(std::string_view(whole).substr(0, size)), std::runtime_error);
  const std::size_t head = whole.find("size: ");
  for (std::size_t i = 0; i < head; ++i) {
    if (whole[i] == '\n') continue;
    std::string damaged = whole;
    damaged[i] = '\n';
    BOOST_CHECK_THROW(read_entry(damaged), std::runtime_error);
  }
  for (const char* size : {"0", "x", "-", "99999999999999999999999"}) {
    std::string damaged = whole;
    damaged.insert(head + 6, size);
    BOOST_CHECK_THROW(read_entry(damaged), std::runtime_error);
  }
}

BOOST_FIXTURE_TEST_CASE(temporary_files_of_the_dead_are_removed_and_others_left, Place) {
  Spool spool = this->spool();
  test::write_all(directory / "old.tmp", "x");
  test::write_all(directory / "new.tmp", "x");
  fs::last_write_time(directory / "old.tmp", fs::file_time_type::clock::now() - std::chrono::hours(2));
  BOOST_TEST(spool.waiting().empty());
  BOOST_TEST(!fs::exists(directory / "old.tmp"));
  BOOST_TEST(fs::exists(directory / "new.tmp"));
}

BOOST_FIXTURE_TEST_CASE(one_sender_at_a_time, Place) {
  const Spool spool = this->spool();
  {
    const SpoolLock lock(spool);
    BOOST_CHECK_THROW(SpoolLock{spool}, SessionError);
  }
  BOOST_CHECK_NO_THROW(SpoolLock{spool});
}

BOOST_FIXTURE_TEST_CASE(nothing_is_written_over, Place) {
  test::write_all(*this / "there", "x");
  BOOST_CHECK_THROW(write_new_file(*this / "there", *this / "new", "y"), std::system_error);
  BOOST_TEST(read_file(*this / "there") == "x");
}

BOOST_FIXTURE_TEST_CASE(a_link_is_not_followed, Place) {
  Spool spool = this->spool();
  test::write_all(*this / "elsewhere", "x");
  fs::create_symlink(*this / "elsewhere", directory / "1.mail");
  BOOST_CHECK_THROW(spool.load("1.mail"), std::system_error);
}

}  // namespace favras::mailer
