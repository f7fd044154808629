// What a run has written about itself: config.ini and events.jsonl, read as far as they are whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace favras::seq2seq {

struct RunHistory {
  struct Progress {  // none: not measured, or no finite number
    std::int64_t step;
    double lines_seen;
    std::optional<double> loss, validation_loss, learning_rate, lines_per_second;
  };
  struct Epoch {
    std::int64_t epoch, step;
    double lines_seen;
    std::optional<double> accuracy, do_nothing_accuracy;
    bool best;
  };
  struct Example {
    std::string noisy, output, clean;
    bool operator==(const Example&) const = default;
  };
  enum class State { kUnknown, kUnderWay, kInterrupted, kDiverged, kStoppedEarly, kFinished };

  std::string path;                             // as it was given
  std::map<std::string, std::string> settings;  // of config.ini; none where it is missing or damaged
  std::vector<Progress> progress;               // lines_seen growing: what was rolled back is left out
  std::vector<Epoch> epochs;                    // likewise
  std::vector<Example> examples;                // of the last epoch that has some

  State state = State::kUnknown;    // kUnderWay too where it was cut off without an event
  std::string reason;               // of kInterrupted
  std::string started, last_event;  // UTC, as in the file
  double seconds = 0;               // trained, in all
  std::size_t resumed = 0, rolled_back = 0;
  std::size_t saves = 0, failed_saves = 0;
  double stall_seconds = 0, longest_stall_seconds = 0, save_seconds = 0;
  double checkpoint_bytes = 0;  // of the last

  std::size_t damaged_lines = 0;  // a last one without its line end, still being written, is not counted

  // The last path component, whatever slashes follow it.
  std::string name() const;
};

// Of the lines of events.jsonl alone. Events of unknown kinds and unknown fields mean nothing.
RunHistory read_events(std::istream& stream);
// Throws std::runtime_error if there is no such directory, or no events.jsonl that can be read in it.
RunHistory read_run(const std::filesystem::path& directory);

}  // namespace favras::seq2seq
