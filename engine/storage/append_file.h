// A file that only grows, such as a log, and whose writer outlives a full disk: what the disk does not take
// waits in memory and is written before what comes later. Its functions may be called on any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/storage/file.h"

namespace favras {

class AppendFile {
 public:
  // Cuts the file back to its first `bytes` bytes; makes it if there is none. A file that has fewer keeps its
  // whole lines. Throws std::system_error.
  AppendFile(const std::filesystem::path& path, std::uint64_t bytes);

  // Never fails: what cannot be written is held back.
  void append(std::string_view text);
  // With what is held back.
  std::uint64_t size() const;
  // Everything reaches the disk itself, what was held back too. Throws std::system_error where it cannot.
  void sync();

 private:
  void write_held_back();

  File file_;
  mutable std::mutex mutex_;
  std::uint64_t written_;
  std::string held_back_;
};

}  // namespace favras
