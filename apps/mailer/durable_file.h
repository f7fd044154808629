// Files and directories that are wholly there after a crash or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace favras::mailer {

// All throw std::system_error, which names the file.

// A new file that only its owner may read: TEMPORARY, fsync, rename to PATH, fsync of the directory. When
// that fails, neither is there.
void write_new_file(const std::filesystem::path& temporary, const std::filesystem::path& path,
                    std::string_view bytes);
// Overwrites one byte, which no full disk prevents, and waits for the disk.
void overwrite_byte(const std::filesystem::path& path, std::uint64_t place, char byte);
void append_to_file(const std::filesystem::path& path, std::string_view bytes);
std::string read_file(const std::filesystem::path& path);
void rename_file(const std::filesystem::path& from,
                 const std::filesystem::path& to);    // and both directories' fsync
void remove_file(const std::filesystem::path& path);  // and its directory's fsync; not there: nothing to do
// For its owner alone; those above it as usual.
void create_private_directory(const std::filesystem::path& path);

}  // namespace favras::mailer
