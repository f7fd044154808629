#include "engine/storage/durable.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace favras {
namespace {

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

}  // namespace

void durable_write(const std::filesystem::path& path, const std::function<void(File&)>& writer) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  try {
    writer(file);
    file.sync();
    file.close();
    durable_rename(temporary, path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void durable_rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw_errno("rename '" + from.string() + "' to", to);
  sync_directory(directory_of(to));
}

void durable_replace_directory(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (!std::filesystem::exists(to)) return durable_rename(from, to);
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) != 0) {
    // Not every file system can exchange two names: there `to` is missing for a moment.
    if (errno != EINVAL && errno != ENOSYS) throw_errno("exchange '" + from.string() + "' with", to);
    const std::filesystem::path old = from.string() + ".old";
    durable_rename(to, old);
    durable_rename(from, to);
    std::filesystem::remove_all(old);
    return;
  }
  sync_directory(directory_of(to));
  std::filesystem::remove_all(from);
}

void require_free_space(const std::filesystem::path& directory, std::uint64_t bytes) {
  const std::uint64_t free = std::filesystem::space(directory).available;
  if (free >= bytes) return;
  throw std::system_error(
      std::make_error_code(std::errc::no_space_on_device),
      fmt::format("'{}' has {:.1f} MB free where {:.1f} MB are needed", directory.string(),
                  static_cast<double>(free) / 1e6, static_cast<double>(bytes) / 1e6));
}

void durable_create_directories(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return;
  const std::filesystem::path parent = directory_of(path);
  durable_create_directories(parent);
  if (::mkdir(path.c_str(), 0777) != 0 && !(errno == EEXIST && std::filesystem::is_directory(path)))
    throw_errno("mkdir", path);
  sync_directory(parent);
}

void sync_directory(const std::filesystem::path& path) {
  File directory(path, O_RDONLY | O_DIRECTORY);
  try {
    directory.sync();
  } catch (const std::system_error& error) {
    // Some network file systems offer no fsync of a directory: nothing more can be done there.
    if (error.code() != std::errc::invalid_argument) throw;
  }
}

}  // namespace favras
