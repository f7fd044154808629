#include "engine/storage/run_lock.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <span>
#include <string>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/storage/host_name.h"

namespace favras {
namespace {

// What the holder wrote, up to the end of the line; empty when it did not come to writing it.
std::string recorded_holder(File& file) {
  std::array<char, 512> text{};
  const std::size_t count = file.read(std::as_writable_bytes(std::span(text)));
  const std::string_view line(text.data(), count);
  return std::string(line.substr(0, line.find('\n')));
}

// False if another holds it.
bool try_to_lock(File& file, int kind) {
  while (::flock(file.descriptor(), kind | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_errno("flock", file.path());
  }
  return true;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& run_directory)
    : directory_(run_directory, O_RDONLY | O_DIRECTORY), file_(run_directory / "lock", O_RDWR | O_CREAT) {
  bool is_locked = try_to_lock(file_, LOCK_EX);
  if (!is_locked) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // lock_holder() lets go at once
    is_locked = try_to_lock(file_, LOCK_EX);
  }
  if (!is_locked) {
    const std::string holder = recorded_holder(file_);
    throw RunLocked(fmt::format("'{}' is in use by another trainer{}: wait for its end or stop it",
                                run_directory.string(), holder.empty() ? "" : " (" + holder + ")"));
  }
  file_.clear();
  file_.write(fmt::format("process {} on host {}\n", ::getpid(), host_name()));
}

std::filesystem::path RunLock::fixed_path() const {
  return fmt::format("/proc/self/fd/{}", directory_.descriptor());
}

std::filesystem::path RunLock::directory() const {
  const std::filesystem::path now = std::filesystem::read_symlink(fixed_path());
  std::error_code ignored;
  if (std::filesystem::exists(now, ignored)) return now;
  throw std::runtime_error(
      fmt::format("'{}' is no longer there: was it removed?", directory_.path().string()));
}

std::optional<std::string> lock_holder(const std::filesystem::path& run_directory) {
  const std::filesystem::path path = run_directory / "lock";
  if (!std::filesystem::exists(path)) return std::nullopt;
  File file(path, O_RDONLY);
  if (try_to_lock(file, LOCK_SH)) return std::nullopt;
  return recorded_holder(file);
}

}  // namespace favras
