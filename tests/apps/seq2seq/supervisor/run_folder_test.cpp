// A run directory that comes later, moves, and grows.
#include "apps/seq2seq/supervisor/run_folder.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace fs = std::filesystem;
using test::read_all;
using test::write_all;

BOOST_FIXTURE_TEST_SUITE(run_folder, test::ScratchDirectory)

BOOST_AUTO_TEST_CASE(events_wait_for_the_directory_and_follow_it) {
  RunFolder folder(*this / "run");
  folder.append_event("one");
  folder.append_event("two");
  BOOST_TEST(folder.keeps_something());
  BOOST_TEST(!exists(*this / "run"));
  fs::create_directory(*this / "run");
  folder.write_what_is_kept();
  BOOST_TEST(!folder.keeps_something());
  BOOST_TEST(read_all(*this / "run" / "supervise.jsonl") == "one\ntwo\n");
  fs::rename(*this / "run", *this / "moved");
  folder.append_event("three");
  BOOST_TEST(read_all(*this / "moved" / "supervise.jsonl") == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_kept) {
  fs::create_directory(*this / "run");
  fs::create_directory(*this / "run" / "supervise.jsonl");  // in the way
  RunFolder folder(*this / "run");
  folder.append_event("one");
  BOOST_TEST(folder.keeps_something());
  fs::remove(*this / "run" / "supervise.jsonl");
  folder.append_event("two");
  BOOST_TEST(read_all(*this / "run" / "supervise.jsonl") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(its_size_is_that_of_the_logs) {
  RunFolder folder(*this / "run");
  BOOST_TEST(folder.log_size() == 0u);
  fs::create_directory(*this / "run");
  BOOST_TEST(folder.log_size() == 0u);
  write_all(*this / "run" / "log.txt", "12345");
  BOOST_TEST(folder.log_size() == 5u);
  write_all(*this / "run" / "events.jsonl", "123");
  BOOST_TEST(folder.log_size() == 8u);
  write_all(*this / "run" / "supervise.jsonl", "one");
  BOOST_TEST(folder.log_size() == 8u);
}

BOOST_AUTO_TEST_CASE(its_step_is_that_of_the_newest_checkpoint) {
  RunFolder folder(*this / "run");
  BOOST_TEST(!folder.newest_step());
  fs::create_directories(*this / "run" / "checkpoints");
  BOOST_TEST(!folder.newest_step());
  for (const char* name : {"step-9", "step-10", "step-11.tmp"})
    fs::create_directory(*this / "run" / "checkpoints" / name);
  BOOST_TEST(folder.newest_step().value() == 10u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
