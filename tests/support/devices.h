// The devices on which a test runs its body, and the way between them: oracles compute on the CPU, and the
// memory of another device is not the host's to touch.
#pragma once

#include <vector>

#include <boost/test/unit_test.hpp>

#include "engine/variable.h"

namespace favras::test {

inline constexpr Device kCpu{};

// The CPU, and a CUDA device if the engine that the test is linked with has one.
inline std::vector<Device> devices_under_test() {
  std::vector<Device> devices{kCpu};
  if (!cuda_devices().empty()) devices.push_back({DeviceKind::kCuda, 0});
  return devices;
}

// x itself if it is there already.
inline Tensor moved(const Tensor& x, Device device) {
  if (!x || x.device() == device) return x;
  std::vector<std::byte> bytes(x.bytes());
  x.copy_to_host(bytes.data(), bytes.size());
  Tensor there(x.shape(), x.dtype(), device);
  there.copy_from_host(bytes.data(), bytes.size());
  return there;
}

// Its gradient comes back the same way.
inline Variable moved(const Variable& x, Device device) {
  if (!x || x.value().device() == device) return x;
  return record({moved(x.value(), device)}, {x},
                [x](std::span<const Tensor> dy) { x.add_gradient(moved(dy[0], x.value().device())); })[0];
}

}  // namespace favras::test

// A test case whose body runs on every device under test, each in turn called `device`.
#define FAVRAS_DEVICE_TEST_CASE(name)                                      \
  static void name##_on(favras::Device device);                            \
  BOOST_AUTO_TEST_CASE(name) {                                             \
    for (const favras::Device device : favras::test::devices_under_test()) \
      BOOST_TEST_CONTEXT("on " << to_string(device)) name##_on(device);    \
  }                                                                        \
  static void name##_on(favras::Device device)
