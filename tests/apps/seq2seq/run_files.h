// What a run leaves behind, without what depends on the clock.
#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "engine/storage/checkpoint_directory.h"
#include "tests/engine/storage/scratch.h"

namespace favras::test {

// log.txt without the times, which no two runs share.
inline std::string log_of(const std::filesystem::path& run) {
  return std::regex_replace(read_all(run / "log.txt"), std::regex(R"(\d+h:\d+m:\d+s)"), "TIME");
}

inline std::string events_of(const std::filesystem::path& run,
                             const std::string& kind) {  // without the fields of the clock
  std::string text;
  std::ifstream file(run / "events.jsonl");
  for (std::string line; std::getline(file, line);) {
    boost::json::object event = boost::json::parse(line).as_object();
    if (event.at("event").as_string() != kind.c_str()) continue;
    for (const char* field : {"time", "seconds", "cpu_seconds", "lines_per_second", "waiting_share"})
      event.erase(field);
    text += boost::json::serialize(event) + "\n";
  }
  return text;
}

// Puts what `change` makes of its state.json into the checkpoint, which stays whole by its manifest.
template <class Change>
void rewrite_state(const Checkpoint& checkpoint, const Change& change) {
  const std::string state = change(read_all(checkpoint.path / "state.json"));
  const std::string model = read_all(checkpoint.path / "model.safetensors"),
                    optimizer = read_all(checkpoint.path / "optimizer.safetensors");
  std::filesystem::remove_all(checkpoint.path);
  CheckpointWriter writer(checkpoint.path.parent_path(), checkpoint.step);
  write_all(writer.file("state.json"), state);
  write_all(writer.file("model.safetensors"), model);
  write_all(writer.file("optimizer.safetensors"), optimizer);
  writer.commit();
}

// Whether two runs came to the same end.
inline void check_same(const std::filesystem::path& run, const std::filesystem::path& expected) {
  for (const char* name : {"model.safetensors", "best.safetensors"})
    BOOST_TEST((read_all(run / name) == read_all(expected / name)), name);
  BOOST_TEST(log_of(run) == log_of(expected));
  for (const char* kind : {"progress", "epoch"})
    BOOST_TEST(events_of(run, kind) == events_of(expected, kind));
  const auto newest = list_checkpoints(run / "checkpoints"),
             expected_newest = list_checkpoints(expected / "checkpoints");
  BOOST_TEST_REQUIRE(!newest.empty());
  BOOST_TEST(newest.size() <= 3u);  // the newest two, and the best
  BOOST_TEST(newest.back().step == expected_newest.back().step);
  BOOST_TEST((read_all(newest.back().path / "optimizer.safetensors") ==
              read_all(expected_newest.back().path / "optimizer.safetensors")));
}

}  // namespace favras::test
