#include "apps/seq2seq/io/replacement_file.h"

#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;
using test::read_all;
using test::write_all;
using Begins = ReplacementFile::Begins;

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

const auto kBoth = boost::unit_test::data::make({0, 1});
Begins begins(int sample) { return sample == 0 ? Begins::kWithoutName : Begins::kWithName; }

}  // namespace

BOOST_DATA_TEST_CASE(the_old_file_stands_until_the_new_one_is_whole, kBoth, sample) {
  const test::ScratchDirectory scratch;
  const fs::path path = scratch / "text";
  write_all(path, "old");
  write_all(scratch / "text.tmp", "the user's own");
  {
    ReplacementFile file(path, begins(sample));
    file.write("new ");
    file.write("text");
    BOOST_TEST(read_all(path) == "old");
    BOOST_TEST(files_in(scratch.path()) == (sample == 0 ? 2u : 3u));
    file.take_place();
    BOOST_TEST(read_all(path) == "new text");
  }
  BOOST_TEST(read_all(path) == "new text");
  BOOST_TEST(read_all(scratch / "text.tmp") == "the user's own");
  BOOST_TEST(files_in(scratch.path()) == 2u);
}

BOOST_DATA_TEST_CASE(what_is_given_up_leaves_nothing, kBoth, sample) {
  const test::ScratchDirectory scratch;
  write_all(scratch / "text", "old");
  ReplacementFile(scratch / "text", begins(sample)).write("new");
  ReplacementFile(scratch / "none", begins(sample)).write("new");
  BOOST_TEST(read_all(scratch / "text") == "old");
  BOOST_TEST(files_in(scratch.path()) == 1u);
}

BOOST_DATA_TEST_CASE(permissions_are_those_of_the_old_file, kBoth, sample) {
  const test::ScratchDirectory scratch;
  const mode_t mask = ::umask(027);
  for (const mode_t mode : {0600, 0640, 0444, 0777}) {
    const fs::path path = scratch / "text";
    write_all(path, "old");
    ::chmod(path.c_str(), mode);
    ReplacementFile file(path, begins(sample));
    file.take_place();
    BOOST_TEST(mode_of(path) == mode);
  }
  ReplacementFile(scratch / "new", begins(sample)).take_place();
  BOOST_TEST(mode_of(scratch / "new") == 0640u);  // by the umask
  ::umask(mask);
}

BOOST_DATA_TEST_CASE(the_owner_stays, kBoth, sample) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can give files away");
    return;
  }
  const test::ScratchDirectory scratch;
  write_all(scratch / "text", "old");
  BOOST_TEST_REQUIRE(::chown((scratch / "text").c_str(), 1234, 2345) == 0);
  ::chmod((scratch / "text").c_str(), 0640);
  ReplacementFile(scratch / "text", begins(sample)).take_place();
  struct stat status {};
  BOOST_TEST_REQUIRE(::stat((scratch / "text").c_str(), &status) == 0);
  BOOST_TEST(status.st_uid == 1234u);
  BOOST_TEST(status.st_gid == 2345u);
  BOOST_TEST((status.st_mode & 07777) == 0640u);
}

BOOST_DATA_TEST_CASE(a_folder_that_is_not_there, kBoth, sample) {
  const test::ScratchDirectory scratch;
  BOOST_CHECK_THROW(ReplacementFile(scratch / "none" / "text", begins(sample)), std::system_error);
}

}  // namespace favras::seq2seq
