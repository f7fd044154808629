// What was measured, and what it is held against.
#pragma once

#include <string>
#include <vector>

#include "bench/kernels/gpu_timer.h"

namespace favras::bench {

// Bytes and operations are those that the task asks for: every input read once, every result written once;
// what an implementation reads again counts against it.
struct Result {
  std::string name, precision, shape;
  double seconds = 0;
  double bytes = 0;
  double operations = 0;  // of products; 0 where memory is what counts

  double gigabytes_per_second() const { return bytes / seconds * 1e-9; }
  double teraflops() const { return operations / seconds * 1e-12; }
};

// What this GPU reached in this run where nothing else stood in the way.
struct Ceiling {
  std::string name;
  double rate = 0;  // GB/s, or TFLOP/s
};

std::vector<Ceiling> measure_ceilings(GpuTimer&);
std::vector<Result> measure_pointwise(GpuTimer&);  // one kernel each, bound by memory
std::vector<Result> measure_lstm(GpuTimer&);
std::vector<Result> measure_products(GpuTimer&);

}  // namespace favras::bench
