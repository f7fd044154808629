#include "kernels/gemm/gemm.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "kernels/common/parallel_cpu.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

// A product, its naive result in double, and how far rounding may take each element from it.
template <class T>
struct Case {
  Case(std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_a, bool transpose_b, T beta)
      : a(normal_numbers<T>(m * k, 1)),
        b(normal_numbers<T>(k * n, 2)),
        c(beta == T(0) ? std::vector<T>(m * n, kNan<T>) : normal_numbers<T>(m * n, 3)),
        arguments{
            .m = m, .n = n, .k = k, .transpose_a = transpose_a, .transpose_b = transpose_b, .beta = beta} {
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = beta == T(0) ? 0.0 : double(beta) * c[i * n + j], magnitude = std::abs(sum);
        for (std::int64_t l = 0; l < k; ++l) {
          const double x = a[transpose_a ? l * m + i : i * k + l], y = b[transpose_b ? j * k + l : l * n + j];
          sum += x * y;
          magnitude += std::abs(x * y);
        }
        expected.push_back(sum);
        bound.push_back(kEpsilon<T> * static_cast<double>(k + 2) * magnitude);
      }
  }

  std::vector<T> run(int threads) {
    cpu::Context context{threads};
    Guarded<T> result(c);
    arguments.a = a.data();
    arguments.b = b.data();
    arguments.c = result.data();
    gemm(context, arguments);
    BOOST_TEST(result.intact());
    return result.numbers();
  }

  bool agrees(const std::vector<T>& result) const {
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!(std::abs(result[i] - expected[i]) <= bound[i])) return false;
    return true;
  }

  std::vector<T> a, b, c;
  Gemm<T> arguments;
  std::vector<double> expected, bound;
};

// beta 0 starts from NaNs: they must vanish.
BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_a_naive_product, T, NumberTypes) {
  for (const std::int64_t m : {0, 1, 33, 65})
    for (const std::int64_t n : {0, 1, 31, 129})
      for (const std::int64_t k : {0, 1, 32, 130})
        for (const bool transpose_a : {false, true})
          for (const bool transpose_b : {false, true})
            for (const T beta : {T(0), T(1), T(0.5)}) {
              Case<T> product(m, n, k, transpose_a, transpose_b, beta);
              for (const int threads : kThreadCounts)
                BOOST_TEST(product.agrees(product.run(threads)),
                           "m " << m << " n " << n << " k " << k << " transposed " << transpose_a
                                << transpose_b << " beta " << beta << " threads " << threads);
            }
}

BOOST_AUTO_TEST_CASE(double_has_the_same_bits_for_any_thread_count) {
  Case<double> product(200, 300, 257, false, true, 1.0);
  const std::vector<double> one = product.run(1);
  for (const int threads : kThreadCounts) BOOST_TEST(same_bits(product.run(threads), one));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(runs_inside_a_parallel_region, T, NumberTypes) {
  std::vector<Case<T>> products(3, Case<T>(70, 140, 90, false, false, T(0)));
  std::vector<std::vector<T>> results(products.size());
  cpu::parallel(3, [&](int i) {
    results[i] = products[i].c;
    products[i].arguments.a = products[i].a.data();
    products[i].arguments.b = products[i].b.data();
    products[i].arguments.c = results[i].data();
    cpu::Context context{2};
    gemm(context, products[i].arguments);
  });
  for (std::size_t i = 0; i < products.size(); ++i) BOOST_TEST(products[i].agrees(results[i]));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_spoils_its_row_only, T, NumberTypes) {
  Case<T> product(3, 20, 40, false, false, T(0));
  product.a[40 + 7] = kNan<T>;
  const std::vector<T> result = product.run(2);
  for (std::int64_t j = 0; j < 20; ++j) {
    BOOST_TEST(std::isfinite(result[j]));
    BOOST_TEST(std::isnan(result[20 + j]));
    BOOST_TEST(std::isfinite(result[40 + j]));
  }
}

BOOST_AUTO_TEST_CASE(a_refused_product_names_its_shapes) {
  cpu::Context context;
  float x = 0;
  const auto names_shapes = [](const std::runtime_error& error) {
    return std::string(error.what()).find("[-1, 2] x [2, 3]") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(gemm(context, Gemm<float>{.m = -1, .n = 3, .k = 2, .a = &x, .b = &x, .c = &x}),
                        std::runtime_error, names_shapes);
}

}  // namespace favras::kernels
