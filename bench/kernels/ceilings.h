// What a device reached in this run where nothing else stood in the way: a copy of arrays larger than its
// caches, and a large square product of its library's. Other results are held against these.
#pragma once

#include <map>
#include <string>

namespace favras::bench {

// By device and kind, "cpu/copy" or "cuda/bf16": bytes read and written a second, or operations a second.
using Ceilings = std::map<std::string, double>;

Ceilings& ceilings();  // those measured so far

// Both add what the device can do to ceilings().
void measure_cpu_ceilings();
void measure_gpu_ceilings();  // in builds with CUDA, with a device

}  // namespace favras::bench
