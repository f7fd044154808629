#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/elementwise/elementwise.h"

namespace favras::bench {

void add_elementwise() {
  const Axes axes{.names = {"size"}, .points = {{kRows * kHidden}}};
  add("fill", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const auto x = zeros<T>(device, state.range(0));
        const kernels::Fill<T> f{.size = state.range(0), .value = 1, .x = x.data()};
        const double bytes = static_cast<double>(f.size) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { fill(device.context(), f); });
      });
  add("add", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const auto x = numbers<T>(device, state.range(0)), y = numbers<T>(device, state.range(0));
        const kernels::Add<T> a{.size = state.range(0), .x = x.data(), .y = y.data()};
        const double bytes = static_cast<double>(3 * a.size) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { add(device.context(), a); });
      });
  add("convert_to_bf16", {.names = {"size"}, .points = {{kParameters}}}, OnCpu<Fp32>{}, OnCuda<Fp32>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const auto x = numbers<T>(device, state.range(0));
        const auto y = zeros<kernels::bfloat16>(device, state.range(0));
        const kernels::Convert<T, kernels::bfloat16> c{.size = state.range(0), .x = x.data(), .y = y.data()};
        const double bytes = static_cast<double>(c.size) * (sizeof(T) + 2);
        time(state, device, {.bytes = bytes}, [&] { convert(device.context(), c); });
      });
}

}  // namespace favras::bench
