// A run's two logs: log.txt in the original's format, to the letter, and events.jsonl, one JSON object a
// line, for programs. Both are cut back to the checkpoint that a resumed run continues from.
#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

#include "apps/seq2seq/model/batch.h"
#include "apps/seq2seq/training/run_directory.h"
#include "apps/seq2seq/training/run_watcher.h"
#include "apps/seq2seq/training/train_options.h"
#include "engine/storage/append_file.h"

namespace favras::seq2seq {

// "Batch size: 128" ... "Learn rate: 0.001", and an empty line.
std::string format_header(const TrainOptions& options);
// "Epoch   3/4 Batch    100/32453 Inputs (000)    8320 - Loss:  0.053 - Validation loss:  0.037"
std::string format_progress(std::int64_t epoch, std::int64_t epochs, std::int64_t batch, std::int64_t batches,
                            std::int64_t lines_seen, double loss, double validation_loss);
// "Model training for 21h:2m:48s and saved."
std::string format_saved(double seconds_trained);
// "Current accuracy = 70.4%"
std::string format_accuracy(double accuracy);
// "Padding was 1.6% of the last epoch's cells; 0.0% of its time went into waiting for batches." Not for
// log.txt.
std::string format_batches(const Cells& cells, double waiting_share);

// Lines that the disk does not take are written later: training goes on without them.
class RunLog {
 public:
  // Opens both files at the given sizes (0, 0 starts afresh); what lies beyond is cut off. A file that is
  // shorter, or gone, is gone on with as it is. Throws std::system_error if one cannot be opened.
  // The watchers hear of all that is written from now on.
  RunLog(const RunDirectory& run, std::uint64_t log_bytes, std::uint64_t events_bytes,
         const RunWatchers* watchers = nullptr);

  void line(const std::string& text);     // to log.txt
  void event(boost::json::object event);  // to events.jsonl; "time" (UTC) is added
  std::uint64_t log_bytes() const { return log_.size(); }
  std::uint64_t events_bytes() const { return events_.size(); }
  // Both reach the disk. Throws std::system_error if they cannot. May be called on another thread.
  void sync();

 private:
  AppendFile log_, events_;
  const RunWatchers* watchers_;  // or none
};

}  // namespace favras::seq2seq
