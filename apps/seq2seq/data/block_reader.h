// The lines of many files in bounded memory, block by block, and their parallel treatment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

#include "engine/storage/file.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

inline constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
// A longer line is never examined, only counted: no paragraph has 1 MiB.
inline constexpr std::size_t kLongestLineBytes = std::size_t{1} << 20;
inline constexpr const char* kCutLines =
    "break such lines between paragraphs, or cut them at blanks with fold -s -w 1000000 FILE";

// Whole lines of one file. Of a line above kLongestLineBytes perhaps only the first kLongestLineBytes + 1.
struct Block {
  std::size_t file = 0;          // index into the list of files
  std::uint64_t first_line = 1;  // its number in the file, from 1
  std::string text;              // lines end in '\n', the last of a file perhaps not
};

// What was read of a file.
struct FileSum {
  std::uint64_t bytes = 0;
  std::string sha256;
};

class BlockReader {
 public:
  explicit BlockReader(const std::vector<std::filesystem::path>& files) : files_(files) {}
  // False after the last block of the last file. Throws std::runtime_error that names the file, also if it
  // changed while it was read.
  bool next(Block& block);
  // Of the files read to their ends, in order.
  const std::vector<FileSum>& sums() const { return sums_; }

 private:
  bool open_next_file();
  void close_file();
  bool fill();               // appends to rest_; false at the end of the file
  void skip_rest_of_line();  // drops what is left of an overlong line

  const std::vector<std::filesystem::path>& files_;
  std::size_t opened_ = 0;  // files opened so far; the last of them is in file_
  std::optional<File> file_;
  struct stat status_ {};  // as it was opened
  Sha256 sha_;
  std::uint64_t bytes_ = 0;
  std::uint64_t line_ = 1;
  std::string rest_;  // read, but not yet given out
  std::vector<FileSum> sums_;
};

// Calls work(thread, block) for every block, on `threads` threads, thread in [0, threads). If calls
// throw, the exception of the earliest block is thrown on, so that a message does not depend on timing.
std::vector<FileSum> for_each_block(const std::vector<std::filesystem::path>& files, int threads,
                                    const std::function<void(int, const Block&)>& work);

// Calls visit(line number, line without its '\n').
template <class Visit>
void for_each_line(const Block& block, Visit visit) {
  std::uint64_t number = block.first_line;
  for (std::size_t begin = 0; begin < block.text.size(); ++number) {
    const std::size_t end = std::min(block.text.find('\n', begin), block.text.size());
    visit(number, std::string_view(block.text).substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace favras::seq2seq
