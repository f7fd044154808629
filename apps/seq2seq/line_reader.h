// Lines of a file, a pipe or a terminal as they come, so that who types one line gets its answer before the
// next, and who sends many has them treated together.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace favras::seq2seq {

struct InputLine {
  std::string text;
  std::string ending;  // "\n", "\r\n", or what a last line without its end has: "" or "\r"
};

class LineReader {
 public:
  // Reads from an open descriptor, which stays the caller's; `name` is for messages.
  LineReader(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  // Waits for one line and takes with it the further ones that need no waiting, up to `most` in all. Empty at
  // the end of the input. Throws std::system_error if reading fails.
  std::vector<InputLine> next(std::size_t most);

 private:
  bool take_line(InputLine& line);  // false if there is no whole line yet
  bool is_ready() const;            // whether reading would not wait
  void read_more();

  int descriptor_;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of what has not been taken yet
  std::size_t searched_ = 0;  // there is no line end from begin_ up to here
  bool ended_ = false;
};

}  // namespace favras::seq2seq
