// Arrays one after another in one block of memory, as workspaces are laid out.
#pragma once

#include <cstddef>
#include <cstdint>

namespace favras::kernels {

// With a null base it only counts.
class Carver {
 public:
  explicit Carver(void* base) : base_(static_cast<std::byte*>(base)) {}

  template <class T>
  T* take(std::int64_t count) {
    constexpr std::size_t kAlignment = 256;  // as of memory that CUDA gives
    std::byte* at = base_ ? base_ + bytes_ : nullptr;
    bytes_ += (static_cast<std::size_t>(count) * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
    return reinterpret_cast<T*>(at);
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* base_;
  std::size_t bytes_ = 0;
};

}  // namespace favras::kernels
