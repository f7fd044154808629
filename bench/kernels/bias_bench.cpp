#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/bias/bias.h"

namespace favras::bench {

void add_bias() {
  const Axes axes{.names = {"rows", "columns"}, .points = {{kTargets, kVocabulary}, {kRows, kGates}}};
  add("bias_forward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const std::int64_t rows = state.range(0), columns = state.range(1);
        const auto bias = numbers<T>(device, columns), y = numbers<T>(device, rows * columns);
        const kernels::BiasForward<T> b{.rows = rows, .columns = columns, .bias = bias.data(), .y = y.data()};
        const double bytes = static_cast<double>(2 * rows * columns + columns) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { bias_forward(device.context(), b); });
      });
  add("bias_backward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        using Sum = kernels::Accumulate<T>;
        const std::int64_t rows = state.range(0), columns = state.range(1);
        const auto dy = numbers<T>(device, rows * columns);
        const auto d_bias = zeros<Sum>(device, columns);
        const kernels::BiasBackward<T> b{
            .rows = rows, .columns = columns, .dy = dy.data(), .d_bias = d_bias.data(), .beta = 1};
        const double bytes =
            static_cast<double>(rows * columns) * sizeof(T) + static_cast<double>(2 * columns) * sizeof(Sum);
        time(state, device, {.bytes = bytes}, [&] { bias_backward(device.context(), b); });
      });
}

}  // namespace favras::bench
