#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/moving_average/moving_average.h"

namespace favras::bench {

void add_moving_average() {
  add("moving_average", {.names = {"size"}, .points = {{kParameters}}}, OnCpu<Fp32>{}, OnCuda<Fp32>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const std::int64_t size = state.range(0);
        const auto x = numbers<T>(device, size), average = numbers<T>(device, size);
        const auto step = copy_of<kernels::StepState>(device, {{.step = 1000}});
        const kernels::MovingAverage<T> m{
            .size = size, .decay = T(0.999), .state = step.data(), .x = x.data(), .average = average.data()};
        const double bytes = static_cast<double>(3 * size) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { moving_average(device.context(), m); });
      });
}

}  // namespace favras::bench
