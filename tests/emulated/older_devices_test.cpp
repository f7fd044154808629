// What older GPUs than an H100 are offered.
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "engine/precision.h"
#include "tests/simt/options.h"

namespace favras {

namespace {

constexpr Device kCuda{DeviceKind::kCuda, 0};

simt::Options with(simt::DeviceProfile device) {
  simt::Options options;
  options.device = std::move(device);
  return options;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_t4_computes_in_fp32) {
  const simt::ScopedOptions older(with(simt::t4()));
  BOOST_TEST((parse_device("auto") == kCuda));
  for (const Precision asked : {Precision::kFloat32, Precision::kTf32, Precision::kBfloat16})
    BOOST_TEST((offered(kCuda, asked) == Precision::kFloat32));
}

BOOST_AUTO_TEST_CASE(an_h100_has_every_precision) {
  for (const Precision asked : {Precision::kFloat32, Precision::kTf32, Precision::kBfloat16})
    BOOST_TEST((offered(kCuda, asked) == asked));
}

BOOST_AUTO_TEST_CASE(a_device_without_kernels_is_left_alone) {
  simt::DeviceProfile oldest = simt::t4();
  oldest.name = "V100 (emulated)";
  oldest.major = 7, oldest.minor = 0;
  const simt::ScopedOptions older(with(oldest));
  BOOST_TEST((parse_device("auto") == Device{}));
  try {
    parse_device("cuda");
    BOOST_FAIL("nothing was thrown");
  } catch (const std::invalid_argument& error) {
    BOOST_TEST(error.what() ==
               std::string(
                   "cuda (V100 (emulated)) has compute capability 7.0, and 7.5 is needed: use --device cpu"));
  }
}

}  // namespace favras
