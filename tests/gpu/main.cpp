// The main of tests on a GPU: without one they are skipped (status 77), not passed.
#define BOOST_TEST_MODULE cuda_kernels_gpu
#define BOOST_TEST_NO_MAIN
#include <cstdio>
#include <cuda_runtime.h>

#include <boost/test/unit_test.hpp>

int main(int argc, char** argv) {
  constexpr int kSkipped = 77;
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess || devices == 0) {
    std::printf("skipped: %s\n", error == cudaSuccess ? "no CUDA device" : cudaGetErrorString(error));
    return kSkipped;
  }
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
