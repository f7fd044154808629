// Run directories, written by hand.
#pragma once

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "tests/engine/storage/scratch.h"

namespace favras::test {

class RunPlace : public ScratchDirectory {
 public:
  std::string at(std::string_view name) const { return (*this / name).string(); }

  // Returns the run's path.
  std::string write_run(const std::string& name, const std::string& events,
                        const std::string& config = "batch-size = 128\nrnn-size = 50\n") const {
    std::filesystem::create_directories(*this / name);
    write_all(*this / name / "config.ini", config);
    write_all(*this / name / "events.jsonl", events);
    return at(name);
  }
};

inline std::string started(const char* kind = "started") {
  return fmt::format(R"({{"event":"{}","step":0,"time":"2026-11-28T05:00:00Z"}})"
                     "\n",
                     kind);
}

inline std::string progress(int step, double validation_loss, double loss = 1) {
  return fmt::format(
      R"({{"event":"progress","step":{0},"epoch":1,"batch":{0},"lines_seen":{1},"loss":{2},"validation_loss":{3},)"
      R"("learning_rate":1E-3,"lines_per_second":500,"seconds":{0}.5,"time":"2026-11-28T05:00:{0:02}Z"}})"
      "\n",
      step, 100 * step, loss, validation_loss);
}

inline std::string epoch(int epoch, int step, double accuracy, bool best) {
  return fmt::format(
      R"({{"event":"epoch","epoch":{},"step":{},"lines_seen":{},"accuracy":{},"do_nothing_accuracy":0.25,)"
      R"("accuracy_lines":10,"best":{},"seconds":{},"time":"2026-11-28T05:01:00Z"}})"
      "\n",
      epoch, step, 100 * step, accuracy, best, step);
}

}  // namespace favras::test
