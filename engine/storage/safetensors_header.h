// The JSON header of a safetensors file: which tensor lies where in the data that follows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace favras {

inline constexpr std::uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;
inline constexpr std::size_t kSafetensorsAlignment = 64;  // of the data, in the file and in memory

struct SafetensorsEntry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // bytes from the start of the data
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<SafetensorsEntry> entries;  // in the order of the data
};

// Bytes an element of a safetensors dtype ("F32", "BF16", "I64", ...) takes. Throws std::runtime_error for an
// unknown one.
std::size_t dtype_size(std::string_view dtype);

// Accepts only a header whose entries cover data of `data_bytes` bytes exactly, without gap or overlap.
// Throws std::runtime_error saying what is wrong with which tensor.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes);

// Entries as they come; padded with spaces so that the data, which the eight bytes of length and this text
// precede, is aligned in the file. Does not judge what it writes: parse_safetensors_header does.
std::string format_safetensors_header(const SafetensorsHeader& header);

}  // namespace favras
