// A dense, contiguous, row-major array on a device; copies share the memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/device.h"
#include "engine/dtype.h"

namespace favras {

using Shape = std::vector<std::int64_t>;

// Throws std::invalid_argument for a negative size, or for more elements than any memory holds.
std::int64_t element_count(const Shape&);
std::string to_string(const Shape&);  // "[7, 128, 512]"

class Tensor {
 public:
  Tensor() = default;  // no tensor: false when tested, no elements
  // Undefined contents. Throws OutOfMemory.
  Tensor(Shape shape, DType dtype, Device device = {});

  static Tensor zeros(Shape shape, DType dtype, Device device = {});
  template <class T>
  static Tensor from(std::span<const T> values, Shape shape, Device device = {}) {
    Tensor tensor(std::move(shape), kDTypeOf<T>, device);
    tensor.copy_from_host(values.data(), values.size_bytes());
    return tensor;
  }
  template <class T>
  static Tensor from(const std::vector<T>& values, Shape shape, Device device = {}) {
    return from(std::span<const T>(values), std::move(shape), device);
  }

  explicit operator bool() const { return defined_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size(std::size_t axis) const { return shape_.at(axis); }
  std::int64_t elements() const { return elements_; }
  std::size_t bytes() const { return static_cast<std::size_t>(elements_) * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }

  // A device pointer. Throws std::invalid_argument if T is not the element type. Null if there is no tensor.
  template <class T>
  T* data() const {
    if (defined_) check_dtype(kDTypeOf<T>);
    return reinterpret_cast<T*>(raw());
  }
  std::byte* raw() const { return block_ ? static_cast<std::byte*>(block_.get()) + offset_ : nullptr; }

  // The same memory seen otherwise. reshape keeps the number of elements; view takes `count` elements of
  // the flat array from `first` on.
  Tensor reshape(Shape shape) const;
  Tensor view(std::int64_t first, Shape shape) const;

  // Exactly bytes() bytes. The first returns when `from` may be reused, the second waits for the device.
  void copy_from_host(const void* from, std::size_t bytes);
  void copy_to_host(void* to, std::size_t bytes) const;
  template <class T>
  std::vector<T> to_host() const {
    if (defined_) check_dtype(kDTypeOf<T>);
    std::vector<T> values(static_cast<std::size_t>(elements_));
    copy_to_host(values.data(), values.size() * sizeof(T));
    return values;
  }
  void zero();

 private:
  void check_dtype(DType) const;

  bool defined_ = false;
  Shape shape_;
  std::int64_t elements_ = 0;
  DType dtype_ = DType::kFloat32;
  Device device_;
  std::shared_ptr<void> block_;
  std::size_t offset_ = 0;  // bytes
};

}  // namespace favras
