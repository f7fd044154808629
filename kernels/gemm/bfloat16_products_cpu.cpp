#include "kernels/gemm/bfloat16_products_cpu.h"

#include <map>
#include <tuple>
#include <type_traits>
#include <vector>

#include "kernels/common/rows_cpu.h"
#include "kernels/gemm/onednn_cpu.h"

namespace favras::kernels::cpu {
namespace {

// oneDNN's product for any m, n and k: one that is made for them is hardly faster, and making it costs as
// much as a small product.
template <class TC>
const dnnl::matmul& product_of_any_shape(bool transpose_a, bool transpose_b, float beta) {
  thread_local std::map<std::tuple<bool, bool, float>, dnnl::matmul> made;
  const auto found = made.find({transpose_a, transpose_b, beta});
  if (found != made.end()) return found->second;
  constexpr std::int64_t kAny = DNNL_RUNTIME_DIM_VAL;
  const auto operand = [](bool transposed, auto zero) {
    return dnnl::memory::desc({kAny, kAny}, kOneDnnType<decltype(zero)>,
                              transposed ? dnnl::memory::dims{1, kAny} : dnnl::memory::dims{kAny, 1});
  };
  dnnl::primitive_attr attributes;
  if (beta != 0) {
    dnnl::post_ops sum;
    sum.append_sum(beta);
    attributes.set_post_ops(sum);
  }
  const dnnl::matmul::desc description(operand(transpose_a, bfloat16()), operand(transpose_b, bfloat16()),
                                       operand(false, TC()));
  const dnnl::engine& engine = OneDnn::of_this_thread().engine;
  dnnl::matmul product(dnnl::matmul::primitive_desc(description, attributes, engine));
  return made.emplace(std::tuple{transpose_a, transpose_b, beta}, std::move(product)).first->second;
}

std::vector<float> widened(const bfloat16* x, std::int64_t size) {
  std::vector<float> wide(static_cast<std::size_t>(size));
  convert_row(x, size, wide.data());
  return wide;
}

// Where the CPU cannot do better.
template <class TC>
void multiply_widened(Context& context, const Gemm<bfloat16, TC>& g) {
  const std::vector<float> a = widened(g.a, g.m * g.k), b = widened(g.b, g.k * g.n);
  Gemm<float> wide{.m = g.m,
                   .n = g.n,
                   .k = g.k,
                   .a = a.data(),
                   .b = b.data(),
                   .transpose_a = g.transpose_a,
                   .transpose_b = g.transpose_b,
                   .beta = g.beta};
  if constexpr (std::is_same_v<TC, float>) {
    wide.c = g.c;
    gemm(context, wide);
  } else {
    std::vector<float> c = g.beta == 0 ? std::vector<float>(g.m * g.n) : widened(g.c, g.m * g.n);
    wide.c = c.data();
    gemm(context, wide);
    convert_row(c.data(), g.m * g.n, g.c);
  }
}

}  // namespace

bool has_bfloat16_products() {
  static const bool has =
      (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
  return has;
}

template <class TC>
void multiply_bfloat16(Context& context, const Gemm<bfloat16, TC>& g) {
  if (!has_bfloat16_products()) return multiply_widened(context, g);
  const ThreadLimit limit(context.threads);
  OneDnn& library = OneDnn::of_this_thread();
  const auto at = [&](const auto* data, std::int64_t rows, std::int64_t columns, bool transposed) {
    using T = std::remove_cvref_t<decltype(*data)>;
    return dnnl::memory(matrix<T>(rows, columns, transposed), library.engine, const_cast<T*>(data));
  };
  try {
    product_of_any_shape<TC>(g.transpose_a, g.transpose_b, g.beta)
        .execute(library.stream, {{DNNL_ARG_SRC, at(g.a, g.m, g.k, g.transpose_a)},
                                  {DNNL_ARG_WEIGHTS, at(g.b, g.k, g.n, g.transpose_b)},
                                  {DNNL_ARG_DST, at(g.c, g.m, g.n, false)}});
  } catch (const dnnl::error& error) {
    refused_product(g.m, g.n, g.k, error.status);
  }
}

template void multiply_bfloat16(Context&, const Gemm<bfloat16, float>&);
template void multiply_bfloat16(Context&, const Gemm<bfloat16, bfloat16>&);

}  // namespace favras::kernels::cpu
