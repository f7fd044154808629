// The disk is full, or a quota reached, in the middle of a run: training goes on, logs are made up for, and
// the run comes to the end of one that had room.
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/apps/seq2seq/durability/long_run.h"

namespace favras::test {
namespace {

namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(InMemory);

const std::map<std::string, std::string> kOptions{{"checkpoint-every", "20"}, {"epochs", "5"}};

// Mounts of this process and its children alone, which needs no privilege where users may have namespaces.
bool have_own_mounts() {
  static const bool have = [] {
    const auto user = ::geteuid(), group = ::getegid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    write_all("/proc/self/setgroups", "deny");
    write_all("/proc/self/uid_map", fmt::format("{0} {0} 1", user));
    write_all("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }();
  return have;
}
boost::test_tools::assertion_result own_mounts_are_possible(boost::unit_test::test_unit_id) {
  return have_own_mounts();
}

// A run on a disk of its own, of 4 MiB: a save wants 1 MiB to be free.
struct SmallDisk : TrainingPlace {
  SmallDisk() {
    run_whole("whole", kOptions);
    fs::create_directory(*this / "disk");
    BOOST_TEST_REQUIRE(::mount("none", at("disk").c_str(), "tmpfs", 0, "size=4m") == 0);
  }
  ~SmallDisk() { ::umount2(at("disk").c_str(), MNT_DETACH); }

  void fill_up() const {
    std::ofstream filler(*this / "disk" / "filler", std::ios::binary);
    while (filler << std::string(512, 'x') << std::flush) {
    }
    BOOST_TEST(fs::space(*this / "disk").available == 0U);
  }
  void make_room() const { fs::remove(*this / "disk" / "filler"); }
};

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_FIXTURE_TEST_CASE(a_disk_that_is_full_for_two_epochs, SmallDisk,
                        *boost::unit_test::precondition(own_mounts_are_possible)) {
  Program program(train("disk/run", kOptions));
  BOOST_TEST(program.says("Epoch   1/5 Batch     50/95"));
  fill_up();
  BOOST_TEST(program.says("Epoch   4/5 Batch      1/95"));
  make_room();
  const Ended ended = program.finish();
  BOOST_TEST(ended.status == 0, ended.err);
  BOOST_TEST(contains(ended.err, "No space left on device"), ended.err);
  check_same(*this / "disk/run", *this / "whole");
  BOOST_TEST(!events_of(*this / "disk/run", "save_failed").empty());
}

BOOST_FIXTURE_TEST_CASE(a_disk_that_is_full_to_the_end, SmallDisk,
                        *boost::unit_test::precondition(own_mounts_are_possible)) {
  Program program(train("disk/run", kOptions));
  BOOST_TEST(program.says("Epoch   2/5 Batch     50/95"));
  fill_up();
  const Ended ended = program.finish();
  BOOST_TEST(ended.status == 1);
  BOOST_TEST(contains(ended.err, "No space left on device"), ended.err);
  const std::uint64_t stands = newest_step(*this / "disk/run");
  BOOST_TEST(stands >= 95U);
  BOOST_TEST(contains(ended.err, "seq2seq train: step 475 could not be saved: "), ended.err);
  BOOST_TEST(contains(ended.err, "The checkpoint of step "), ended.err);
  make_room();
  const Ended next = run_seq2seq(train("disk/run", kOptions));
  BOOST_TEST(next.status == 0, next.err);
  BOOST_TEST(contains(next.out, fmt::format("Going on after step {} ", stands)));
  check_same(*this / "disk/run", *this / "whole");
}

BOOST_FIXTURE_TEST_CASE(a_run_killed_on_a_full_disk, SmallDisk,
                        *boost::unit_test::precondition(own_mounts_are_possible)) {
  Program program(train("disk/run", kOptions));
  BOOST_TEST(program.says("Epoch   2/5 Batch     50/95"));
  fill_up();
  BOOST_TEST(program.says("Epoch   4/5 Batch      1/95"));
  BOOST_TEST(program.finish_after(SIGKILL).status == -SIGKILL);
  BOOST_TEST(newest_step(*this / "disk/run") >= 95U);
  make_room();
  const Ended next = run_seq2seq(train("disk/run", kOptions));
  BOOST_TEST(next.status == 0, next.err);
  check_same(*this / "disk/run", *this / "whole");
}

BOOST_FIXTURE_TEST_CASE(files_that_may_not_grow_for_two_epochs, TrainingPlace) {
  run_whole("whole", kOptions);
  Program program(train("run", kOptions), "", Program::User::kSame, [] { ::signal(SIGXFSZ, SIG_IGN); });
  BOOST_TEST(program.says("Epoch   1/5 Batch     50/95"));
  rlimit before;
  BOOST_TEST_REQUIRE(::prlimit(program.id(), RLIMIT_FSIZE, nullptr, &before) == 0);
  const rlimit small{1000, before.rlim_max};  // less than the logs have
  BOOST_TEST_REQUIRE(::prlimit(program.id(), RLIMIT_FSIZE, &small, nullptr) == 0);
  BOOST_TEST(program.says("Epoch   4/5 Batch      1/95"));
  BOOST_TEST_REQUIRE(::prlimit(program.id(), RLIMIT_FSIZE, &before, nullptr) == 0);
  const Ended ended = program.finish();
  BOOST_TEST(ended.status == 0, ended.err);
  BOOST_TEST(contains(ended.err, "File too large"), ended.err);
  check_same(*this / "run", *this / "whole");
  BOOST_TEST(!events_of(*this / "run", "save_failed").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace favras::test
