// The CPU as benchmarks see it: its arrays, its clock, its caches.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "engine/device.h"

namespace favras::bench {

class Cpu {
 public:
  static constexpr const char* kName = "cpu";

  template <class T>
  class Array {
   public:
    explicit Array(std::vector<T> values) : values_(std::move(values)) {}
    T* data() const { return const_cast<T*>(values_.data()); }  // as constant as device memory is

   private:
    std::vector<T> values_;
  };
  struct Range {  // what a profiler shows; only CUDA's has one
    explicit Range(const char*) {}
  };

  kernels::cpu::Context& context() { return cpu_context(); }
  void allow_tf32(bool) {}

  template <class Run>
  Run recorded(Run run) {
    return run;
  }
  template <class Run>
  double seconds(const Run& run) {
    const auto start = std::chrono::steady_clock::now();
    run();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  // Reads twice what the largest cache holds, on all threads, so that nothing else is left in any.
  void flush();
  static std::size_t largest_cache();  // bytes
};

}  // namespace favras::bench
