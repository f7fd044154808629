#include "apps/mailer/durable_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "apps/mailer/descriptor.h"

namespace favras::mailer {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const char* action, const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), std::string(action) + " '" + path.string() + "'");
}

Descriptor open_file(const fs::path& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) fail("open", path);
  return file;
}

void write_all(int file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void sync_directory_of(const fs::path& path) {
  const fs::path directory = path.has_parent_path() ? path.parent_path() : ".";
  // It may be a link.
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0) fail("open", directory);
  if (::fsync(opened.get()) != 0 && errno != EINVAL)
    fail("fsync", directory);  // some network file systems: EINVAL
}

}  // namespace

void write_new_file(const fs::path& temporary, const fs::path& path, std::string_view bytes) {
  Descriptor file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  try {
    write_all(file.get(), bytes, temporary);
    if (::fsync(file.get()) != 0) fail("fsync", temporary);
    file.reset();
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail("rename", temporary);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  try {
    sync_directory_of(path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

void overwrite_byte(const fs::path& path, std::uint64_t place, char byte) {
  const Descriptor file = open_file(path, O_WRONLY);
  if (::pwrite(file.get(), &byte, 1, static_cast<off_t>(place)) != 1) fail("write", path);
  if (::fdatasync(file.get()) != 0) fail("fdatasync", path);
}

void append_to_file(const fs::path& path, std::string_view bytes) {
  const Descriptor file = open_file(path, O_WRONLY | O_APPEND);
  write_all(file.get(), bytes, path);
}

std::string read_file(const fs::path& path) {
  const Descriptor file = open_file(path, O_RDONLY);
  std::string bytes;
  for (char part[16384];;) {
    const ssize_t size = ::read(file.get(), part, sizeof part);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) fail("read", path);
    if (size == 0) return bytes;
    bytes.append(part, static_cast<std::size_t>(size));
  }
}

void rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) fail("rename", from);
  sync_directory_of(to);
  sync_directory_of(from);
}

void remove_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail("unlink", path);
  sync_directory_of(path);
}

void create_private_directory(const fs::path& path) {
  if (fs::is_directory(path)) return;
  const fs::path absolute = fs::absolute(path);
  const fs::path parent =
      absolute.has_filename() ? absolute.parent_path() : absolute.parent_path().parent_path();
  fs::create_directories(parent);
  if (::mkdir(path.c_str(), 0700) != 0 && !(errno == EEXIST && fs::is_directory(path))) fail("mkdir", path);
  sync_directory_of(absolute.has_filename() ? absolute : absolute.parent_path());
}

}  // namespace favras::mailer
