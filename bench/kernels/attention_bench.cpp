// Attention of the reference workload's size, every line of full length.
#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/attention/attention.h"

namespace favras::bench {
namespace {

// What forward and backward work on.
template <class Device, class T>
struct Problem {
  using A = kernels::Accumulate<T>;

  Problem(Device& device, std::int64_t steps, std::int64_t batch, std::int64_t size)
      : elements(steps * batch * size),
        lengths(copy_of(device, std::vector<std::int32_t>(batch, static_cast<std::int32_t>(steps)))),
        query(numbers<T>(device, elements, 0.1f)),
        memory(numbers<T>(device, elements, 0.1f)),
        context(zeros<T>(device, elements)),
        d_context(numbers<T>(device, elements)),
        d_query(zeros<T>(device, elements)),
        d_memory(zeros<T>(device, elements)),
        log_sum_exp(zeros<A>(device, steps * batch)),
        workspace(zeros<A>(device, steps * batch)),
        input{.target = steps,
              .batch = batch,
              .source = steps,
              .size = size,
              .memory_lengths = lengths.data(),
              .query = query.data(),
              .memory = memory.data()} {}

  void forward(Device& device) const {
    attention_forward(device.context(),
                      kernels::AttentionForward<T>{
                          .input = input, .context = context.data(), .log_sum_exp = log_sum_exp.data()});
  }
  void backward(Device& device) const {
    attention_backward(device.context(), kernels::AttentionBackward<T>{.input = input,
                                                                       .context = context.data(),
                                                                       .log_sum_exp = log_sum_exp.data(),
                                                                       .d_context = d_context.data(),
                                                                       .workspace = workspace.data(),
                                                                       .d_query = d_query.data(),
                                                                       .d_memory = d_memory.data()});
  }
  // A product of queries and rows of the memory.
  double product() const {
    return 2.0 * static_cast<double>(input.target * input.source * input.batch * input.size);
  }

  std::int64_t elements;
  Array<std::int32_t, Device> lengths;
  Array<T, Device> query, memory, context, d_context, d_query, d_memory;
  Array<A, Device> log_sum_exp, workspace;
  kernels::AttentionInput<T> input;
};

}  // namespace

void add_attention() {
  const Axes axes{.names = {"steps", "batch", "size"},
                  .points = {{kTime, kBatch, 256}, {kTime, kBatch, kHidden}}};
  add("attention_forward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const Problem<Device, T> p(device, state.range(0), state.range(1), state.range(2));
        const double bytes = static_cast<double>(3 * p.elements) * sizeof(T);
        time(state, device, {.bytes = bytes, .operations = 2 * p.product(), .caches = Caches::kWarm},
             [&] { p.forward(device); });
      });
  // The scores once more, and a product for each of d_weights, d_query and both parts of d_memory.
  add("attention_backward", axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Bf16>{},
      []<class Device, class T>(State& state, Device& device, T) {
        const Problem<Device, T> p(device, state.range(0), state.range(1), state.range(2));
        p.forward(device);
        const double bytes = static_cast<double>(6 * p.elements) * sizeof(T);
        time(state, device, {.bytes = bytes, .operations = 5 * p.product(), .caches = Caches::kWarm},
             [&] { p.backward(device); });
      });
}

}  // namespace favras::bench
