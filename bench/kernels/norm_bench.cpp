#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/norm/norm.h"

namespace favras::bench {

void add_norm() {
  const Axes axes{.names = {"size"}, .points = {{kParameters}}};
  add("clip_scale", axes, OnCpu<Fp32>{}, OnCuda<Fp32>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const auto x = numbers<T>(device, state.range(0)), results = zeros<T>(device, 2);
        const kernels::ClipScale<T> c{.size = state.range(0),
                                      .x = x.data(),
                                      .maximum = 1,
                                      .norm = results.data(),
                                      .scale = results.data() + 1};
        const double bytes = static_cast<double>(c.size) * sizeof(T);
        time(state, device, {.bytes = bytes}, [&] { clip_scale(device.context(), c); });
      });
}

}  // namespace favras::bench
