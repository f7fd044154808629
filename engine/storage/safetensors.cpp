#include "engine/storage/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fcntl.h>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "engine/storage/durable.h"
#include "engine/storage/file.h"
#include "engine/storage/strict_json.h"

namespace favras {
namespace {

static_assert(std::endian::native == std::endian::little,
              "tensors go to and from files as they are in memory");

using HeaderLength = std::array<std::byte, 8>;

HeaderLength encode_length(std::uint64_t length) { return std::bit_cast<HeaderLength>(length); }
std::uint64_t decode_length(const HeaderLength& bytes) { return std::bit_cast<std::uint64_t>(bytes); }

// The header's text; leaves the file where the data starts.
std::string read_header(File& file, std::uint64_t file_bytes) {
  HeaderLength prefix;
  if (file_bytes < prefix.size() || file.read(prefix) != prefix.size())
    throw std::runtime_error(fmt::format("it is {} bytes long, shorter than a header's length", file_bytes));
  const std::uint64_t length = decode_length(prefix);
  if (length > kMaxSafetensorsHeaderBytes)
    throw std::runtime_error(fmt::format("its header would be {} bytes long, more than the {} allowed",
                                         length, kMaxSafetensorsHeaderBytes));
  if (length > file_bytes - prefix.size())
    throw std::runtime_error(fmt::format("its header would be {} bytes long but the file ends after {} bytes",
                                         length, file_bytes));
  std::string text(length, '\0');
  if (file.read(std::as_writable_bytes(std::span(text))) != length)
    throw std::runtime_error("it became shorter while being read");
  return text;
}

std::byte* allocate_aligned(std::uint64_t bytes) {
  // aligned_alloc wants a multiple of the alignment; one unit more keeps the pointer of empty data not null.
  const std::uint64_t rounded = (bytes / kSafetensorsAlignment + 1) * kSafetensorsAlignment;
  auto* data = static_cast<std::byte*>(std::aligned_alloc(kSafetensorsAlignment, rounded));
  if (!data) throw std::runtime_error(fmt::format("its {} bytes of data do not fit into memory", bytes));
  return data;
}

// Gives every tensor its place: larger elements first, so that each stays aligned behind the others.
SafetensorsHeader lay_out(std::vector<const TensorRecord*>& tensors,
                          const std::map<std::string, std::string>& metadata) {
  std::ranges::sort(tensors, [](const TensorRecord* a, const TensorRecord* b) {
    const std::size_t size_a = dtype_size(a->dtype), size_b = dtype_size(b->dtype);
    return size_a != size_b ? size_a > size_b : a->name < b->name;
  });
  SafetensorsHeader header{.metadata = metadata, .entries = {}};
  std::uint64_t end = 0;
  for (const TensorRecord* tensor : tensors) {
    const std::uint64_t begin = std::exchange(end, end + tensor->data.size());
    header.entries.push_back({tensor->name, tensor->dtype, tensor->shape, begin, end});
  }
  return header;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const TensorRecord> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const TensorRecord*> ordered;
  for (const TensorRecord& tensor : tensors) ordered.push_back(&tensor);
  std::string text;
  try {
    const SafetensorsHeader header = lay_out(ordered, metadata);
    text = format_safetensors_header(header);
    // What would be refused on reading must not be written: same rules, same code.
    parse_safetensors_header(text, header.entries.empty() ? 0 : header.entries.back().end);
    if (text.size() > kMaxSafetensorsHeaderBytes)
      throw std::runtime_error(fmt::format("its header would be {} bytes long, more than the {} allowed",
                                           text.size(), kMaxSafetensorsHeaderBytes));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("cannot write '{}' as safetensors: {}", path.string(), error.what()));
  }
  durable_write(path, [&](File& file) {
    file.write(encode_length(text.size()));
    file.write(text);
    for (const TensorRecord* tensor : ordered) file.write(tensor->data);
  });
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
  File file(path, O_RDONLY);
  try {
    const std::uint64_t file_bytes = file.size();
    const std::string text = read_header(file, file_bytes);
    const std::uint64_t data_bytes = file_bytes - sizeof(HeaderLength) - text.size();
    SafetensorsHeader header = parse_safetensors_header(text, data_bytes);
    data_.reset(allocate_aligned(data_bytes));
    if (file.read({data_.get(), data_bytes}) != data_bytes)
      throw std::runtime_error("it became shorter while being read");

    metadata_ = std::move(header.metadata);
    for (SafetensorsEntry& entry : header.entries) {
      by_name_.emplace(entry.name, tensors_.size());
      tensors_.push_back({std::move(entry.name),
                          std::move(entry.dtype),
                          std::move(entry.shape),
                          {data_.get() + entry.begin, entry.end - entry.begin}});
    }
  } catch (const std::system_error&) {
    throw;  // a failed system call, which names the file already
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("'{}' is not a usable safetensors file: {}", path.string(), error.what()));
  }
}

const TensorRecord& SafetensorsFile::at(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end())
    throw std::runtime_error(fmt::format("'{}' has no tensor {}", path_.string(), json_string(name)));
  return tensors_[found->second];
}

}  // namespace favras
