// A run directory seen from outside, by its supervisor: found once it is there, and followed where it is
// moved.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace favras::seq2seq {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }  // as it was given

  // A line for supervise.jsonl. What cannot be written yet, for want of the directory or of room, is kept.
  void append_event(const std::string& line);
  void write_what_is_kept();
  bool keeps_something() const { return !kept_.empty(); }

  std::uint64_t log_size();                    // bytes of log.txt and events.jsonl; 0 while there are none
  std::optional<std::uint64_t> newest_step();  // of a checkpoint; nothing while there is none

 private:
  bool found();

  std::filesystem::path path_;
  int directory_ = -1;
  std::string kept_;
};

}  // namespace favras::seq2seq
