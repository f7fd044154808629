// What the files of this folder are written with: add() says at which points, and on which devices in which
// precisions, a kernel is timed; its body makes the arrays and hands the call to time().
#pragma once

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/kernels/arrays.h"
#include "bench/kernels/ceilings.h"
#include "bench/kernels/cpu.h"
#include "bench/kernels/precision.h"
#if defined(FAVRAS_CUDA)
#include "bench/kernels/gpu.h"
#endif

namespace favras::bench {

using benchmark::State;

// Where a call finds its operands. Kernels whose time is the memory's are timed cold, the caches emptied
// before every call; products, which read theirs many times, are timed warm.
enum class Caches { kCold, kWarm };

// Bytes and operations are those that the task asks for: every input read once, every result written once;
// what an implementation reads again counts against it.
struct Work {
  double bytes = 0;
  double operations = 0;  // of products; 0 where memory is what counts
  Caches caches = Caches::kCold;
};

// Points are values of the axes, in their order.
struct Axes {
  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> points;
};

// In which precisions a kernel exists.
template <class... Precision>
struct OnCpu {};
template <class... Precision>
struct OnCuda {};

template <class Device, class Run>
void time(State& state, Device& device, const Work& work, const Run& run) {
  run();  // threads start, pages are mapped, products choose their algorithm
  for ([[maybe_unused]] auto iteration : state) {
    if (work.caches == Caches::kCold) device.flush();
    state.SetIterationTime(device.seconds(run));
  }
  state.counters["bytes"] = work.bytes;
  state.counters["operations"] = work.operations;
}

// Rates of what time() has counted, and their shares of the ceilings.
template <class Device, class Precision>
void add_rates(State& state) {
  constexpr auto kRate = benchmark::Counter::kIsIterationInvariantRate;
  const auto rate = [&](const char* name, double count) {
    state.counters[name] = benchmark::Counter(count, kRate);
  };
  const std::string device = Device::kName;
  const double bytes = state.counters["bytes"], operations = state.counters["operations"];
  rate("GB/s", bytes * 1e-9);
  rate("of_copy", bytes / ceilings().at(device + "/copy"));
  if (operations == 0) return;
  rate("GFLOP/s", operations * 1e-9);
  const auto ceiling = ceilings().find(device + "/" + Precision::kName);
  if (ceiling != ceilings().end()) rate("of_product", operations / ceiling->second);
}

template <class Device, class Precision, class Body>
void add_on(const std::string& kernel, const Axes& axes, const Body& body) {
  const std::string name = kernel + "/" + Device::kName + "/" + Precision::kName;
  benchmark::internal::Benchmark* bench =
      benchmark::RegisterBenchmark(name.c_str(), [body, name](State& state) {
        static Device device;
        const typename Device::Range range(name.c_str());
        device.allow_tf32(std::is_same_v<Precision, Tf32>);
        body(state, device, typename Precision::Type{});
        add_rates<Device, Precision>(state);
      });
  bench->ArgNames(axes.names)->UseManualTime()->Iterations(3)->Unit(benchmark::kMicrosecond);
  for (const auto& point : axes.points) bench->Args(point);
}

// body(state, device, T{}) for each T; on devices that were found, which are those with ceilings.
template <class... OnTheCpu, class... OnTheGpu, class Body>
void add(const std::string& kernel, const Axes& axes, OnCpu<OnTheCpu...>, OnCuda<OnTheGpu...>,
         const Body& body) {
  (add_on<Cpu, OnTheCpu>(kernel, axes, body), ...);
#if defined(FAVRAS_CUDA)
  const auto if_offered = [&]<class Precision>(Precision) {
    if (ceilings().contains(std::string("cuda/") + Precision::kName))
      add_on<Gpu, Precision>(kernel, axes, body);
  };
  (if_offered(OnTheGpu{}), ...);
#endif
}

// The kernels, one file each.
void add_adam();
void add_argmax();
void add_attention();
void add_bias();
void add_dropout();
void add_elementwise();
void add_embedding();
void add_gemm();
void add_lstm();
void add_moving_average();
void add_norm();
void add_softmax_cross_entropy();
void add_tanh();
void add_top_k();

}  // namespace favras::bench
