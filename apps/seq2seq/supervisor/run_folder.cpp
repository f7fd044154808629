#include "apps/seq2seq/supervisor/run_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"

namespace favras::seq2seq {

RunFolder::~RunFolder() {
  if (directory_ >= 0) close(directory_);
}

bool RunFolder::found() {
  if (directory_ < 0) directory_ = open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return directory_ >= 0;
}

void RunFolder::append_event(const std::string& line) {
  kept_ += line + '\n';
  write_what_is_kept();
}

void RunFolder::write_what_is_kept() {
  if (kept_.empty() || !found()) return;
  const int file = openat(directory_, "supervise.jsonl", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  const off_t size = lseek(file, 0, SEEK_END);
  if (write(file, kept_.data(), kept_.size()) == static_cast<ssize_t>(kept_.size())) {
    kept_.clear();
  } else {
    [[maybe_unused]] const int whole_lines = ftruncate(file, size);
  }
  close(file);
}

std::uint64_t RunFolder::log_size() {
  std::uint64_t size = 0;
  if (!found()) return size;
  for (const char* name : {"log.txt", "events.jsonl"})
    if (struct stat status{}; fstatat(directory_, name, &status, 0) == 0)
      size += static_cast<std::uint64_t>(status.st_size);
  return size;
}

std::optional<std::uint64_t> RunFolder::newest_step() {
  if (!found()) return std::nullopt;
  try {
    const auto checkpoints = list_checkpoints(fmt::format("/proc/self/fd/{}/checkpoints", directory_));
    return checkpoints.empty() ? std::nullopt : std::optional(checkpoints.back().step);
  } catch (const std::system_error&) {  // it may not be looked at
    return std::nullopt;
  }
}

}  // namespace favras::seq2seq
