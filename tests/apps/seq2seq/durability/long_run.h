// What the tests of long runs share: where they work, how much of it they do, and what they count.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"
#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

// Scratch directories in memory unless TMPDIR says where: a process that dies leaves alone what the kernel
// holds, so nothing need wait for a disk.
struct InMemory {
  InMemory() {
    if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
  }
};

// How much is done: the usual, or what scripts/soak.sh asks for.
inline std::int64_t amount(const char* variable, std::int64_t usual) {
  const char* const asked = std::getenv(variable);
  return asked ? std::stoll(asked) : usual;
}

// Counts are printed one a line; scripts/soak.sh adds them up.
inline void count(const std::string& what, std::int64_t number) {
  BOOST_TEST_MESSAGE(fmt::format("count: {:>6} {}", number, what));
}

// The step of the newest checkpoint, 0 if there is none. No process that dies may leave a damaged one.
inline std::uint64_t newest_step(const std::filesystem::path& run) {
  const auto checkpoints = list_checkpoints(run / "checkpoints");
  for (const Checkpoint& checkpoint : checkpoints) {
    const auto problems = verify_checkpoint(checkpoint.path);
    BOOST_TEST(problems.empty(), fmt::format("{}", fmt::join(problems, "; ")));
  }
  return checkpoints.empty() ? 0 : checkpoints.back().step;
}

}  // namespace favras::test
