// Output that a long run can do without.
#pragma once

#include <cstdio>
#include <stdio_ext.h>
#include <string>

namespace favras::seq2seq {

// Prints the text and a line break at once. Where nobody reads it any more, or there is no room for it, it is
// lost: that is no failure, now or later. (fmt::print throws then.)
inline void print_line(std::FILE* stream, const std::string& text) {
  std::fputs((text + '\n').c_str(), stream);
  if (std::fflush(stream) == 0 && !std::ferror(stream)) return;
  __fpurge(stream);
  std::clearerr(stream);
}

}  // namespace favras::seq2seq
