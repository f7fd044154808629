#include "engine/storage/append_file.h"

#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace favras {
namespace {

// Bytes of the file's first `size` up to the end of its last line.
std::uint64_t whole_lines(const std::filesystem::path& path, std::uint64_t size) {
  File file(path, O_RDONLY);
  std::string text(size, '\0');
  text.resize(file.read(std::as_writable_bytes(std::span(text))));
  return text.rfind('\n') + 1;  // 0 where there is none
}

}  // namespace

AppendFile::AppendFile(const std::filesystem::path& path, std::uint64_t bytes)
    : file_(path, O_WRONLY | O_CREAT | O_APPEND), written_(file_.size()) {
  if (written_ < bytes) bytes = whole_lines(path, written_);
  if (written_ == bytes) return;
  if (::ftruncate(file_.descriptor(), static_cast<off_t>(bytes)) != 0) throw_errno("ftruncate", path);
  written_ = bytes;
}

std::uint64_t AppendFile::size() const {
  const std::lock_guard lock(mutex_);
  return written_ + held_back_.size();
}

void AppendFile::append(std::string_view text) {
  const std::lock_guard lock(mutex_);
  held_back_ += text;
  try {
    write_held_back();
  } catch (const std::system_error&) {  // sync() will say
  }
}

void AppendFile::sync() {
  {
    const std::lock_guard lock(mutex_);
    write_held_back();
  }
  file_.sync();  // which takes long: meanwhile others may append
}

void AppendFile::write_held_back() {
  while (!held_back_.empty()) {
    const std::size_t count = file_.write_some(std::as_bytes(std::span(held_back_)));
    written_ += count;
    held_back_.erase(0, count);
  }
}

}  // namespace favras
