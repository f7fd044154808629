// From run-time device and element type to the kernel's overload: the only place that knows which back ends
// are built in. FAVRAS_CUDA is defined where the engine is linked with kernels::cuda, FAVRAS_CUDNN where with
// kernels::cudnn.
#pragma once

#include <stdexcept>
#include <type_traits>

#include "engine/device.h"
#include "engine/dtype.h"

namespace favras {

template <class Context>
inline constexpr bool kIsCuda = std::is_same_v<std::remove_cvref_t<Context>, kernels::cuda::Context>;

// body(context), with the context of the device's back end.
template <class Body>
decltype(auto) on_device(Device device, const Body& body) {
  switch (device.kind) {
    case DeviceKind::kCpu:
      return body(cpu_context());
    case DeviceKind::kCuda:
#if defined(FAVRAS_CUDA)
      return body(cuda_context(device));
#else
      break;
#endif
  }
  throw std::logic_error("on_device: this build has no back end for " + to_string(device));
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

// body(context, T{}) for what is always kept in full: parameters, their gradients, the optimizer's state.
template <class Body>
decltype(auto) dispatch_full(Device device, DType dtype, const Body& body) {
  return on_device(device, [&](auto& context) -> decltype(auto) {
    return on_float(dtype, [&](auto zero) -> decltype(auto) { return body(context, zero); });
  });
}

// body(context, T{}) for activations and the copies of parameters that products read: T may be bfloat16, too.
template <class Body>
decltype(auto) dispatch(Device device, DType dtype, const Body& body) {
  return on_device(device, [&](auto& context) -> decltype(auto) {
    if (dtype == DType::kBfloat16) return body(context, kernels::bfloat16{});
    return on_float(dtype, [&](auto zero) -> decltype(auto) { return body(context, zero); });
  });
}

// The same with cuDNN's LSTM in place of ours. Throws std::invalid_argument where there is none.
template <class Body>
void dispatch_cudnn(Device device, DType dtype, [[maybe_unused]] const Body& body) {
#if defined(FAVRAS_CUDNN)
  if (device.kind == DeviceKind::kCuda) {
    auto& context = cudnn_context(device);
    if (dtype == DType::kBfloat16) return body(context, kernels::bfloat16{});
    return on_float(dtype, [&](auto zero) { body(context, zero); });
  }
#endif
  throw std::invalid_argument("cuDNN's LSTM needs a CUDA device and a build that found cuDNN; this is " +
                              to_string(device) + ", " + to_string(dtype));
}

}  // namespace favras
