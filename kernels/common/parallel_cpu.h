// A parallel loop whose body may throw: OpenMP itself ends the process when an exception leaves a region.
#pragma once

#include <exception>

namespace favras::kernels::cpu {

// body(0) ... body(count - 1), each on a thread of its own; rethrows the first exception after all ended.
template <class Body>
void parallel(int count, const Body& body) {
  std::exception_ptr failure;
#pragma omp parallel for num_threads(count) schedule(static, 1)
  for (int i = 0; i < count; ++i) {
    try {
      body(i);
    } catch (...) {
#pragma omp critical(favras_parallel_failure)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace favras::kernels::cpu
