// Saves snapshots on a thread of its own: whoever hands one over never waits for a disk.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/seq2seq/training/snapshot.h"

namespace favras::seq2seq {

class CheckpointSaver {
 public:
  struct Result {
    std::uint64_t step = 0, bytes = 0;
    double stall_seconds = 0.0, save_seconds = 0.0;
    std::string problem;  // empty: it was saved
  };

  // save(snapshot) runs on the thread; it throws where it fails.
  explicit CheckpointSaver(std::function<void(const Snapshot&)> save);
  ~CheckpointSaver();  // when what was handed over has been tried

  // One that is still waiting for its turn gives way to this newer one. New best weights, though, are not
  // lost: neither by giving way, nor by a save that fails.
  void submit(Snapshot snapshot);
  bool busy() const;
  void wait();  // until nothing is left to save
  // Since the last call.
  std::vector<Result> take_results();

 private:
  void run();
  Result try_to_save(const Snapshot& snapshot) const;

  const std::function<void(const Snapshot&)> save_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Snapshot> waiting_;
  bool saving_ = false, ending_ = false;
  std::shared_ptr<const Weights> unsaved_best_;  // of a save that failed
  std::vector<Result> results_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace favras::seq2seq
