// Small pieces of CUDA code with one deliberate bug each, and the same without it.
#pragma once

#include <vector>

namespace favras::simt_bugs {

struct Bug {
  const char* name;
  // Whether the results were right. A KernelFault or a sanitizer may come in between.
  bool (*run)(bool fixed);
};

// By what is wrong.
std::vector<Bug> barrier_bugs();
std::vector<Bug> warp_bugs();
std::vector<Bug> memory_bugs();
std::vector<Bug> grid_bugs();
std::vector<Bug> stream_bugs();

}  // namespace favras::simt_bugs
