#include "engine/storage/checkpoint_directory.h"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/manifest.h"
#include "engine/storage/sha256.h"
#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

namespace fs = std::filesystem;
using test::contains;
using test::error_of;

void save(const fs::path& directory, std::uint64_t step) {
  CheckpointWriter writer(directory, step);
  test::write_all(writer.file("model"), "model of step " + std::to_string(step));
  test::write_all(writer.file("state"), "");
  writer.commit();
}

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    names.insert(entry.path().filename());
  return names;
}

using Names = std::set<std::string>;

// The newest valid step and what was reported on the way to it.
struct Newest {
  explicit Newest(const fs::path& directory) {
    const auto found = newest_valid_checkpoint(directory, [&](std::string text) { reports.push_back(text); });
    if (found) step = static_cast<int>(found->step);
  }
  int step = -1;
  std::vector<std::string> reports;
};

BOOST_AUTO_TEST_CASE(a_commit_makes_the_directory_with_its_manifest) {
  const test::ScratchDirectory run;
  const fs::path directory = run / "checkpoints";
  {
    CheckpointWriter writer(directory, 300);
    test::write_all(writer.file("model"), "abc");
    BOOST_TEST((names_in(directory) == Names{"step-300.tmp"}));
    const Checkpoint checkpoint = writer.commit();
    BOOST_TEST(checkpoint.step == 300U);
    BOOST_TEST(checkpoint.path == checkpoint_path(directory, 300));
  }
  BOOST_TEST((names_in(directory) == Names{"step-300"}));
  BOOST_TEST((names_in(directory / "step-300") == Names{"manifest.json", "model"}));
  const Manifest manifest = parse_manifest(test::read_all(directory / "step-300/manifest.json"));
  BOOST_TEST(manifest.step == 300U);
  BOOST_REQUIRE(manifest.files.size() == 1U);
  BOOST_TEST(manifest.files[0].name == "model");
  BOOST_TEST(manifest.files[0].size == 3U);
  BOOST_TEST(manifest.files[0].sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(verify_checkpoint(directory / "step-300").empty());
}

BOOST_AUTO_TEST_CASE(without_a_commit_nothing_stays) {
  const test::ScratchDirectory run;
  {
    CheckpointWriter writer(run.path(), 1);
    test::write_all(writer.file("model"), "abc");
  }
  BOOST_TEST(names_in(run.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_was_not_written_fails_the_commit) {
  const test::ScratchDirectory run;
  {
    CheckpointWriter writer(run.path(), 1);
    test::write_all(writer.file("model"), "abc");
    const fs::path missing = writer.file("state");
    BOOST_TEST(error_of([&] { writer.commit(); }) ==
               "open '" + missing.string() + "': No such file or directory");
  }
  BOOST_TEST(names_in(run.path()).empty());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_the_same_step_is_replaced) {
  const test::ScratchDirectory run;
  save(run.path(), 1);
  {
    CheckpointWriter writer(run.path(), 1);
    test::write_all(writer.file("other"), "newer");
    BOOST_TEST(names_in(run / "step-1") == (Names{"manifest.json", "model", "state"}));
    writer.commit();
  }
  BOOST_TEST((names_in(run.path()) == Names{"step-1"}));
  BOOST_TEST(test::read_all(run / "step-1/other") == "newer");
  BOOST_TEST(verify_checkpoint(run / "step-1").empty());
}

BOOST_AUTO_TEST_CASE(names_that_are_refused) {
  const test::ScratchDirectory run;
  CheckpointWriter writer(run.path(), 2);
  BOOST_TEST(error_of([&] { writer.file("../model"); }) == "a checkpoint's file cannot be named '../model'");
  BOOST_TEST(error_of([&] { writer.file("manifest.json"); }) != "");
}

BOOST_AUTO_TEST_CASE(listed_by_number_and_only_what_is_a_checkpoint) {
  const test::ScratchDirectory run;
  BOOST_TEST(list_checkpoints(run / "none").empty());
  for (const std::uint64_t step : {100U, 20U, 3U, 0U}) save(run.path(), step);
  for (const std::string name : {"step-007", "step-", "step-5.tmp", "step-6.damaged", "step-x", "step--1",
                                 "other", "step-99999999999999999999", "step-5 "})
    fs::create_directory(run / name);
  test::write_all(run / "step-50", "a file");
  std::vector<std::uint64_t> steps;
  for (const Checkpoint& checkpoint : list_checkpoints(run.path())) {
    steps.push_back(checkpoint.step);
    BOOST_TEST(checkpoint.path == checkpoint_path(run.path(), checkpoint.step));
  }
  BOOST_TEST(steps == (std::vector<std::uint64_t>{0, 3, 20, 100}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_newest_is_found_and_left_overs_go) {
  const test::ScratchDirectory run;
  BOOST_TEST(Newest(run / "none").step == -1);
  BOOST_TEST(Newest(run.path()).step == -1);
  save(run.path(), 9);
  save(run.path(), 10);
  fs::create_directory(run / "step-11.tmp");  // as a kill in the middle of a save leaves it
  test::write_all(run / "step-11.tmp/model", "half");
  fs::create_directory(run / "mine.tmp");
  const Newest newest(run.path());
  BOOST_TEST(newest.step == 10);
  BOOST_TEST((names_in(run.path()) == Names{"step-9", "step-10", "mine.tmp"}));
  BOOST_REQUIRE(newest.reports.size() == 1U);
  BOOST_TEST(contains(newest.reports[0], (run / "step-11.tmp").string()));
}

BOOST_AUTO_TEST_CASE(a_left_over_of_the_same_step_does_not_get_into_the_next_save) {
  const test::ScratchDirectory run;
  fs::create_directory(run / "step-5.tmp");
  test::write_all(run / "step-5.tmp/old", "old");
  save(run.path(), 5);
  BOOST_TEST((names_in(run / "step-5") == Names{"manifest.json", "model", "state"}));
}

BOOST_AUTO_TEST_CASE(a_damaged_newest_is_named_and_set_aside) {
  const test::ScratchDirectory run;
  for (const std::uint64_t step : {1U, 2U, 3U}) save(run.path(), step);
  test::write_all(run / "step-3/model", "model of step 4");
  fs::remove(run / "step-2/state");
  const Newest newest(run.path());
  BOOST_TEST(newest.step == 1);
  BOOST_TEST((names_in(run.path()) == Names{"step-1", "step-2.damaged", "step-3.damaged"}));
  BOOST_REQUIRE(newest.reports.size() == 2U);
  BOOST_TEST(newest.reports[0] == "checkpoint '" + (run / "step-3").string() +
                                      "' is damaged and set aside as 'step-3.damaged': '" +
                                      (run / "step-3/model").string() + "' does not agree with its checksum");
  BOOST_TEST(contains(newest.reports[1], "open '" + (run / "step-2/state").string() + "': No such file"));
  BOOST_TEST(test::read_all(run / "step-3.damaged/model") == "model of step 4");
}

BOOST_AUTO_TEST_CASE(setting_aside_overwrites_nothing) {
  const test::ScratchDirectory run;
  for (const std::string aside : {"step-1.damaged", "step-1.damaged-2", "step-1.damaged-3"}) {
    save(run.path(), 1);
    fs::remove(run / "step-1/manifest.json");
    BOOST_TEST(Newest(run.path()).step == -1);
    BOOST_TEST(fs::exists(run / aside));
  }
  BOOST_TEST(names_in(run.path()).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_under_another_steps_name_is_damaged) {
  const test::ScratchDirectory run;
  save(run.path(), 1);
  fs::rename(run / "step-1", run / "step-2");
  BOOST_TEST(verify_checkpoint(run / "step-2").size() == 1U);
  fs::rename(run / "step-2", run / "a copy for later");
  BOOST_TEST(verify_checkpoint(run / "a copy for later").empty());
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_and_every_cut_is_found) {
  const test::ScratchDirectory run;
  save(run.path(), 1);
  for (const std::string name : {"model", "manifest.json"}) {
    const fs::path path = run / "step-1" / name;
    const std::string whole = test::read_all(path);
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      test::put_byte(path, bit / 8, whole[bit / 8] ^ 1 << bit % 8);
      BOOST_TEST(!verify_checkpoint(run / "step-1").empty(), name << " bit " << bit);
      test::put_byte(path, bit / 8, whole[bit / 8]);
    }
    BOOST_TEST(verify_checkpoint(run / "step-1").empty());
    for (std::size_t length = whole.size(); length-- > 0;) {
      fs::resize_file(path, length);
      // A manifest without its last byte, the newline, is the same manifest.
      const bool is_whole = name == "manifest.json" && length == whole.size() - 1;
      BOOST_TEST(verify_checkpoint(run / "step-1").empty() == is_whole, name << " cut to " << length);
    }
    test::write_all(path, whole);
    BOOST_TEST(verify_checkpoint(run / "step-1").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_neither_used_nor_set_aside) {
  const test::ScratchDirectory run;
  save(run.path(), 1);
  save(run.path(), 2);
  const std::string members = R"({"format_version":2})";
  Sha256 sha;
  sha.update(std::as_bytes(std::span(members)));
  test::write_all(run / "step-2/manifest.json",
                  R"({"format_version":2,"checksum":")" + hex(sha.digest()) + "\"}");
  const std::string error = error_of([&] { Newest newest(run.path()); });
  BOOST_TEST(
      contains(error, fmt::format("'{}': its format is 2, newer", (run / "step-2/manifest.json").string())),
      error);
  BOOST_TEST((names_in(run.path()) == Names{"step-1", "step-2"}));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_may_not_be_read_is_not_taken_for_damaged,
                     *boost::unit_test::precondition(test::unprivileged_is_possible)) {
  const test::ScratchDirectory run;
  save(run.path(), 1);
  fs::permissions(run.path(), fs::perms(0777));
  fs::permissions(run / "step-1/model", fs::perms(0));
  const std::string expected = "open '" + (run / "step-1/model").string() + "': Permission denied";
  const int status = test::in_child([&] {
    if (!test::become_unprivileged()) return 1;
    return error_of([&] { Newest newest(run.path()); }) == expected ? 0 : 2;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST((names_in(run.path()) == Names{"step-1"}));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_whole_one_set_aside_may_be_whole_again) {
  const test::ScratchDirectory run;
  for (const std::uint64_t step : {9U, 10U, 11U}) save(run.path(), step);
  fs::rename(run / "step-9", run / "step-9.damaged");
  fs::rename(run / "step-10", run / "step-10.damaged-2");
  {
    const Newest newest(run.path());
    BOOST_TEST(newest.step == 11);  // no need
    BOOST_TEST(newest.reports.empty());
  }
  test::write_all(run / "step-11/model", "");
  const Newest newest(run.path());
  BOOST_TEST(newest.step == 10);
  BOOST_TEST(newest.reports.back() == fmt::format("'{}' is whole after all, and 'step-10' again",
                                                  (run / "step-10.damaged-2").string()));
  BOOST_TEST((names_in(run.path()) == Names{"step-10", "step-11.damaged", "step-9.damaged"}));
}

BOOST_AUTO_TEST_CASE(pruning_keeps_what_is_named_and_the_newest) {
  const test::ScratchDirectory run;
  BOOST_TEST(prune_checkpoints(run / "none", {}).empty());
  for (const std::uint64_t step : {8U, 9U, 10U, 11U}) save(run.path(), step);
  BOOST_TEST(prune_checkpoints(run.path(), {8, 9, 10, 11, 12}).empty());
  BOOST_TEST(names_in(run.path()).size() == 4U);
  BOOST_TEST(prune_checkpoints(run.path(), {8, 10}).empty());
  BOOST_TEST((names_in(run.path()) == Names{"step-10", "step-11", "step-8"}));
  BOOST_TEST(prune_checkpoints(run.path(), {}).empty());
  BOOST_TEST((names_in(run.path()) == Names{"step-11"}));
}

BOOST_AUTO_TEST_CASE(a_damaged_newest_prunes_nothing) {
  const test::ScratchDirectory run;
  for (const std::uint64_t step : {1U, 2U, 3U}) save(run.path(), step);
  test::write_all(run / "step-3/model", "");
  const std::vector<std::string> problems = prune_checkpoints(run.path(), {3});
  BOOST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(
      contains(problems[0], fmt::format("'{}' is 0 bytes long, not 15", (run / "step-3/model").string())),
      problems[0]);
  BOOST_TEST((names_in(run.path()) == Names{"step-1", "step-2", "step-3"}));
}

}  // namespace
}  // namespace favras
