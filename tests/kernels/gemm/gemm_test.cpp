#include "kernels/gemm/gemm.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "kernels/common/parallel_cpu.h"
#include "kernels/gemm/packed_matrix_cpu.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

using AllTypes = std::tuple<float, double, bfloat16>;

// A product, its naive result in double, and how far rounding may take each element from it.
template <class T, class TC = T>
struct Case {
  using A = Accumulate<T>;

  Case(std::int64_t m, std::int64_t n, std::int64_t k, bool transpose_a, bool transpose_b, A beta)
      : a(normal_numbers<T>(m * k, 1)),
        b(normal_numbers<T>(k * n, 2)),
        c(beta == 0 ? std::vector<TC>(m * n, kNan<TC>) : normal_numbers<TC>(m * n, 3)),
        arguments{
            .m = m, .n = n, .k = k, .transpose_a = transpose_a, .transpose_b = transpose_b, .beta = beta} {
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = beta == 0 ? 0.0 : double(beta) * Accumulate<TC>(c[i * n + j]), magnitude = std::abs(sum);
        for (std::int64_t l = 0; l < k; ++l) {
          const double x = A(a[transpose_a ? l * m + i : i * k + l]),
                       y = A(b[transpose_b ? j * k + l : l * n + j]);
          sum += x * y;
          magnitude += std::abs(x * y);
        }
        expected.push_back(sum);
        const double stored = sizeof(TC) < sizeof(A) ? kEpsilon<TC> * std::abs(sum) : 0.0;
        bound.push_back(kEpsilon<A> * static_cast<double>(k + 2) * magnitude + stored);
      }
  }

  std::vector<TC> run(int threads) {
    cpu::Context context{threads};
    Guarded<TC> result(c);
    arguments.a = a.data();
    arguments.b = b.data();
    arguments.c = result.data();
    gemm(context, arguments);
    BOOST_TEST(result.intact());
    return result.numbers();
  }

  bool agrees(const auto& result) const {
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (!(std::abs(A(result[i]) - expected[i]) <= bound[i])) return false;
    return true;
  }

  std::vector<T> a, b;
  std::vector<TC> c;
  Gemm<T, TC> arguments;
  std::vector<double> expected, bound;
};

// Operands and result.
using Pairs = std::tuple<std::pair<float, float>, std::pair<double, double>, std::pair<bfloat16, bfloat16>,
                         std::pair<bfloat16, float>>;

// beta 0 starts from NaNs: they must vanish.
BOOST_AUTO_TEST_CASE_TEMPLATE(agrees_with_a_naive_product, Pair, Pairs) {
  using T = typename Pair::first_type;
  using A = Accumulate<T>;
  for (const std::int64_t m : {0, 1, 33, 65})
    for (const std::int64_t n : {0, 1, 31, 129})
      for (const std::int64_t k : {0, 1, 32, 130})
        for (const bool transpose_a : {false, true})
          for (const bool transpose_b : {false, true})
            for (const A beta : {A(0), A(1), A(0.5)}) {
              Case<T, typename Pair::second_type> product(m, n, k, transpose_a, transpose_b, beta);
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

BOOST_AUTO_TEST_CASE_TEMPLATE(runs_inside_a_parallel_region, T, AllTypes) {
  std::vector<Case<T>> products(3, Case<T>(70, 140, 90, false, false, 0));
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

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_spoils_its_row_only, T, AllTypes) {
  Case<T> product(3, 20, 40, false, false, 0);
  product.a[40 + 7] = kNan<T>;
  const std::vector<T> result = product.run(2);
  for (std::int64_t j = 0; j < 20; ++j) {
    BOOST_TEST(std::isfinite(Accumulate<T>(result[j])));
    BOOST_TEST(std::isnan(Accumulate<T>(result[20 + j])));
    BOOST_TEST(std::isfinite(Accumulate<T>(result[40 + j])));
  }
}

// A factor that is used for several products, of as many rows as come.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_packed_matrix_gives_the_same_product, T, AllTypes) {
  using A = Accumulate<T>;
  for (const auto& [k, n] : {std::pair<int, int>{1, 1}, {5, 20}, {33, 132}, {132, 33}, {64, 256}})
    for (const bool transposed : {false, true})
      for (const int threads : kThreadCounts) {
        Guarded<T> memory(std::vector<T>(cpu::PackedMatrix<T>::elements(k, n), T(0)));
        Case<T, A> first(1, n, k, false, transposed, A(0));
        const auto packed = cpu::PackedMatrix<T>::pack(cpu::Context{threads}, first.b.data(), transposed, k,
                                                       n, memory.data());
        BOOST_TEST(memory.intact());
        for (const std::int64_t m : {1, 2, 17, 64, 300}) {
          const auto check = [&](auto zero) {
            using TC = decltype(zero);
            Case<T, TC> product(m, n, k, false, transposed, A(0));
            Guarded<TC> result(product.c);
            packed.multiply(product.a.data(), m, result.data());
            BOOST_TEST(product.agrees(result.numbers()), k << " x " << n << ", rows " << m);
            BOOST_TEST(result.intact());
          };
          check(A());
          check(T());
        }
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
