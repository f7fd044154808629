// Products, and the ceilings that all else is held against.
#include "bench/kernels/results.h"
#include "bench/kernels/workload.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/products_cuda.h"

namespace favras::bench {
namespace {

using kernels::Gemm;

struct Product {
  const char* name;
  std::int64_t m, n, k;
  bool transpose_a = false, transpose_b = false;
};

template <class T, class TC>
double seconds_of(GpuTimer& timer, const Product& p) {
  const DeviceBuffer<T> a(numbers<T>(p.m * p.k)), b(numbers<T>(p.k * p.n));
  const DeviceBuffer<TC> c(static_cast<std::size_t>(p.m * p.n));
  return timer.seconds([&] {
    gemm(timer.context(), Gemm<T, TC>{.m = p.m,
                                      .n = p.n,
                                      .k = p.k,
                                      .a = a.data(),
                                      .b = b.data(),
                                      .c = c.data(),
                                      .transpose_a = p.transpose_a,
                                      .transpose_b = p.transpose_b});
  });
}

double operations_of(const Product& p) {
  return 2.0 * static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
}

template <class T, class TC>
Result measure(GpuTimer& timer, const Product& p, const char* precision) {
  const auto elements = [](std::int64_t rows, std::int64_t columns) {
    return static_cast<double>(rows) * static_cast<double>(columns);
  };
  return {.name = p.name,
          .precision = precision,
          .shape = std::to_string(p.m) + " x " + std::to_string(p.n) + " x " + std::to_string(p.k) + " " +
                   (p.transpose_a ? "T" : "N") + (p.transpose_b ? "T" : "N"),
          .seconds = seconds_of<T, TC>(timer, p),
          .bytes = (elements(p.m, p.k) + elements(p.k, p.n)) * sizeof(T) + elements(p.m, p.n) * sizeof(TC),
          .operations = operations_of(p)};
}

double copied_gigabytes_per_second(GpuTimer& timer) {
  const DeviceBuffer<char> from(std::size_t{1} << 30), to(from.size());
  const double seconds = timer.seconds([&] {
    FAVRAS_CUDA_CHECK(cudaMemcpyAsync(to.data(), from.data(), from.size(), cudaMemcpyDeviceToDevice,
                                      timer.context().stream));
  });
  return 2.0 * static_cast<double>(from.size()) / seconds * 1e-9;
}

}  // namespace

std::vector<Ceiling> measure_ceilings(GpuTimer& timer) {
  constexpr std::int64_t kLarge = 8192;
  const Product large{.name = "", .m = kLarge, .n = kLarge, .k = kLarge, .transpose_b = true};
  const auto rate = [&](double seconds) { return operations_of(large) / seconds * 1e-12; };
  kernels::cuda::Products& products = *timer.context().products;
  std::vector<Ceiling> all{{"copy", copied_gigabytes_per_second(timer)}};
  products.allow_tf32(false);
  all.push_back({"fp32", rate(seconds_of<float, float>(timer, large))});
  if (!has_reduced_precision()) return all;
  products.allow_tf32(true);
  all.push_back({"tf32", rate(seconds_of<float, float>(timer, large))});
  products.allow_tf32(false);
  all.push_back({"bf16", rate(seconds_of<kernels::bfloat16, kernels::bfloat16>(timer, large))});
  return all;
}

std::vector<Result> measure_products(GpuTimer& timer) {
  using kernels::bfloat16;
  kernels::cuda::Products& products = *timer.context().products;
  std::vector<Result> all;
  const auto add = [&](const Product& p, bool sums_are_float) {
    products.allow_tf32(false);
    all.push_back(measure<float, float>(timer, p, "fp32"));
    if (!has_reduced_precision()) return;
    products.allow_tf32(true);
    all.push_back(measure<float, float>(timer, p, "tf32"));
    products.allow_tf32(false);
    all.push_back(sums_are_float ? measure<bfloat16, float>(timer, p, "bf16")
                                 : measure<bfloat16, bfloat16>(timer, p, "bf16"));
  };
  add({.name = "input product", .m = kRows, .n = kGates, .k = kEmbedding, .transpose_b = true}, false);
  add({.name = "input gradient", .m = kRows, .n = kEmbedding, .k = kGates}, false);
  add({.name = "weight gradient", .m = kGates, .n = kHidden, .k = kRows, .transpose_a = true}, true);
  add({.name = "step forward", .m = kBatch, .n = kGates, .k = kHidden, .transpose_b = true}, true);
  add({.name = "step backward", .m = kBatch, .n = kHidden, .k = kGates}, true);
  add({.name = "logits", .m = kTargets, .n = kVocabulary, .k = kHidden, .transpose_b = true}, false);
  return all;
}

}  // namespace favras::bench
