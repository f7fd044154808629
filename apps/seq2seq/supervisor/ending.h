// How a trainer ended, in a word for programs and in words for people.
#pragma once

#include <string>

#include "apps/seq2seq/supervisor/oom_kills.h"

namespace favras::seq2seq {

struct Ending {
  std::string kind;    // finished, interrupted, diverged, usage, failed, killed or crashed
  int status = 0;      // of the exit; 128 + signal if one ended it
  std::string signal;  // "SIGKILL"; empty: none
  std::string text;
};

// "SIGTERM"
std::string signal_name(int number);

// What waitpid said, the last line of standard error, and the out-of-memory killer's counts from before the
// trainer was started and after its end.
Ending ending(int wait_status, const std::string& last_line, const OomKills& before, const OomKills& after);

}  // namespace favras::seq2seq
