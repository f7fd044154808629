// The products of a training step.
#include "bench/kernels/bench.h"
#include "bench/kernels/workload.h"
#include "kernels/gemm/gemm.h"

namespace favras::bench {
namespace {

constexpr auto kBody = []<class Device, class T>(State& state, Device& device, T) {
  const std::int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  const auto a = numbers<T>(device, m * k), b = numbers<T>(device, k * n);
  const auto product = [&]<class TC>(TC) {
    const auto c = zeros<TC>(device, m * n);
    const kernels::Gemm<T, TC> g{.m = m,
                                 .n = n,
                                 .k = k,
                                 .a = a.data(),
                                 .b = b.data(),
                                 .c = c.data(),
                                 .transpose_a = state.range(3) != 0,
                                 .transpose_b = state.range(4) != 0};
    const Work work{
        .bytes = static_cast<double>((m + n) * k) * sizeof(T) + static_cast<double>(m * n) * sizeof(TC),
        .operations = 2.0 * static_cast<double>(m * n * k),
        .caches = Caches::kWarm};
    time(state, device, work, [&] { gemm(device.context(), g); });
  };
  if (state.range(5) != 0)
    product(kernels::Accumulate<T>{});
  else
    product(T{});
};

}  // namespace

void add_gemm() {
  const auto one = [](const char* name, std::vector<std::int64_t> point) {
    const Axes axes{.names = {"m", "n", "k", "transpose_a", "transpose_b", "full_sums"}, .points = {point}};
    add(std::string("gemm_") + name, axes, OnCpu<Fp32, Bf16>{}, OnCuda<Fp32, Tf32, Bf16>{}, kBody);
  };
  one("input", {kRows, kGates, kEmbedding, 0, 1, 0});
  one("input_gradient", {kRows, kEmbedding, kGates, 0, 0, 0});
  one("weight_gradient", {kGates, kHidden, kRows, 1, 0, 1});
  one("step", {kBatch, kGates, kHidden, 0, 1, 1});
  one("step_gradient", {kBatch, kHidden, kGates, 0, 0, 1});
  one("logits", {kTargets, kVocabulary, kHidden, 0, 1, 0});
}

}  // namespace favras::bench
