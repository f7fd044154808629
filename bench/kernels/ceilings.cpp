#include "bench/kernels/ceilings.h"

#include <algorithm>
#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>

#include "bench/kernels/arrays.h"
#include "bench/kernels/cpu.h"
#include "kernels/gemm/gemm.h"

namespace favras::bench {
namespace {

constexpr int kTries = 15;
constexpr std::int64_t kLarge = 2048;
constexpr double kOperations = 2.0 * kLarge * kLarge * kLarge;

// The fastest: a ceiling is not what the neighbours leave.
template <class Run>
double fastest(Cpu& device, const Run& run) {
  run();
  double least = device.seconds(run);
  for (int i = 1; i < kTries; ++i) least = std::min(least, device.seconds(run));
  return least;
}

double copied_bytes_per_second(Cpu& device) {
  const int threads = device.context().threads;
  const std::size_t part = 4 * Cpu::largest_cache() / static_cast<std::size_t>(threads);
  const std::size_t size = part * static_cast<std::size_t>(threads);
  const std::vector<char> from(size, 1);
  std::vector<char> to(size, 2);
  const double seconds = fastest(device, [&] {
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int i = 0; i < threads; ++i) {
      const std::size_t at = part * static_cast<std::size_t>(i);
      std::memcpy(to.data() + at, from.data() + at, part);
    }
  });
  return 2.0 * static_cast<double>(size) / seconds;
}

double fp32_operations_per_second(Cpu& device) {
  const auto a = numbers<float>(device, kLarge * kLarge), b = numbers<float>(device, kLarge * kLarge);
  const auto c = zeros<float>(device, kLarge * kLarge);
  const kernels::Gemm<float> product{
      .m = kLarge, .n = kLarge, .k = kLarge, .a = a.data(), .b = b.data(), .c = c.data()};
  return kOperations / fastest(device, [&] { gemm(device.context(), product); });
}

// oneDNN's own, its second operand in the layout that it likes best. 0 on a CPU without such products.
double bf16_operations_per_second(Cpu& device) {
  using dnnl::memory;
  if (dnnl::get_effective_cpu_isa() < dnnl::cpu_isa::avx512_core_bf16) return 0;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const auto square = [](memory::data_type type, memory::format_tag layout) {
    return memory::desc({kLarge, kLarge}, type, layout);
  };
  const auto plain = square(memory::data_type::bf16, memory::format_tag::ab);
  const dnnl::matmul::primitive_desc product(
      dnnl::matmul::desc(plain, square(memory::data_type::bf16, memory::format_tag::any), plain), engine);
  memory a(plain, engine), c(plain, engine), b(product.weights_desc(), engine);
  for (const memory* operand : {&a, &b})
    std::fill_n(static_cast<std::uint16_t*>(operand->get_data_handle()), kLarge * kLarge, 0x3C01);
  const dnnl::matmul multiply(product);
  return kOperations / fastest(device, [&] {
           multiply.execute(stream, {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}});
           stream.wait();
         });
}

}  // namespace

Ceilings& ceilings() {
  static Ceilings all;
  return all;
}

void measure_cpu_ceilings() {
  Cpu device;
  ceilings()["cpu/copy"] = copied_bytes_per_second(device);
  ceilings()["cpu/fp32"] = fp32_operations_per_second(device);
  if (const double rate = bf16_operations_per_second(device); rate > 0) ceilings()["cpu/bf16"] = rate;
}

}  // namespace favras::bench
