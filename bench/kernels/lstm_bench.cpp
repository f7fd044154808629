// Stacks of layers, forward and backward, with dropout: that of the reference workload is {60, 128, 0, 512,
// 2}.
#include "bench/kernels/bench.h"
#include "bench/kernels/lstm_stack.h"
#include "bench/kernels/workload.h"
#include "kernels/lstm/lstm.h"

namespace favras::bench {
namespace {

using namespace kernels;

LstmShape shape_of(const State& state) {
  return {.time = state.range(0),
          .batch = state.range(1),
          .input_size = state.range(2),
          .hidden_size = state.range(3),
          .layers = state.range(4)};
}

}  // namespace

void add_lstm() {
  const Axes axes{.names = {"time", "batch", "input", "hidden", "layers"},
                  .points = {{kTime, kBatch, kEmbedding, kHidden, 1},
                             {kTime, kBatch, 0, kHidden, 2},
                             {kTime, kBatch, 0, 128, 2}}};
  add("lstm_forward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Tf32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const LstmShape shape = shape_of(state);
        const LstmStack<Device, T> stack(device, shape);
        const Work work{.bytes = static_cast<double>(stack.rows() * (shape.input_size + shape.hidden_size) +
                                                     stack.weights_count()) *
                                 sizeof(T),
                        .operations = stack.operations(),
                        .caches = Caches::kWarm};
        time(state, device, work, device.recorded([&] { lstm_forward(device.context(), stack.forward()); }));
      });
  // Backward consumes the reserve: the numbers of later calls are not gradients, but take as long.
  add("lstm_backward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Tf32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const LstmShape shape = shape_of(state);
        const LstmStack<Device, T> stack(device, shape);
        lstm_forward(device.context(), stack.forward());
        const auto weights = static_cast<double>(stack.weights_count());
        // x, y, dy and dx; the weights and, read and written, their gradients.
        const Work work{
            .bytes =
                (2.0 * static_cast<double>(stack.rows() * (shape.input_size + shape.hidden_size)) + weights) *
                    sizeof(T) +
                2.0 * weights * sizeof(Accumulate<T>),
            .operations = 2 * stack.operations(),
            .caches = Caches::kWarm};
        time(state, device, work,
             device.recorded([&] { lstm_backward(device.context(), stack.backward()); }));
      });
}

}  // namespace favras::bench
