// Forward and backward are the same call.
#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/dropout/dropout.h"

namespace favras::bench {

void add_dropout() {
  const Axes axes{.names = {"rows", "columns"}, .points = {{kTargets, kHidden}}};
  add("dropout", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const std::int64_t rows = state.range(0), columns = state.range(1);
        const auto x = numbers<T>(device, rows * columns), y = zeros<T>(device, rows * columns);
        const auto step = copy_of<kernels::StepState>(device, {{.seed = 1, .step = 1}});
        const kernels::Dropout<T> d{.rows = rows,
                                    .columns = columns,
                                    .mask = {.keep = 0.7f, .stream = 1, .state = step.data()},
                                    .x = x.data(),
                                    .y = y.data()};
        const double bytes = static_cast<double>(2 * rows * columns) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { dropout(device.context(), d); });
      });
}

}  // namespace favras::bench
