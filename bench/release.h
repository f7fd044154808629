// What every benchmark says of its build, and that a debug build is none.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace favras::bench {

inline void refuse_debug_build([[maybe_unused]] const char* program) {
#ifndef NDEBUG
  std::fprintf(stderr,
               "%s: a debug build tells nothing of speed: configure with -DCMAKE_BUILD_TYPE=Release\n",
               program);
  std::exit(1);
#endif
}

// Of what the measured code was built with and runs on: names and versions.
std::vector<std::pair<std::string, std::string>> versions();

}  // namespace favras::bench
