// Lines of a file, a pipe or a terminal as they come, so that who types one line gets its answer before the
// next, and who sends many has them treated together. Lines of any length, in parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace favras::seq2seq {

// A line, or a part of one that is longer than kPartBytes. Parts end behind a space or tab, or where there is
// none between characters.
struct InputLine {
  std::string text;
  std::string ending;    // "\n", "\r\n", or what a last line without its end has: "" or "\r"
  bool goes_on = false;  // the next one is more of the same line; then there is no ending
};

class LineReader {
 public:
  static constexpr std::size_t kPartBytes = std::size_t{1} << 14;

  // Reads from an open descriptor, which stays the caller's; `name` is for messages.
  LineReader(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  // Waits for one line and takes with it the further ones that need no waiting, up to `most` in all, and no
  // more once they have `bytes`. Empty at the end of the input. Throws std::system_error if reading fails.
  std::vector<InputLine> next(std::size_t most, std::size_t bytes);

  std::uint64_t taken() const { return taken_; }  // bytes of all lines given out

 private:
  bool take_line(InputLine& line);  // false if there is no whole line or part yet
  void take(InputLine& line, std::size_t text_end, std::size_t end);
  std::size_t part_end() const;  // of a part that begins at begin_
  bool is_ready() const;         // whether reading would not wait
  void read_more();

  int descriptor_;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of what has not been taken yet
  std::size_t searched_ = 0;  // there is no line end from begin_ up to here
  std::uint64_t taken_ = 0;
  bool ended_ = false;
};

}  // namespace favras::seq2seq
