#include "engine/storage/file.h"

#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace favras {

void throw_errno(std::string_view call, const std::filesystem::path& path) {
  const int error = errno;
  throw std::system_error(error, std::generic_category(), std::string(call) + " '" + path.string() + "'");
}

File::File(const std::filesystem::path& path, int flags) : path_(path) {
  do descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) throw_errno("open", path_);
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

std::uint64_t File::size() const {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) throw_errno("fstat", path_);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error("'" + path_.string() + "' is not a regular file");
  return static_cast<std::uint64_t>(status.st_size);
}

std::size_t File::read(std::span<std::byte> bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(descriptor_, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("read", path_);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

void File::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) bytes = bytes.subspan(write_some(bytes));
}

std::size_t File::write_some(std::span<const std::byte> bytes) {
  for (;;) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw_errno("write", path_);
  }
}

void File::clear() {
  if (::ftruncate(descriptor_, 0) != 0) throw_errno("ftruncate", path_);
  if (::lseek(descriptor_, 0, SEEK_SET) != 0) throw_errno("lseek", path_);
}

void File::sync() {
  while (::fsync(descriptor_) != 0)
    if (errno != EINTR) throw_errno("fsync", path_);
}

void File::close() {
  // After EINTR Linux has closed the descriptor all the same: it must not be closed twice.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) throw_errno("close", path_);
}

}  // namespace favras
