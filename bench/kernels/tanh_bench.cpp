#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/tanh/tanh.h"

namespace favras::bench {

void add_tanh() {
  const Axes axes{.names = {"size"}, .points = {{kRows * kHidden}}};
  add("tanh_forward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const auto x = numbers<T>(device, state.range(0)), y = zeros<T>(device, state.range(0));
        const kernels::TanhForward<T> t{.size = state.range(0), .x = x.data(), .y = y.data()};
        const double bytes = static_cast<double>(2 * t.size) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { tanh_forward(device.context(), t); });
      });
  add("tanh_backward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const auto y = numbers<T>(device, state.range(0)), dy = numbers<T>(device, state.range(0)),
                   dx = zeros<T>(device, state.range(0));
        const kernels::TanhBackward<T> t{
            .size = state.range(0), .y = y.data(), .dy = dy.data(), .dx = dx.data()};
        const double bytes = static_cast<double>(3 * t.size) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { tanh_backward(device.context(), t); });
      });
}

}  // namespace favras::bench
