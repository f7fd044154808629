// Curves for TensorBoard: an event file of its own (a TFRecord file of "Event" protocol buffers, which
// tensorflow/core/util/event.proto and summary.proto define), encoded by hand, as a few fields are all it
// takes. Scalars over optimizer steps: loss/training, loss/validation, learning_rate, lines_per_second,
// accuracy/exact_lines, accuracy/doing_nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "apps/seq2seq/training/run_watcher.h"
#include "engine/storage/append_file.h"

namespace favras::seq2seq {

class TensorboardWatcher : public RunWatcher {
 public:
  // Makes the directory. Throws std::system_error if the file cannot be made.
  explicit TensorboardWatcher(const std::filesystem::path& directory);

  void event(const boost::json::object& event) override;

 private:
  void write(const std::string& event);
  void scalar(const boost::json::object& event, const char* key, const char* tag);

  AppendFile file_;
};

// A record as TFRecord files have it: length, its checksum, the data, their checksum.
std::string tf_record(const std::string& data);

}  // namespace favras::seq2seq
