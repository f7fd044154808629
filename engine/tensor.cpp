#include "engine/tensor.h"

#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/allocator.h"
#include "engine/dispatch.h"
#include "kernels/memory/memory.h"

namespace favras {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 59;

}  // namespace

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return 4;
    case DType::kFloat64:
      return 8;
    case DType::kBfloat16:
      return 2;
    case DType::kInt32:
      return 4;
    case DType::kByte:
      return 1;
  }
  throw std::logic_error("size_of: unknown element type");
}

std::string to_string(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float32";
    case DType::kFloat64:
      return "float64";
    case DType::kBfloat16:
      return "bfloat16";
    case DType::kInt32:
      return "int32";
    case DType::kByte:
      return "byte";
  }
  throw std::logic_error("to_string: unknown element type");
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0) throw std::invalid_argument("negative size in shape " + to_string(shape));
    // Checked before multiplying, so that neither elements nor bytes ever overflow.
    if (size > 0 && count > kMostElements / size)
      throw std::invalid_argument("too many elements in shape " + to_string(shape));
    count *= size;
  }
  return count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Tensor::Tensor(Shape shape, DType dtype, Device device)
    : defined_(true),
      shape_(std::move(shape)),
      elements_(element_count(shape_)),
      dtype_(dtype),
      device_(device) {
  CachingAllocator& allocator = CachingAllocator::of(device);
  block_ = std::shared_ptr<void>(allocator.allocate(bytes()),
                                 [&allocator](void* block) { allocator.release(block); });
}

Tensor Tensor::zeros(Shape shape, DType dtype, Device device) {
  Tensor tensor(std::move(shape), dtype, device);
  tensor.zero();
  return tensor;
}

Tensor Tensor::reshape(Shape shape) const {
  if (element_count(shape) != elements_)
    throw std::invalid_argument(fmt::format("cannot see {} as {}", to_string(shape_), to_string(shape)));
  return view(0, std::move(shape));
}

Tensor Tensor::view(std::int64_t first, Shape shape) const {
  const std::int64_t count = element_count(shape);
  if (first < 0 || count > elements_ - first)
    throw std::invalid_argument(fmt::format("view of {} from element {} passes the end of {}",
                                            to_string(shape), first, to_string(shape_)));
  Tensor seen = *this;
  seen.shape_ = std::move(shape);
  seen.elements_ = count;
  seen.offset_ += static_cast<std::size_t>(first) * size_of(dtype_);
  return seen;
}

void Tensor::copy_from_host(const void* from, std::size_t count) {
  if (count != bytes())
    throw std::invalid_argument(fmt::format("copy of {} bytes into {}", count, to_string(shape_)));
  on_device(device_, [&](auto& context) { upload(context, raw(), from, count); });
}

void Tensor::copy_to_host(void* to, std::size_t count) const {
  if (count != bytes())
    throw std::invalid_argument(fmt::format("copy of {} bytes from {}", count, to_string(shape_)));
  on_device(device_, [&](auto& context) { download(context, to, raw(), count); });
}

void Tensor::zero() {
  on_device(device_, [&](auto& context) { fill_zero(context, raw(), bytes()); });
}

void Tensor::check_dtype(DType expected) const {
  if (dtype_ != expected)
    throw std::invalid_argument(fmt::format("a tensor {} of {} was used as {}", to_string(shape_),
                                            to_string(dtype_), to_string(expected)));
}

}  // namespace favras
