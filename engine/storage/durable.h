// Changes to the file system that are either wholly there after a crash or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "engine/storage/file.h"

namespace favras {

// Replaces the file at `path` by what `writer` writes: into PATH.tmp, fsync, rename, fsync of the directory.
// When anything before the last step fails, the old file stands as it was, PATH.tmp is removed and the error
// is thrown on.
void durable_write(const std::filesystem::path& path, const std::function<void(File&)>& writer);

// Puts the directory `from` in the place of `to`, which may be a directory with something in it: `to` is the
// old one or the new one at any moment. The old one is then removed.
void durable_replace_directory(const std::filesystem::path& from, const std::filesystem::path& to);

// Throws std::system_error, as a write to a full disk would, where the file system has less than that many
// bytes free: it is known before the first of them is written.
void require_free_space(const std::filesystem::path& directory, std::uint64_t bytes);

// rename(2), then fsync of the directory that holds `to`.
void durable_rename(const std::filesystem::path& from, const std::filesystem::path& to);

// The directory and those above it as far as they are missing.
void durable_create_directories(const std::filesystem::path& path);

void sync_directory(const std::filesystem::path& path);

}  // namespace favras
