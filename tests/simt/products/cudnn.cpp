// Stands in for cuDNN in the emulation: the calls that kernels/lstm/lstm_cudnn.cpp makes, as NVIDIA documents
// them, and stricter: rows of length 0, which not every version takes, are refused.
#include "tests/simt/products/cudnn.h"

#include <algorithm>
#include <cstdint>
#include <cudnn.h>
#include <vector>

#include "kernels/common/bfloat16.h"
#include "tests/simt/products/cudnn_lstm.h"
#include "tests/simt/stream.h"

using favras::kernels::bfloat16;
using namespace favras::simt;
using namespace favras::simt::cudnn;

namespace favras::simt {

int& cudnn_objects() {
  static int objects = 0;
  return objects;
}

}  // namespace favras::simt

namespace {

std::size_t bytes_of(cudnnDataType_t type) {
  return type == CUDNN_DATA_DOUBLE ? 8 : type == CUDNN_DATA_FLOAT ? 4 : 2;
}

template <class Object>
cudnnStatus_t create(Object** handle) {
  ++cudnn_objects();
  *handle = new Object;
  return CUDNN_STATUS_SUCCESS;
}
template <class Object>
cudnnStatus_t destroy(Object* handle) {
  --cudnn_objects();
  delete handle;
  return CUDNN_STATUS_SUCCESS;
}

// body(T{}) for the type of a network's numbers.
template <class Body>
auto dispatch(cudnnDataType_t type, const Body& body) {
  if (type == CUDNN_DATA_DOUBLE) return body(double{});
  if (type == CUDNN_DATA_FLOAT) return body(float{});
  return body(bfloat16{});
}

bool are_states(cudnnTensorDescriptor_t state, const cudnnRNNStruct& net, int batch) {
  return state->type == net.type && state->sizes == std::vector<int>{1, batch, net.hidden} &&
         state->strides == std::vector<int>{batch * net.hidden, net.hidden, 1};
}

bool is_sequence(const cudnnRNNDataStruct& data, const cudnnRNNStruct& net, int size) {
  return data.type == net.type && data.size == size;
}

Call call_of(const cudnnRNNStruct& net, const cudnnRNNDataStruct& x) {
  return {.net = net,
          .lengths = x.lengths,
          .shape = {.time = x.time, .batch = x.batch, .input_size = net.input, .hidden_size = net.hidden}};
}

std::size_t work_bytes_of(const cudnnRNNDataStruct& x) {
  return static_cast<std::size_t>(x.time) * static_cast<std::size_t>(x.batch) * 64;
}

std::size_t reserve_bytes_of(const Call& call) {
  return dispatch(call.net.type, [&](auto t) {
    using T = decltype(t);
    const Layer<T> layer(call);
    return Reserve<T>(layer, nullptr).bytes;
  });
}

// What all three calls have in common, or the status that they give.
cudnnStatus_t begin(Call& call, const cudnnRNNStruct& net, const std::int32_t* device_lengths,
                    const cudnnRNNDataStruct& x, const cudnnRNNDataStruct& y, cudnnTensorDescriptor_t state,
                    std::size_t weight_bytes, std::size_t work_bytes, void* work, std::size_t reserve_bytes,
                    void* reserve) {
  call = call_of(net, x);
  call.work_bytes = work_bytes_of(x);
  call.work = static_cast<std::byte*>(work);
  call.reserve = static_cast<std::byte*>(reserve);
  if (device_lengths || !is_sequence(x, net, net.input) || !is_sequence(y, net, net.hidden) ||
      y.lengths != x.lengths || y.time != x.time || y.batch != x.batch || !are_states(state, net, x.batch) ||
      weight_bytes != static_cast<std::size_t>(weights_of(net)) * bytes_of(net.type) ||
      work_bytes < call.work_bytes || reserve_bytes < reserve_bytes_of(call))
    return CUDNN_STATUS_BAD_PARAM;
  return std::ranges::count(x.lengths, 0) > 0 ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

std::size_t cudnnGetVersion() { return CUDNN_VERSION; }

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS:
      return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_BAD_PARAM:
      return "CUDNN_STATUS_BAD_PARAM";
    default:
      return "CUDNN_STATUS_NOT_SUPPORTED";
  }
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) { return create(handle); }
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) { return destroy(handle); }
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* handle) { return create(handle); }
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t handle) { return destroy(handle); }
cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t tensor, cudnnDataType_t type, int dimensions,
                                         const int* sizes, const int* strides) {
  *tensor = {type, {sizes, sizes + dimensions}, {strides, strides + dimensions}};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t* handle) { return create(handle); }
cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t handle) { return destroy(handle); }
cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t data, cudnnDataType_t type,
                                        cudnnRNNDataLayout_t layout, int time, int batch, int size,
                                        const int* lengths, void*) {
  if (layout != CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_UNPACKED || time < 1 || batch < 1 || size < 1)
    return CUDNN_STATUS_BAD_PARAM;
  *data = {type, time, batch, size, {lengths, lengths + batch}};
  const auto fits = [&](int length) { return length >= 0 && length <= time; };
  return std::ranges::all_of(data->lengths, fits) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t* handle) { return create(handle); }
cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t handle) { return destroy(handle); }
cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t net, cudnnRNNAlgo_t algorithm,
                                       cudnnRNNMode_t cell, cudnnRNNBiasMode_t bias,
                                       cudnnDirectionMode_t direction, cudnnRNNInputMode_t mode,
                                       cudnnDataType_t type, cudnnDataType_t sums, cudnnMathType_t,
                                       std::int32_t input, std::int32_t hidden, std::int32_t projection,
                                       std::int32_t layers, cudnnDropoutDescriptor_t dropout,
                                       std::uint32_t flags) {
  const cudnnDataType_t right_sums = type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
  if (algorithm != CUDNN_RNN_ALGO_STANDARD || cell != CUDNN_LSTM || bias != CUDNN_RNN_SINGLE_INP_BIAS ||
      direction != CUDNN_UNIDIRECTIONAL || mode != CUDNN_LINEAR_INPUT || sums != right_sums || input < 1 ||
      hidden < 1 || projection != hidden || layers != 1 || dropout || flags != CUDNN_RNN_PADDED_IO_ENABLED)
    return CUDNN_STATUS_NOT_SUPPORTED;
  *net = {type, input, hidden};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t net, std::size_t* bytes) {
  *bytes = static_cast<std::size_t>(weights_of(*net)) * bytes_of(net->type);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t, cudnnRNNDescriptor_t net, std::int32_t layer,
                                      std::size_t, const void* space, std::int32_t id,
                                      cudnnTensorDescriptor_t matrix, void** matrix_address,
                                      cudnnTensorDescriptor_t bias, void** bias_address) {
  if (layer != 0 || id < 0 || id >= kLinearLayers) return CUDNN_STATUS_BAD_PARAM;
  const auto address = [&](std::int64_t at) {
    const auto* bytes =
        static_cast<const std::byte*>(space) + static_cast<std::size_t>(at) * bytes_of(net->type);
    return const_cast<std::byte*>(bytes);
  };
  *matrix = {net->type, {1, net->hidden, static_cast<int>(columns_of(*net, id))}, {}};
  *matrix_address = address(matrix_at(*net, id));
  *bias = {};
  *bias_address = nullptr;
  if (id < 4) {
    *bias = {net->type, {1, net->hidden, 1}, {}};
    *bias_address = address(bias_at(*net, id));
  }
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t net, cudnnForwardMode_t mode,
                                        cudnnRNNDataDescriptor_t x, std::size_t* work, std::size_t* reserve) {
  if (mode != CUDNN_FWD_MODE_TRAINING || !is_sequence(*x, *net, net->input)) return CUDNN_STATUS_BAD_PARAM;
  *work = work_bytes_of(*x);
  *reserve = reserve_bytes_of(call_of(*net, *x));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t net, cudnnForwardMode_t mode,
                              const std::int32_t* device_lengths, cudnnRNNDataDescriptor_t x_data,
                              const void* x, cudnnRNNDataDescriptor_t y_data, void* y,
                              cudnnTensorDescriptor_t h, const void* hx, void* hy, cudnnTensorDescriptor_t c,
                              const void* cx, void* cy, std::size_t weight_bytes, const void* weights,
                              std::size_t work_bytes, void* work, std::size_t reserve_bytes, void* reserve) {
  Call call;
  const cudnnStatus_t status = begin(call, *net, device_lengths, *x_data, *y_data, h, weight_bytes,
                                     work_bytes, work, reserve_bytes, reserve);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  if (mode != CUDNN_FWD_MODE_TRAINING || !are_states(c, *net, x_data->batch)) return CUDNN_STATUS_BAD_PARAM;
  enqueue(handle->stream, {[=] {
            dispatch(call.net.type,
                     [&](auto t) { run_forward<decltype(t)>(call, x, y, hx, hy, cx, cy, weights); });
          }});
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardData_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t net,
                                      const std::int32_t* device_lengths, cudnnRNNDataDescriptor_t y_data,
                                      const void* y, const void* dy, cudnnRNNDataDescriptor_t x_data,
                                      void* dx, cudnnTensorDescriptor_t h, const void* hx, const void* dhy,
                                      void* dhx, cudnnTensorDescriptor_t c, const void* cx, const void* dcy,
                                      void* dcx, std::size_t weight_bytes, const void* weights,
                                      std::size_t work_bytes, void* work, std::size_t reserve_bytes,
                                      void* reserve) {
  Call call;
  const cudnnStatus_t status = begin(call, *net, device_lengths, *x_data, *y_data, h, weight_bytes,
                                     work_bytes, work, reserve_bytes, reserve);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  if (!are_states(c, *net, x_data->batch)) return CUDNN_STATUS_BAD_PARAM;
  enqueue(handle->stream, {[=] {
            dispatch(call.net.type, [&](auto t) {
              run_backward_data<decltype(t)>(call, y, dy, dx, hx, dhy, dhx, cx, dcy, dcx, weights);
            });
          }});
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t net,
                                         cudnnWgradMode_t mode, const std::int32_t* device_lengths,
                                         cudnnRNNDataDescriptor_t x_data, const void* x,
                                         cudnnTensorDescriptor_t h, const void* hx,
                                         cudnnRNNDataDescriptor_t y_data, const void* y,
                                         std::size_t weight_bytes, void* d_weights, std::size_t work_bytes,
                                         void* work, std::size_t reserve_bytes, void* reserve) {
  Call call;
  const cudnnStatus_t status = begin(call, *net, device_lengths, *x_data, *y_data, h, weight_bytes,
                                     work_bytes, work, reserve_bytes, reserve);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  if (mode != CUDNN_WGRAD_MODE_ADD) return CUDNN_STATUS_BAD_PARAM;
  enqueue(handle->stream, {[=] {
            dispatch(call.net.type,
                     [&](auto t) { run_backward_weights<decltype(t)>(call, x, hx, y, d_weights); });
          }});
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
