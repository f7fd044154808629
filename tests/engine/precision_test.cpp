// Precisions by name, and what of them a device has.
#include "engine/precision.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <boost/test/unit_test.hpp>

#include "engine/ops/linear.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

namespace {

constexpr Precision kAll[] = {Precision::kFloat32, Precision::kTf32, Precision::kBfloat16};

// What the kernel says, and what oneDNN was told to do without.
bool cpu_multiplies_bfloat16() {
  std::ifstream file("/proc/cpuinfo");
  const std::string about{std::istreambuf_iterator<char>(file), {}};
  const char* const most = std::getenv("ONEDNN_MAX_CPU_ISA");
  return about.find(" avx512_bf16") != about.npos && most == nullptr;
}

}  // namespace

BOOST_AUTO_TEST_CASE(precisions_are_found_by_name) {
  BOOST_TEST((parse_precision("fp32") == Precision::kFloat32));
  BOOST_TEST((parse_precision("tf32") == Precision::kTf32));
  BOOST_TEST((parse_precision("bf16") == Precision::kBfloat16));
  for (const Precision precision : kAll) BOOST_TEST((parse_precision(to_string(precision)) == precision));
}

BOOST_AUTO_TEST_CASE(other_names_are_refused) {
  for (const std::string name : {"", "fp16", "BF16", "bf16 "})
    BOOST_TEST(message_of<std::invalid_argument>([&] { parse_precision(name); }) ==
               "unknown precision '" + name + "': use fp32, tf32 or bf16");
}

FAVRAS_DEVICE_TEST_CASE(a_device_offers_what_it_has) {
  const bool is_cuda = device.kind == DeviceKind::kCuda;
  const bool has_all = is_cuda && cuda_devices()[static_cast<std::size_t>(device.index)].major >= 8;
  for (const Precision precision : kAll) {
    const bool has = has_all || (!is_cuda && precision == Precision::kBfloat16 && cpu_multiplies_bfloat16());
    BOOST_TEST((offered(device, precision) == (has ? precision : Precision::kFloat32)));
  }
}

BOOST_AUTO_TEST_CASE(bfloat16_alone_is_stored_narrow) {
  BOOST_TEST((storage_dtype(Precision::kFloat32) == DType::kFloat32));
  BOOST_TEST((storage_dtype(Precision::kTf32) == DType::kFloat32));
  BOOST_TEST((storage_dtype(Precision::kBfloat16) == DType::kBfloat16));
}

// Operands of 10 bits of fraction. A GPU may choose to compute in full all the same; the emulated one does
// not.
FAVRAS_DEVICE_TEST_CASE(products_are_in_full_unless_tf32_is_allowed) {
  const Tensor x = random_tensor({17, 64}, 1), weight = random_tensor({9, 64}, 2);
  const std::vector<double> expected = linear(Variable(x), Variable(weight)).value().to_host<double>();
  const auto narrowed = [&](const Tensor& tensor) {
    const std::vector<double> numbers = tensor.to_host<double>();
    return Variable(Tensor::from(std::vector<float>(numbers.begin(), numbers.end()), tensor.shape(), device));
  };
  const auto error = [&] {
    const Variable y = linear(narrowed(x), narrowed(weight));
    return largest_error(y.value().to_host<float>(), expected);
  };
  BOOST_TEST(error() < 1e-5);
  allow_tf32(device, true);
  const double allowed = error();
  allow_tf32(device, false);
  BOOST_TEST(allowed < 2e-2);
  if (device.kind == DeviceKind::kCpu)
    BOOST_TEST(allowed < 1e-5);
  else if (cuda_devices()[0].name.ends_with("(emulated)"))
    BOOST_TEST(allowed > 1e-5);
  BOOST_TEST(error() < 1e-5);
}
