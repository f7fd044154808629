#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/embedding/embedding.h"

namespace favras::bench {

void add_embedding() {
  const Axes axes{.names = {"rows", "vocabulary", "columns"},
                  .points = {{kRows, kVocabulary, kEmbedding}, {kRows, 4000, kEmbedding}}};
  add("embedding_forward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const std::int64_t rows = state.range(0), vocabulary = state.range(1), columns = state.range(2);
        const auto id = ids(device, rows, vocabulary);
        const auto table = numbers<T>(device, vocabulary * columns), y = zeros<T>(device, rows * columns);
        const kernels::EmbeddingForward<T> e{.rows = rows,
                                             .vocabulary = vocabulary,
                                             .columns = columns,
                                             .ids = id.data(),
                                             .table = table.data(),
                                             .y = y.data()};
        const double bytes =
            static_cast<double>((vocabulary + rows) * columns) * sizeof(T) + static_cast<double>(rows) * 4;
        time(state, device, {.bytes = bytes}, [&] { embedding_forward(device.context(), e); });
      });
  add("embedding_backward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        using Sum = kernels::Accumulate<T>;
        const std::int64_t rows = state.range(0), vocabulary = state.range(1), columns = state.range(2);
        const auto id = ids(device, rows, vocabulary);
        const auto dy = numbers<T>(device, rows * columns);
        const auto d_table = zeros<Sum>(device, vocabulary * columns);
        const kernels::EmbeddingBackward<T> e{.rows = rows,
                                              .vocabulary = vocabulary,
                                              .columns = columns,
                                              .ids = id.data(),
                                              .dy = dy.data(),
                                              .d_table = d_table.data(),
                                              .beta = 1};
        const double bytes = static_cast<double>(2 * vocabulary * columns) * sizeof(Sum) +
                             static_cast<double>(rows * columns) * sizeof(T) + static_cast<double>(rows) * 4;
        time(state, device, {.bytes = bytes}, [&] { embedding_backward(device.context(), e); });
      });
}

}  // namespace favras::bench
