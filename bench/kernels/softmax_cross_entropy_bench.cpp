// Loss and gradient come from one call, in place: later calls see gradients for logits, which take as long.
#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace favras::bench {

void add_softmax_cross_entropy() {
  const Axes axes{.names = {"rows", "vocabulary"}, .points = {{kTargets, kVocabulary}, {kTargets, 1000}}};
  add("softmax_cross_entropy", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        using Sum = kernels::Accumulate<T>;
        const std::int64_t rows = state.range(0), vocabulary = state.range(1);
        const auto targets = ids(device, rows, vocabulary);
        const auto logits = numbers<T>(device, rows * vocabulary);
        const auto scalars = zeros<Sum>(device, 3), row_loss = zeros<Sum>(device, rows);
        const kernels::SoftmaxCrossEntropy<T> s{.rows = rows,
                                                .vocabulary = vocabulary,
                                                .targets = targets.data(),
                                                .ignore = -1,
                                                .logits = logits.data(),
                                                .write_gradient = true,
                                                .loss_mean = scalars.data(),
                                                .loss_sum = scalars.data() + 1,
                                                .count = scalars.data() + 2,
                                                .row_loss = row_loss.data()};
        const double bytes =
            static_cast<double>(2 * rows * vocabulary) * sizeof(T) + static_cast<double>(rows) * 4;
        time(state, device, {.bytes = bytes}, [&] { softmax_cross_entropy(device.context(), s); });
      });
}

}  // namespace favras::bench
