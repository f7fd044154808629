#include <string>

#include <boost/test/unit_test.hpp>

#include "kernels/common/cuda_check.h"

namespace favras::kernels::cuda {

BOOST_AUTO_TEST_CASE(an_error_names_expression_file_and_line) {
  const int line = __LINE__ + 2;
  try {
    FAVRAS_CUDA_CHECK(cudaSetDevice(1000));
    BOOST_FAIL("nothing was thrown");
  } catch (const CudaError& error) {
    BOOST_TEST((error.code() == cudaErrorInvalidDevice));
    const std::string message = error.what();
    BOOST_TEST(message.find("cuda_check_test.cu:" + std::to_string(line) + ": cudaSetDevice(1000): ") !=
               std::string::npos);
    BOOST_TEST(message.find("cudaErrorInvalidDevice, invalid device ordinal") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_thrown_error_is_not_met_again) {
  BOOST_CHECK_THROW(FAVRAS_CUDA_CHECK(cudaSetDevice(1000)), CudaError);
  BOOST_TEST((cudaGetLastError() == cudaSuccess));
}

BOOST_AUTO_TEST_CASE(success_throws_nothing_and_is_evaluated_once) {
  int calls = 0;
  FAVRAS_CUDA_CHECK((++calls, cudaSuccess));
  BOOST_TEST(calls == 1);
}

}  // namespace favras::kernels::cuda
