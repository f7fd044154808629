// Checkpoints of a run: directories named step-N, each one transaction, with a manifest that tells whether it
// is whole. Changing them (write, newest_valid_checkpoint, prune) is for the holder of the run's lock alone;
// looking at them (list, verify) is for anyone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace favras {

struct Checkpoint {
  std::filesystem::path path;
  std::uint64_t step = 0;
};

// DIRECTORY/step-N.
std::filesystem::path checkpoint_path(const std::filesystem::path& directory, std::uint64_t step);

// Writes one checkpoint: into step-N.tmp, which becomes step-N as a whole in commit() or is removed with the
// object. Creates the directory of checkpoints if need be.
class CheckpointWriter {
 public:
  CheckpointWriter(const std::filesystem::path& directory, std::uint64_t step);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Where to write the file of this name before commit(). A plain name: no directories, not the manifest's.
  std::filesystem::path file(const std::string& name);

  // Writes the manifest over all files handed out, makes everything durable and gives the checkpoint its
  // name, in the place of an older one of the same step. Throws std::runtime_error when a file is missing or
  // anything fails; nothing was committed then.
  Checkpoint commit();

 private:
  std::filesystem::path directory_;
  std::filesystem::path temporary_;
  std::uint64_t step_;
  std::set<std::string> names_;
  bool committed_ = false;
};

// By step, the newest last, whether whole or not. Empty when there is no such directory.
std::vector<Checkpoint> list_checkpoints(const std::filesystem::path& directory);

// What is wrong with the checkpoint, a sentence each; empty: it is whole. Throws std::system_error when it
// cannot be looked at for reasons of no damage, such as missing permission.
std::vector<std::string> verify_checkpoint(const std::filesystem::path& path);

// The newest checkpoint that is whole, or where there is none, the newest set aside that is whole again. A
// damaged one on the way to it is reported and set aside as step-N.damaged; left-overs of saves that never
// finished are removed. Throws std::runtime_error for a checkpoint of a newer format, which is no damage.
std::optional<Checkpoint> newest_valid_checkpoint(const std::filesystem::path& directory,
                                                  const std::function<void(std::string)>& report);

// Removes all checkpoints but the newest and those of the steps to keep, and only if the newest is whole:
// otherwise nothing goes and its problems are returned.
[[nodiscard]] std::vector<std::string> prune_checkpoints(const std::filesystem::path& directory,
                                                         const std::set<std::uint64_t>& keep);

}  // namespace favras
