// Changes to the file system that are either wholly there after a crash or not at all.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/storage/file.h"

namespace favras {

// Replaces the file at `path` by what `writer` writes: into PATH.tmp, fsync, rename, fsync of the directory.
// When anything before the last step fails, the old file stands as it was, PATH.tmp is removed and the error
// is thrown on.
void durable_write(const std::filesystem::path& path, const std::function<void(File&)>& writer);

// rename(2), then fsync of the directory that holds `to`.
void durable_rename(const std::filesystem::path& from, const std::filesystem::path& to);

// The directory and those above it as far as they are missing.
void durable_create_directories(const std::filesystem::path& path);

void sync_directory(const std::filesystem::path& path);

}  // namespace favras
