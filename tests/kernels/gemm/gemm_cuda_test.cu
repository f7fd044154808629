// The code that calls cuBLASLt, against a stand-in that keeps to its documentation.
#include <cmath>
#include <stdexcept>
#include <string>
#include <tuple>

#include <boost/test/unit_test.hpp>

#include "kernels/common/cuda_check.h"
#include "kernels/gemm/gemm.h"
#include "kernels/gemm/products_cuda.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/products/cublaslt.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

using Products = std::tuple<Gemm<float>, Gemm<double>, Gemm<bfloat16>, Gemm<bfloat16, float>>;

template <class G>
struct TypesOf;
template <class A, class C>
struct TypesOf<Gemm<A, C>> {
  using T = A;
  using TC = C;
};

// A product in device memory, each array `shift` elements past an aligned address, its naive result in
// double, and how far rounding may take each element from it.
template <class G>
struct Case {
  using T = typename TypesOf<G>::T;
  using TC = typename TypesOf<G>::TC;
  using Sum = Accumulate<T>;

  explicit Case(G sizes, std::size_t a_shift = 0, std::size_t b_shift = 0, std::size_t c_shift = 0)
      : g(sizes),
        a(normal_numbers<T>(g.m * g.k, 1)),
        b(normal_numbers<T>(g.k * g.n, 2)),
        c(g.beta == Sum(0) ? std::vector<TC>(g.m * g.n, kNan<TC>) : normal_numbers<TC>(g.m * g.n, 3)),
        device_a(a, a_shift),
        device_b(b, b_shift),
        device_c(c, c_shift) {
    g.a = device_a.data(), g.b = device_b.data(), g.c = device_c.data();
    for (std::int64_t i = 0; i < g.m; ++i)
      for (std::int64_t j = 0; j < g.n; ++j) {
        double sum = g.beta == Sum(0) ? 0 : double(g.beta) * Sum(c[i * g.n + j]), magnitude = std::abs(sum);
        for (std::int64_t l = 0; l < g.k; ++l) {
          const double x = Sum(a[g.transpose_a ? l * g.m + i : i * g.k + l]);
          const double y = Sum(b[g.transpose_b ? j * g.k + l : l * g.n + j]);
          sum += x * y;
          magnitude += std::abs(x * y);
        }
        expected.push_back(sum);
        bound.push_back(kEpsilon<Sum> * double(g.k + 2) * magnitude + kEpsilon<TC> * std::abs(sum));
      }
  }

  bool agrees() const {
    const std::vector<TC> actual = device_c.values();
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!(std::abs(Sum(actual[i]) - expected[i]) <= bound[i])) return false;
    return device_a.intact() && device_b.intact() && device_c.intact();
  }

  G g;
  std::vector<T> a, b;
  std::vector<TC> c;
  DeviceNumbers<T> device_a, device_b;
  DeviceNumbers<TC> device_c;
  std::vector<double> expected, bound;
};

struct Device {
  cuda::Products products;
  cuda::Context context{.products = &products};
};

const std::vector<std::int64_t> kEdges =
    kSanitized ? std::vector<std::int64_t>{0, 1, 5} : std::vector<std::int64_t>{0, 1, 7, 32, 65};

bool says(const std::exception& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

// beta 0 starts from NaNs: they must vanish.
BOOST_AUTO_TEST_CASE_TEMPLATE(cublaslt_agrees_with_a_naive_product, G, Products) {
  Device device;
  for (const std::int64_t m : kEdges)
    for (const std::int64_t n : kEdges)
      for (const std::int64_t k : kEdges)
        for (const int transposed : {0, 1, 2, 3})
          for (const float beta : {0.0f, 1.0f, 0.5f}) {
            if (k == 0 && beta == 0.5f) continue;
            Case<G> product(G{.m = m,
                              .n = n,
                              .k = k,
                              .transpose_a = transposed % 2 == 1,
                              .transpose_b = transposed / 2 == 1,
                              .beta = beta});
            gemm(device.context, product.g);
            BOOST_TEST(product.agrees(), "m " << m << " n " << n << " k " << k << " transposed " << transposed
                                              << " beta " << beta);
          }
}

// The stand-in's algorithms refuse arrays that are less aligned than they were promised.
BOOST_AUTO_TEST_CASE_TEMPLATE(products_take_any_address, G, Products) {
  Device device;
  for (const std::size_t shift : {0, 1, 2, 4, 8})
    for (const int array : {0, 1, 2}) {
      Case<G> product(G{.m = 4, .n = 8, .k = 16, .beta = 1}, array == 0 ? shift : 0, array == 1 ? shift : 0,
                      array == 2 ? shift : 0);
      gemm(device.context, product.g);
      BOOST_TEST(product.agrees());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(products_have_the_same_bits_every_time, G, Products) {
  Device device;
  Case<G> first(G{.m = 9, .n = 8, .k = 17}), second(first.g);
  gemm(device.context, first.g);
  gemm(device.context, second.g);
  BOOST_TEST(same_bits(first.device_c.values(), second.device_c.values()));
}

BOOST_AUTO_TEST_CASE(an_algorithm_is_chosen_once_for_a_shape, *kOnlyEmulated) {
  Device device;
  simt::CublasLtCounts& counts = simt::cublaslt_counts();
  const auto chosen_for = [&](Gemm<float> g, std::size_t shift = 0) {
    const int before = counts.heuristics;
    Case<Gemm<float>> product(g, shift);
    gemm(device.context, product.g);
    BOOST_TEST((product.agrees() || device.products.allows_tf32()));
    return counts.heuristics - before;
  };
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5}) == 1);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5}) == 0);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5, .beta = 1}) == 0);
  BOOST_TEST(chosen_for({.m = 4, .n = 3, .k = 5}) == 1);
  BOOST_TEST(chosen_for({.m = 3, .n = 5, .k = 4}) == 1);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5, .transpose_a = true}) == 1);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5, .transpose_b = true}) == 1);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5}, 1) == 1);
  device.products.allow_tf32(true);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5}) == 1);
  device.products.allow_tf32(false);
  BOOST_TEST(chosen_for({.m = 3, .n = 4, .k = 5}) == 0);
}

// What the graph replays is the product, not its numbers.
BOOST_AUTO_TEST_CASE(products_are_captured_in_graphs) {
  Device device;
  FAVRAS_CUDA_CHECK(cudaStreamCreateWithFlags(&device.context.stream, cudaStreamNonBlocking));
  Case<Gemm<float>> product({.m = 3, .n = 4, .k = 5});
  gemm(device.context, product.g);
  cudaGraph_t graph;
  cudaGraphExec_t replay;
  FAVRAS_CUDA_CHECK(cudaStreamBeginCapture(device.context.stream, cudaStreamCaptureModeThreadLocal));
  gemm(device.context, product.g);
  FAVRAS_CUDA_CHECK(cudaStreamEndCapture(device.context.stream, &graph));
  FAVRAS_CUDA_CHECK(cudaGraphInstantiate(&replay, graph, 0));
  std::vector<float> doubled = product.a;
  for (float& x : doubled) x *= 2;
  FAVRAS_CUDA_CHECK(cudaMemcpy(product.device_a.data(), doubled.data(), doubled.size() * sizeof(float),
                               cudaMemcpyHostToDevice));
  FAVRAS_CUDA_CHECK(cudaStreamSynchronize(nullptr));  // other streams do not wait for the copy
  FAVRAS_CUDA_CHECK(cudaGraphLaunch(replay, device.context.stream));
  for (double& x : product.expected) x *= 2;
  for (double& x : product.bound) x *= 2;
  BOOST_TEST(product.agrees());
  FAVRAS_CUDA_CHECK(cudaGraphExecDestroy(replay));
  FAVRAS_CUDA_CHECK(cudaGraphDestroy(graph));
  FAVRAS_CUDA_CHECK(cudaStreamDestroy(device.context.stream));
}

BOOST_AUTO_TEST_CASE(everything_of_cublaslt_is_given_back, *kOnlyEmulated) {
  const int before = simt::cublaslt_counts().objects;
  {
    Device device;
    Case<Gemm<float>> product({.m = 3, .n = 4, .k = 5});
    gemm(device.context, product.g);
    BOOST_TEST(product.agrees());
    BOOST_TEST(simt::cublaslt_counts().objects > before);
  }
  BOOST_TEST(simt::cublaslt_counts().objects == before);
}

BOOST_AUTO_TEST_CASE(a_refused_product_names_its_shapes, *kOnlyEmulated) {
  Device device;
  float x = 0;
  const std::int64_t many = std::int64_t{1} << 31;
  BOOST_CHECK_EXCEPTION(
      gemm(device.context,
           Gemm<float>{.m = many, .n = 3, .k = 2, .a = &x, .b = &x, .c = &x, .transpose_a = true}),
      std::runtime_error, [](const auto& error) {
        return says(error, "float [2147483648, 2] (transposed) x [2, 3] to float") &&
               says(error, "CUBLAS_STATUS_NOT_SUPPORTED");
      });
  BOOST_CHECK_EXCEPTION(gemm(device.context, Gemm<float>{.m = -1, .n = 3, .k = 2}), std::invalid_argument,
                        [](const auto& error) { return says(error, "[-1, 2] x [2, 3]"); });
  BOOST_CHECK_EXCEPTION(gemm(device.context, Gemm<float>{.m = 1, .n = 3, .beta = 0.5f}),
                        std::invalid_argument, [](const auto& error) { return says(error, "beta"); });
  cuda::Context without;
  BOOST_CHECK_EXCEPTION(gemm(without, Gemm<float>{.m = 1, .n = 3, .k = 2}), std::invalid_argument,
                        [](const auto& error) { return says(error, "products"); });
}

}  // namespace favras::kernels
