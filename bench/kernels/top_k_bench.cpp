#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/top_k/top_k.h"

namespace favras::bench {

void add_top_k() {
  const Axes axes{.names = {"rows", "columns", "k"},
                  .points = {{kTargets, kVocabulary, 5}, {kTargets, 1000, 5}}};
  add("top_k", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        using Sum = kernels::Accumulate<T>;
        const std::int64_t rows = state.range(0), columns = state.range(1), k = state.range(2);
        const auto x = numbers<T>(device, rows * columns);
        const auto values = zeros<Sum>(device, rows * k);
        const auto indices = zeros<std::int32_t>(device, rows * k);
        const kernels::TopK<T> t{.rows = rows,
                                 .columns = columns,
                                 .k = k,
                                 .x = x.data(),
                                 .values = values.data(),
                                 .indices = indices.data()};
        const double bytes = static_cast<double>(rows * columns) * sizeof(T) +
                             static_cast<double>(rows * k) * (4 + sizeof(Sum));
        time(state, device, {.bytes = bytes}, [&] { top_k(device.context(), t); });
      });
}

}  // namespace favras::bench
