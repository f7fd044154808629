// A file that only grows, on a disk that takes all of it, a part, or nothing.
#include "engine/storage/append_file.h"

#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using test::error_of;
using test::read_all;
using test::write_all;

BOOST_AUTO_TEST_CASE(what_is_appended_is_there_at_once) {
  const test::ScratchDirectory scratch;
  AppendFile file(scratch / "log", 0);
  file.append("one\n");
  file.append("two\n");
  BOOST_TEST(read_all(scratch / "log") == "one\ntwo\n");
  BOOST_TEST(file.size() == 8u);
  BOOST_CHECK_NO_THROW(file.sync());
}

BOOST_AUTO_TEST_CASE(it_goes_on_at_its_place) {
  const test::ScratchDirectory scratch;
  write_all(scratch / "log", "kept\nlost\n");
  AppendFile file(scratch / "log", 5);
  BOOST_TEST(read_all(scratch / "log") == "kept\n");
  file.append("new\n");
  BOOST_TEST(read_all(scratch / "log") == "kept\nnew\n");
  BOOST_TEST(file.size() == 9u);
}

BOOST_AUTO_TEST_CASE(a_shorter_file_keeps_its_whole_lines) {
  const test::ScratchDirectory scratch;
  for (const auto& [there, kept] : std::initializer_list<std::pair<std::string, std::string>>{
           {"a\nb\nhal", "a\nb\n"}, {"hal", ""}, {"", ""}, {"a\n", "a\n"}}) {
    write_all(scratch / "log", there);
    const AppendFile file(scratch / "log", 100);
    BOOST_TEST(read_all(scratch / "log") == kept);
    BOOST_TEST(file.size() == kept.size());
  }
}

BOOST_AUTO_TEST_CASE(what_the_disk_refuses_comes_later_and_in_order) {
  const test::ScratchDirectory scratch;
  const int status = test::in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    AppendFile file(scratch / "log", 0);
    file.append("one\n");
    const auto limit = [](rlim_t bytes) {
      const rlimit both{bytes, RLIM_INFINITY};
      return ::setrlimit(RLIMIT_FSIZE, &both);
    };
    limit(6);  // room for half a line
    file.append("two\n");
    file.append("three\n");
    if (read_all(scratch / "log") != "one\ntw") return 1;
    if (file.size() != 14) return 2;
    if (!error_of([&] { file.sync(); }).ends_with("File too large")) return 3;
    limit(RLIM_INFINITY);
    file.append("four\n");
    return read_all(scratch / "log") == "one\ntwo\nthree\nfour\n" && file.size() == 19 ? 0 : 4;
  });
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_sync_writes_what_was_held_back) {
  const test::ScratchDirectory scratch;
  std::filesystem::create_symlink("/dev/full", scratch / "full");
  // A device is no file that grows: it is refused at once.
  BOOST_TEST(test::contains(error_of([&] { AppendFile(scratch / "full", 0); }), "is not a regular file"));
  const int status = test::in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    AppendFile file(scratch / "log", 0);
    const rlimit none{0, RLIM_INFINITY}, any{RLIM_INFINITY, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    file.append("line\n");
    ::setrlimit(RLIMIT_FSIZE, &any);
    file.sync();
    return read_all(scratch / "log") == "line\n" ? 0 : 1;
  });
  BOOST_TEST(status == 0);
}

}  // namespace
}  // namespace favras
