// The lines of many files in bounded memory, block by block, and their parallel treatment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace favras::seq2seq {

inline constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
// A longer line is never examined, only counted: no sentence has 64 KiB.
inline constexpr std::size_t kLongestLineBytes = std::size_t{1} << 16;

// Whole lines of one file. Of a line that fills a block, only the first kLongestLineBytes + 1 bytes.
struct Block {
  std::size_t file = 0;          // index into the list of files
  std::uint64_t first_line = 1;  // its number in the file, from 1
  std::string text;              // lines end in '\n', the last of a file perhaps not
};

class BlockReader {
 public:
  explicit BlockReader(const std::vector<std::filesystem::path>& files) : files_(files) {}
  // False after the last block of the last file. Throws std::runtime_error that names the file.
  bool next(Block& block);

 private:
  bool open_next_file();
  bool fill();               // appends to rest_; false at the end of the file
  void skip_rest_of_line();  // drops what is left of an overlong line

  const std::vector<std::filesystem::path>& files_;
  std::size_t opened_ = 0;  // files opened so far; the last of them is in stream_
  std::ifstream stream_;
  std::uint64_t line_ = 1;
  std::string rest_;  // read, but not yet given out
};

// Calls work(thread, block) for every block, on `threads` threads, thread in [0, threads). If calls
// throw, the exception of the earliest block is thrown on, so that a message does not depend on timing.
void for_each_block(const std::vector<std::filesystem::path>& files, int threads,
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
