// An open file at the level of system calls: every call is checked, and an error says which call failed on
// which path and why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace favras {

// Throws std::system_error (a std::runtime_error) from errno: "CALL 'PATH': reason".
[[noreturn]] void throw_errno(std::string_view call, const std::filesystem::path& path);

// Every member throws std::system_error when its system call fails.
class File {
 public:
  // Flags are open(2)'s; a new file gets the permissions that the umask leaves.
  File(const std::filesystem::path& path, int flags);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;

  // Bytes in a regular file. Throws std::runtime_error for a directory, a pipe, a device.
  std::uint64_t size() const;
  // Fills `bytes` as far as the file goes and returns how many it filled.
  std::size_t read(std::span<std::byte> bytes);
  void write(std::span<const std::byte> bytes);
  // As many of the bytes as the system takes at once; returns how many.
  std::size_t write_some(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  // Cuts the file off at its start.
  void clear();
  // To the disk itself.
  void sync();
  // Closes and reports what the destructor has to swallow.
  void close();

  int descriptor() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_;
};

}  // namespace favras
