// What the users of oneDNN share.
#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>
#include <stdexcept>
#include <string>

#include <omp.h>

#include "kernels/common/bfloat16.h"

namespace favras::kernels::cpu {

// oneDNN takes as many threads as OpenMP would: for the time of a call, that is what the context allows.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~ThreadLimit() { omp_set_num_threads(before_); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

// A primitive runs on the thread that made it, so every thread has its own of everything.
struct OneDnn {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};

  static OneDnn& of_this_thread() {
    thread_local OneDnn library;
    return library;
  }
};

template <class T>
inline constexpr dnnl::memory::data_type kOneDnnType = dnnl::memory::data_type::f32;
template <>
inline constexpr dnnl::memory::data_type kOneDnnType<bfloat16> = dnnl::memory::data_type::bf16;

// A matrix [rows, columns] of T, or the transpose of one that is stored [columns, rows].
template <class T>
dnnl::memory::desc matrix(std::int64_t rows, std::int64_t columns, bool transposed) {
  return {{rows, columns},
          kOneDnnType<T>,
          transposed ? dnnl::memory::dims{1, rows} : dnnl::memory::dims{columns, 1}};
}

[[noreturn]] inline void refused_product(std::int64_t m, std::int64_t n, std::int64_t k, int status) {
  throw std::runtime_error("gemm: oneDNN refused the product [" + std::to_string(m) + ", " +
                           std::to_string(k) + "] x [" + std::to_string(k) + ", " + std::to_string(n) +
                           "] with status " + std::to_string(status));
}

}  // namespace favras::kernels::cpu
