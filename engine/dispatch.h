// From run-time device and element type to the kernel's overload: the only place that knows which back
// ends are built in.
#pragma once

#include <stdexcept>

#include "engine/device.h"
#include "engine/dtype.h"

namespace favras {

// body(context), with the context of the device's back end.
template <class Body>
decltype(auto) on_device(Device device, const Body& body) {
  switch (device.kind) {
    case DeviceKind::kCpu:
      return body(cpu_context());
  }
  throw std::logic_error("on_device: unknown device kind");
}

// body(T{}) with T = float or double.
template <class Body>
decltype(auto) on_float(DType dtype, const Body& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    default:
      throw std::invalid_argument("expected a tensor of float32 or float64, got " + to_string(dtype));
  }
}

// body(context, T{}).
template <class Body>
decltype(auto) dispatch(Device device, DType dtype, const Body& body) {
  return on_device(device, [&](auto& context) -> decltype(auto) {
    return on_float(dtype, [&](auto zero) -> decltype(auto) { return body(context, zero); });
  });
}

}  // namespace favras
