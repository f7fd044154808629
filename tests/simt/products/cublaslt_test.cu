// That the stand-in for cuBLASLt follows the documentation: D = alpha op(A) op(B) + beta C, stored by
// columns.
#include <cmath>
#include <cublasLt.h>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/simt/device_array.h"
#include "tests/simt/options.h"
#include "tests/support/numbers.h"

namespace favras::simt {

using namespace favras::test;

namespace {

void require(cublasStatus_t status) { BOOST_REQUIRE_EQUAL(status, CUBLAS_STATUS_SUCCESS); }

// A matrix with a gap after each column.
struct Matrix {
  Matrix(int row_count, int column_count, unsigned seed)
      : rows(row_count), columns(column_count), numbers(normal_numbers<float>(leading() * columns, seed)) {
    require(cublasLtMatrixLayoutCreate(&layout, CUDA_R_32F, rows, columns, leading()));
  }
  ~Matrix() { cublasLtMatrixLayoutDestroy(layout); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  int leading() const { return rows + 3; }
  double at(int row, int column) const { return numbers[column * leading() + row]; }

  int rows, columns;
  std::vector<float> numbers;
  cublasLtMatrixLayout_t layout = nullptr;
};

struct Library {
  Library(std::int32_t a_transposed, std::int32_t b_transposed) {
    require(cublasLtCreate(&handle));
    require(cublasLtMatmulDescCreate(&operation, CUBLAS_COMPUTE_32F, CUDA_R_32F));
    require(cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_TRANSA, &a_transposed, 4));
    require(cublasLtMatmulDescSetAttribute(operation, CUBLASLT_MATMUL_DESC_TRANSB, &b_transposed, 4));
    require(cublasLtMatmulPreferenceCreate(&preference));
    const std::uint32_t schemes = CUBLASLT_REDUCTION_SCHEME_NONE;
    require(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                                                 &schemes, sizeof schemes));
  }
  ~Library() {
    cublasLtMatmulPreferenceDestroy(preference);
    cublasLtMatmulDescDestroy(operation);
    cublasLtDestroy(handle);
  }
  cublasLtHandle_t handle = nullptr;
  cublasLtMatmulDesc_t operation = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;
};

constexpr int kM = 3, kN = 5, kK = 4;

}  // namespace

BOOST_AUTO_TEST_CASE(the_stand_in_for_cublaslt_follows_its_documentation) {
  for (const bool a_transposed : {false, true})
    for (const bool b_transposed : {false, true}) {
      const Matrix a(a_transposed ? kK : kM, a_transposed ? kM : kK, 1);
      const Matrix b(b_transposed ? kN : kK, b_transposed ? kK : kN, 2);
      const Matrix c(kM, kN, 3);
      const Library lt(a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N, b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N);
      cublasLtMatmulHeuristicResult_t best{};
      int found = 0;
      require(cublasLtMatmulAlgoGetHeuristic(lt.handle, lt.operation, a.layout, b.layout, c.layout, c.layout,
                                             lt.preference, 1, &best, &found));
      const DeviceArray<float> on_a(a.numbers), on_b(b.numbers), on_c(c.numbers);
      DeviceArray<float> on_d(c.numbers);
      const float alpha = 2, beta = 0.5f;
      require(cublasLtMatmul(lt.handle, lt.operation, &alpha, on_a.data(), a.layout, on_b.data(), b.layout,
                             &beta, on_c.data(), c.layout, on_d.data(), c.layout, &best.algo, nullptr, 0,
                             nullptr));
      const std::vector<float> d = on_d.values();
      for (int column = 0; column < kN; ++column) {
        for (int row = 0; row < kM; ++row) {
          double sum = beta * c.at(row, column);
          for (int k = 0; k < kK; ++k)
            sum += alpha * (a_transposed ? a.at(k, row) : a.at(row, k)) *
                   (b_transposed ? b.at(column, k) : b.at(k, column));
          BOOST_TEST(std::abs(d[column * c.leading() + row] - sum) < 1e-5);
        }
        for (int row = kM; row < c.leading(); ++row)
          BOOST_TEST(d[column * c.leading() + row] == c.numbers[column * c.leading() + row]);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_stand_in_for_cublaslt_sees_arrays_that_are_too_small) {
  const Matrix a(4, 4, 1);
  const Library lt(CUBLAS_OP_N, CUBLAS_OP_N);
  cublasLtMatmulHeuristicResult_t best{};
  int found = 0;
  require(cublasLtMatmulAlgoGetHeuristic(lt.handle, lt.operation, a.layout, a.layout, a.layout, a.layout,
                                         lt.preference, 1, &best, &found));
  const DeviceArray<float> whole(a.numbers), part(a.numbers.size() - 4);
  const float one = 1, zero = 0;
  const auto multiply = [&](const float* x, const float* y, float* z) {
    require(cublasLtMatmul(lt.handle, lt.operation, &one, x, a.layout, y, a.layout, &zero, z, a.layout, z,
                           a.layout, &best.algo, nullptr, 0, nullptr));
    BOOST_CHECK_THROW(cudaDeviceSynchronize(), KernelFault);
  };
  multiply(part.data(), whole.data(), whole.data());
  multiply(whole.data(), part.data(), whole.data());
  multiply(whole.data(), whole.data(), part.data());
}

}  // namespace favras::simt
