#include "apps/seq2seq/io/replacement_file.h"

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "engine/storage/durable.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

// Where the descriptor can be given a name.
std::string link_to(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

// Calls make(path) with names that nobody else has until there is one; throws what it fails with.
template <class Make>
fs::path make_unique(const fs::path& directory, const Make& make) {
  std::random_device random;
  for (;;) {
    fs::path path = directory / fmt::format(".seq2seq-{:08x}{:08x}", random(), random());
    try {
      make(path);
      return path;
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::file_exists) throw;
    }
  }
}

}  // namespace

ReplacementFile::ReplacementFile(fs::path path, Begins begins)
    : path_(std::move(path)),
      directory_(path_.has_parent_path() ? path_.parent_path() : "."),
      file_(open(begins)) {
  try {
    take_over_permissions();
  } catch (...) {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    throw;
  }
}

ReplacementFile::~ReplacementFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

File ReplacementFile::open(Begins begins) {
  if (begins == Begins::kWithoutName) try {
      File file(directory_, O_WRONLY | O_TMPFILE);
      if (::access(link_to(file.descriptor()).c_str(), F_OK) == 0) return file;
    } catch (const std::system_error& error) {
      // Systems that do not know the flag see a directory that is to be written to.
      if (error.code() != std::errc::operation_not_supported && error.code() != std::errc::is_a_directory)
        throw;
    }
  temporary_ = make_unique(directory_, [](const fs::path& name) { File(name, O_WRONLY | O_CREAT | O_EXCL); });
  return File(temporary_, O_WRONLY);
}

void ReplacementFile::take_over_permissions() {
  struct stat old {};
  if (::stat(path_.c_str(), &old) != 0) {
    if (errno != ENOENT) throw_errno("stat", path_);
    return;
  }
  // First nobody's but ours: what others may do depends on whose it is.
  if (::fchmod(file_.descriptor(), 0600) != 0) throw_errno("fchmod", path_);
  const bool owned = ::fchown(file_.descriptor(), old.st_uid, old.st_gid) == 0;
  const bool same_group = owned || ::fchown(file_.descriptor(), -1, old.st_gid) == 0;
  const mode_t permissions = old.st_mode & (same_group ? 0777 : 0707);
  if (::fchmod(file_.descriptor(), permissions) != 0) throw_errno("fchmod", path_);
}

void ReplacementFile::take_place() {
  file_.sync();
  if (temporary_.empty())
    temporary_ = make_unique(directory_, [&](const fs::path& name) {
      if (::linkat(AT_FDCWD, link_to(file_.descriptor()).c_str(), AT_FDCWD, name.c_str(),
                   AT_SYMLINK_FOLLOW) != 0)
        throw_errno("link", name);
    });
  file_.close();
  durable_rename(temporary_, path_);
  temporary_.clear();
}

}  // namespace favras::seq2seq
