#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/adam/adam.h"

namespace favras::bench {
namespace {

// `copied`: writes the rounded copy as well.
template <bool copied>
constexpr auto kBody = []<class Device, class T>(State& state, Device& device, T) {
  const std::int64_t size = state.range(0);
  const auto parameters = numbers<T>(device, size), gradients = numbers<T>(device, size);
  const auto first = zeros<T>(device, size), second = zeros<T>(device, size);
  const auto copy = zeros<kernels::bfloat16>(device, copied ? size : 1);
  const auto step = copy_of<kernels::StepState>(device, {{.step = 1, .learning_rate = 1e-3f}});
  kernels::Adam<T> a{.size = size, .parameters = parameters.data(), .gradients = gradients.data()};
  a.first_moment = first.data(), a.second_moment = second.data(), a.element_clip = 5, a.state = step.data();
  if (copied) a.copy = copy.data();
  const double bytes = static_cast<double>(size) * (7 * sizeof(T) + (copied ? 2 : 0));
  time(state, device, {.bytes = bytes}, [&] { adam(device.context(), a); });
};

}  // namespace

void add_adam() {
  const Axes axes{.names = {"size"}, .points = {{1 << 20}, {kParameters}}};
  add("adam", axes, OnCpu<Fp32>{}, OnCuda<Fp32>{}, kBody<false>);
  add("adam_with_bf16_copy", axes, OnCpu<Fp32>{}, OnCuda<Fp32>{}, kBody<true>);
}

}  // namespace favras::bench
