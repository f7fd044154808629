// Tensors in the safetensors format: raw bytes with names, dtypes and shapes. Whatever is read was validated
// as a whole before; whatever is written, Python's safetensors opens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/storage/safetensors_header.h"

namespace favras {

struct TensorRecord {
  std::string name;
  std::string dtype;                // see dtype_size
  std::vector<std::int64_t> shape;  // empty: a scalar
  std::span<const std::byte> data;  // little-endian, row-major
};

// Replaces the file durably. The bytes depend only on the content: tensors lie by descending element size,
// then by name, the first of them 64-byte aligned in the file. Metadata and names must be UTF-8. Throws
// std::runtime_error naming file and cause, with the file as it was before.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorRecord> tensors,
                       const std::map<std::string, std::string>& metadata);

// A file in memory. Throws std::runtime_error naming file and cause when it is not a safetensors file from
// its first byte to its last.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // In the order of the file. Data views into this object, aligned for their elements in files that
  // write_safetensors or Python's safetensors wrote.
  const std::vector<TensorRecord>& tensors() const { return tensors_; }
  bool contains(std::string_view name) const { return by_name_.contains(name); }
  // Throws std::runtime_error naming file and tensor when there is none of that name.
  const TensorRecord& at(std::string_view name) const;

 private:
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };

  std::filesystem::path path_;
  std::unique_ptr<std::byte[], Free> data_;
  std::map<std::string, std::string> metadata_;
  std::vector<TensorRecord> tensors_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  // index into tensors_
};

}  // namespace favras
