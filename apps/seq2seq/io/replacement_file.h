// A file that takes the place of another once it is whole.
#pragma once

#include <filesystem>
#include <string_view>

#include "engine/storage/file.h"

namespace favras::seq2seq {

// What is written has no name, so that nothing of it stays behind however the program ends. Where the file
// system knows no such files (NFS) it is called .seq2seq-NUMBER beside its place, and stays if the program is
// killed.
class ReplacementFile {
 public:
  enum class Begins { kWithoutName, kWithName };

  // For `path`, a file or none yet, no link to one. A file that is there lends its permissions and, as far as
  // that is allowed, its owner and group. Throws std::system_error.
  explicit ReplacementFile(std::filesystem::path path, Begins begins = Begins::kWithoutName);
  ~ReplacementFile();  // without take_place() all stays as it was
  ReplacementFile(const ReplacementFile&) = delete;
  ReplacementFile& operator=(const ReplacementFile&) = delete;

  void write(std::string_view text) { file_.write(text); }
  // To the disk, and under the name.
  void take_place();

 private:
  File open(Begins begins);
  void take_over_permissions();

  std::filesystem::path path_, directory_;
  std::filesystem::path temporary_;  // "": none
  File file_;
};

}  // namespace favras::seq2seq
