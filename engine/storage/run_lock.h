// One trainer to a run directory: a lock that the kernel lets go of however its holder ends.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "engine/storage/file.h"

namespace favras {

// Names the directory and, as far as it is recorded, the process and host that hold it.
struct RunLocked : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Holds flock(2) on RUN/lock, exclusively, while it lives. The file itself means nothing and stays: it tells
// who held the lock last. Throws RunLocked when another holds it, std::system_error when the file cannot be
// locked.
class RunLock {
 public:
  explicit RunLock(const std::filesystem::path& run_directory);

  // Where the run directory is now: it may have been moved. Throws std::runtime_error when it was removed.
  std::filesystem::path directory() const;
  // The same directory wherever it goes, by a name that holds in this process while the lock lives.
  std::filesystem::path fixed_path() const;

 private:
  File directory_;
  File file_;
};

// Who holds the directory's lock just now, as far as it is recorded ("process 4711 on host ann", or ""), or
// nothing. A holder does not notice. Throws std::system_error when the file cannot be looked at.
std::optional<std::string> lock_holder(const std::filesystem::path& run_directory);

}  // namespace favras
