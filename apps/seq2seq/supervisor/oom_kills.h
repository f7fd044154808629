// How many processes the kernel's out-of-memory killer has ended so far.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace favras::seq2seq {

// Nothing where the kernel does not say.
struct OomKills {
  std::optional<std::uint64_t> in_this_cgroup, on_this_machine;
};

// root: of the file system, for tests.
OomKills oom_kills(const std::filesystem::path& root = "/");

}  // namespace favras::seq2seq
