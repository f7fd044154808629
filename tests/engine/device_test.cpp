// Devices by name, threads, and the way from run-time types to overloads.
#include "engine/device.h"

#include <type_traits>

#include <boost/test/unit_test.hpp>
#include <omp.h>

#include "engine/dispatch.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"

using namespace favras;
using namespace favras::test;

namespace {

std::string refused(std::string_view name) {
  return message_of<std::invalid_argument>([&] { parse_device(name); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(devices_are_found_by_name) {
  BOOST_TEST((parse_device("cpu") == Device{DeviceKind::kCpu, 0}));
  BOOST_TEST(to_string(parse_device("cpu")) == "cpu");
  BOOST_TEST((parse_device("auto") == devices_under_test().back()));
  BOOST_TEST(cuda_devices().empty() == (devices_under_test().size() == 1));
  if (cuda_devices().empty()) return;
  for (const char* const name : {"cuda", "cuda:0", "auto"}) {
    BOOST_TEST((parse_device(name) == Device{DeviceKind::kCuda, 0}));
    BOOST_TEST(to_string(parse_device(name)) == "cuda:0");
  }
}

BOOST_AUTO_TEST_CASE(other_names_are_refused_with_what_there_is) {
  const std::size_t count = cuda_devices().size();
  if (!built_with_cuda())
    for (const char* const name : {"cuda", "cuda:1"})
      BOOST_TEST(refused(name) == "this build has no CUDA back end: use --device cpu or auto");
  else if (count == 0)
    BOOST_TEST(refused("cuda") == "no CUDA device was found (is a driver loaded?): use --device cpu or auto");
  else
    BOOST_TEST(refused("cuda:" + std::to_string(count)) ==
               "no device cuda:" + std::to_string(count) +
                   ": this machine has cuda:0 to cuda:" + std::to_string(count - 1));
  for (const std::string name : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda1", "cudas"})
    BOOST_TEST(refused(name) == "unknown device '" + name + "': use cuda or cuda:N");
  BOOST_TEST(refused("tpu") == "unknown device 'tpu': use auto, cpu or cuda");
  BOOST_TEST(refused("") == "unknown device '': use auto, cpu or cuda");
  BOOST_TEST(refused("CPU") == "unknown device 'CPU': use auto, cpu or cuda");
}

BOOST_AUTO_TEST_CASE(threads_reach_the_context_and_openmp) {
  BOOST_TEST(available_cpu_threads() >= 1);
  for (const int threads : {3, 1}) {
    set_cpu_threads(threads);
    BOOST_TEST(cpu_context().threads == threads);
    BOOST_TEST(omp_get_max_threads() == threads);
  }
}

BOOST_AUTO_TEST_CASE(less_than_one_thread_is_refused) {
  set_cpu_threads(1);
  const auto message = [](int threads) {
    return message_of<std::invalid_argument>([=] { set_cpu_threads(threads); });
  };
  BOOST_TEST(message(0) == "threads must be at least 1, not 0");
  BOOST_TEST(message(-2) == "threads must be at least 1, not -2");
  BOOST_TEST(cpu_context().threads == 1);
}

BOOST_AUTO_TEST_CASE(dispatch_hands_over_context_and_type) {
  const auto size = [](auto& context, auto zero) {
    BOOST_TEST(&context == &cpu_context());
    BOOST_TEST(static_cast<kernels::Accumulate<decltype(zero)>>(zero) == 0);
    return sizeof zero;
  };
  BOOST_TEST(dispatch({}, DType::kFloat32, size) == sizeof(float));
  BOOST_TEST(dispatch({}, DType::kFloat64, size) == sizeof(double));
  BOOST_TEST(dispatch({}, DType::kBfloat16, size) == sizeof(kernels::bfloat16));
  on_float(DType::kFloat32, [](auto zero) { static_assert(std::is_floating_point_v<decltype(zero)>); });
}

BOOST_AUTO_TEST_CASE(dispatch_refuses_what_is_no_float) {
  const auto message = [](DType dtype) {
    return message_of<std::invalid_argument>([=] { on_float(dtype, [](auto) {}); });
  };
  BOOST_TEST(message(DType::kInt32) == "expected a tensor of float32 or float64, got int32");
  BOOST_TEST(message(DType::kByte) == "expected a tensor of float32 or float64, got byte");
  BOOST_CHECK_THROW(on_device({DeviceKind(9)}, [](auto&) {}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_device_that_is_not_built_in_is_named) {
  if (built_with_cuda()) return;
  BOOST_TEST(message_of<std::logic_error>([] {
               synchronize({DeviceKind::kCuda, 0});
             }) == "on_device: this build has no back end for cuda:0");
}

BOOST_AUTO_TEST_CASE(a_cuda_device_says_what_it_is) {
  for (const CudaDevice& device : cuda_devices()) {
    BOOST_TEST(!device.name.empty());
    BOOST_TEST(device.major >= 7);
    BOOST_TEST(device.multiprocessors > 0);
    BOOST_TEST(device.memory > std::size_t{1} << 30);
    BOOST_TEST(device.has_bfloat16() == (device.major >= 8));
  }
}

BOOST_AUTO_TEST_CASE(a_process_uses_one_cuda_device) {
  if (cuda_devices().empty()) return;
  synchronize({DeviceKind::kCuda, 0});
  BOOST_TEST(message_of<std::logic_error>([] {
               synchronize({DeviceKind::kCuda, 1});
             }) == "a process uses one CUDA device: cuda:0, not cuda:1");
}
