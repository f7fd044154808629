// What a long run says on its terminal, or on what stands for one: where nobody can hear it any more, because
// the terminal, the pipe's reader or the room on the disk is gone, the run goes on all the same.
#pragma once

#include <cstdio>
#include <stdio_ext.h>
#include <string_view>

namespace favras::seq2seq {

// Writes the text as it is and flushes the stream; whatever fails is forgotten.
inline void tell(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  if (std::fflush(stream) == 0 && !std::ferror(stream)) return;
  __fpurge(stream);
  std::clearerr(stream);
}

}  // namespace favras::seq2seq
