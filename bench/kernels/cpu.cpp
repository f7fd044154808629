#include "bench/kernels/cpu.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include <benchmark/benchmark.h>

namespace favras::bench {

std::size_t Cpu::largest_cache() {
  std::size_t largest = std::size_t{32} << 20;  // where the system tells none
  const auto& caches = benchmark::CPUInfo::Get().caches;
  if (!caches.empty()) largest = 0;
  for (const auto& cache : caches) largest = std::max(largest, static_cast<std::size_t>(cache.size));
  return largest;
}

void Cpu::flush() {
  static const std::vector<std::uint64_t> other(2 * largest_cache() / sizeof(std::uint64_t), 1);
  std::uint64_t sum = 0;
  const auto size = static_cast<std::int64_t>(other.size());
#pragma omp parallel for num_threads(context().threads) reduction(+ : sum)
  for (std::int64_t i = 0; i < size; ++i) sum += other[static_cast<std::size_t>(i)];
  benchmark::DoNotOptimize(sum);
}

}  // namespace favras::bench
