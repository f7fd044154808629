#include "engine/storage/durable.h"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <system_error>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using test::contains;
using test::error_of;

bool only_file(const test::ScratchDirectory& scratch, std::string_view name) {
  std::filesystem::directory_iterator entries(scratch.path());
  return entries->path().filename() == name && ++entries == std::filesystem::directory_iterator();
}

BOOST_AUTO_TEST_CASE(replaces_the_file_and_leaves_nothing_else) {
  const test::ScratchDirectory scratch;
  for (const std::string text : {"first", "", "second"}) {
    durable_write(scratch / "file", [&](File& file) { file.write(text); });
    BOOST_TEST(test::read_all(scratch / "file") == text);
    BOOST_TEST(only_file(scratch, "file"));
  }
}

BOOST_AUTO_TEST_CASE(a_path_without_directory_is_in_the_current_one) {
  const test::ScratchDirectory scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path());
  const std::string error = error_of([&] {
    durable_write("file", [](File& file) { file.write("here"); });
    durable_create_directories("a/b/");
  });
  std::filesystem::current_path(before);
  BOOST_TEST(error == "");
  BOOST_TEST(test::read_all(scratch / "file") == "here");
  BOOST_TEST(std::filesystem::is_directory(scratch / "a/b"));
}

BOOST_AUTO_TEST_CASE(a_longer_left_over_does_not_shine_through) {
  const test::ScratchDirectory scratch;
  test::write_all(scratch / "file.tmp", "a left-over from a write that was killed");
  durable_write(scratch / "file", [](File& file) { file.write("short"); });
  BOOST_TEST(test::read_all(scratch / "file") == "short");
  BOOST_TEST(only_file(scratch, "file"));
}

BOOST_AUTO_TEST_CASE(a_failing_writer_changes_nothing) {
  const test::ScratchDirectory scratch;
  test::write_all(scratch / "file", "old");
  const auto write = [&] {
    durable_write(scratch / "file", [](File& file) {
      file.write("new");
      throw std::runtime_error("no more");
    });
  };
  BOOST_TEST(error_of(write) == "no more");
  BOOST_TEST(test::read_all(scratch / "file") == "old");
  BOOST_TEST(only_file(scratch, "file"));
}

BOOST_AUTO_TEST_CASE(a_failed_write_names_call_path_and_reason) {
  const test::ScratchDirectory scratch;
  test::write_all(scratch / "file", "old");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  BOOST_REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit limit{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const std::string error = error_of(
      [&] { durable_write(scratch / "file", [](File& file) { file.write(std::string(2000, 'x')); }); });
  BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  BOOST_TEST(error == "write '" + (scratch / "file.tmp").string() + "': File too large");
  BOOST_TEST(test::read_all(scratch / "file") == "old");
  BOOST_TEST(only_file(scratch, "file"));
}

BOOST_AUTO_TEST_CASE(a_failed_rename_names_both_paths) {
  const test::ScratchDirectory scratch;
  std::filesystem::create_directory(scratch / "file");
  const std::string error = error_of([&] { durable_write(scratch / "file", [](File&) {}); });
  BOOST_TEST(error == "rename '" + (scratch / "file.tmp").string() + "' to '" + (scratch / "file").string() +
                          "': Is a directory");
  BOOST_TEST(only_file(scratch, "file"));
}

BOOST_AUTO_TEST_CASE(no_directory_to_write_in) {
  const test::ScratchDirectory scratch;
  const std::string error = error_of([&] { durable_write(scratch / "none/file", [](File&) {}); });
  BOOST_TEST(error == "open '" + (scratch / "none/file.tmp").string() + "': No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_directory_without_permission,
                     *boost::unit_test::precondition(test::unprivileged_is_possible)) {
  const test::ScratchDirectory scratch;
  using std::filesystem::perms;
  test::write_all(scratch / "file", "old");
  std::filesystem::permissions(scratch.path(), perms(0555));
  const std::string expected = "open '" + (scratch / "file.tmp").string() + "': Permission denied";
  const int status = test::in_child([&] {
    if (!test::become_unprivileged()) return 1;
    const auto write = [&] { durable_write(scratch / "file", [](File& file) { file.write("new"); }); };
    return error_of(write) == expected ? 0 : 2;
  });
  std::filesystem::permissions(scratch.path(), perms(0755));
  BOOST_TEST(status == 0);
  BOOST_TEST(test::read_all(scratch / "file") == "old");
}

BOOST_AUTO_TEST_CASE(directories_are_created_as_far_as_missing) {
  const test::ScratchDirectory scratch;
  for (int i = 0; i < 2; ++i) {
    durable_create_directories(scratch / "a/b/c");
    BOOST_TEST(std::filesystem::is_directory(scratch / "a/b/c"));
  }
  test::write_all(scratch / "file", "");
  BOOST_TEST(error_of([&] { durable_create_directories(scratch / "file"); }) ==
             "mkdir '" + (scratch / "file").string() + "': File exists");
}

BOOST_AUTO_TEST_CASE(sizes_are_those_of_regular_files) {
  const test::ScratchDirectory scratch;
  test::write_all(scratch / "file", "12345");
  BOOST_TEST(File(scratch / "file", O_RDONLY).size() == 5U);
  BOOST_TEST(contains(error_of([&] { File(scratch.path(), O_RDONLY).size(); }), "is not a regular file"));
}

}  // namespace
}  // namespace favras
