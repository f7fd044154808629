#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/argmax/argmax.h"

namespace favras::bench {

void add_argmax() {
  const Axes axes{.names = {"rows", "columns"}, .points = {{kTargets, kVocabulary}, {kTargets, 1000}}};
  add("argmax", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const std::int64_t rows = state.range(0), columns = state.range(1);
        const auto x = numbers<T>(device, rows * columns);
        const auto index = zeros<std::int32_t>(device, rows);
        const kernels::Argmax<T> a{.rows = rows, .columns = columns, .x = x.data(), .index = index.data()};
        const double bytes = static_cast<double>(rows * columns) * sizeof(T) + static_cast<double>(rows) * 4;
        time(state, device, {.bytes = bytes}, [&] { argmax(device.context(), a); });
      });
}

}  // namespace favras::bench
